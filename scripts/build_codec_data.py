"""Write ``harness/data/codec.json`` from the TOML dictionaries beside it.

Run it after editing one of them; ``--check`` only says whether the file is current.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from harness.codec.data import SOURCES

DATA = Path(__file__).resolve().parent.parent / "harness" / "data"


def build() -> str:
    """The text of ``codec.json``."""
    whole = {}
    for name in SOURCES:
        with (DATA / f"{name}.toml").open("rb") as stream:
            whole[name] = tomllib.load(stream)
    tags = whole["tags"]
    for group in tags.values():
        group["tags"] = {tag.upper(): entry for tag, entry in group["tags"].items()}
    return json.dumps(whole, ensure_ascii=False, indent=0) + "\n"


def main() -> int:
    """Build, or check with ``--check`` (exit code 1 when the file is not current)."""
    target = DATA / "codec.json"
    text = build()
    if "--check" in sys.argv[1:]:
        current = target.is_file() and target.read_text(encoding="utf-8") == text
        print("current" if current else "not current: run scripts/build_codec_data.py")
        return 0 if current else 1
    target.write_text(text, encoding="utf-8")
    print(f"wrote {target.name}, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
