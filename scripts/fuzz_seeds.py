"""Seeds for the fuzz target: every byte string of the vectors, each as a file of a corpus.

From nothing the fuzzer spends its minutes on finding out what a template looks like.
Usage: scripts/fuzz_seeds.py FOLDER
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
FOLDERS = ("tlv", "dol", "atr", "bitfields", "apdu")
LONGEST = 600
HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def strings(value: object) -> Iterator[str]:
    """Every text in a tree of TOML values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def seeds() -> set[bytes]:
    """Every text of the vectors that is hex, as bytes."""
    found = set()
    for folder in FOLDERS:
        for path in sorted((VECTORS / folder).rglob("*.toml")):
            for text in strings(tomllib.loads(path.read_text(encoding="utf-8"))):
                plain = text.replace(" ", "")
                if HEX.fullmatch(plain) and len(plain) <= 2 * LONGEST:
                    found.add(bytes.fromhex(plain))
    return found


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    every = seeds()
    for data in every:
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    print(f"fuzz: {len(every)} seeds from the vectors", file=sys.stderr)


if __name__ == "__main__":
    main()
