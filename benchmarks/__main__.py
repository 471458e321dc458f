"""Run every benchmark of this folder and print one table (``make bench``)."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

COLUMNS = ("work", "ours", "peer", "ratio", "budget", "verdict")


def figure(row: dict[str, Any], prefix: str) -> str:
    for unit in ("us", "ms"):
        value = row.get(f"{prefix}_{unit}")
        if value is not None:
            return f"{value:.3g} {unit}"
    return ""


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    if row.get("skipped"):
        return (row["work"], "", "", "", "", f"left out: {row['skipped']}")
    peer = " ".join(part for part in (figure(row, "peer"), str(row.get("peer", ""))) if part)
    ratio = row.get("ratio")
    extra = figure(row, "extra")
    budget = row.get("budget", "")
    verdict = {True: "within", False: "OVER", None: ""}[row.get("ok")]
    relation = f"{ratio:.2f} x" if ratio is not None else (f"+{extra}" if extra else "")
    return (row["work"], figure(row, "ours"), peer, relation, str(budget), verdict)


def main(names: list[str]) -> int:
    here = Path(__file__).parent
    found = sorted(path.stem for path in here.glob("bench_*.py"))
    wanted = [name for name in found if not names or any(word in name for word in names)]
    rows: list[tuple[str, ...]] = [COLUMNS]
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += [cells(row) for row in import_module(f"benchmarks.{name}").run()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    return int(any(row[-1] == "OVER" for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
