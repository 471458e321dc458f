"""Writing results: JSON objects with a schema number, or lines with a little colour."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from harness.core.masking import Masker
from harness.core.typeset import typeset

SCHEMA = 1

_ESCAPE = re.compile(r"\033\[[0-9;]*m")
_LEAST_ROOM = 16
"""Columns that the last column of a table must have before it is wrapped."""

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35"}


def coloured(stream: Any = None) -> bool:  # noqa: ANN401
    """May escape codes be written? Not into a file or pipe, nor with NO_COLOR or a dumb TERM."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(getattr(stream, "isatty", lambda: False)())


def paint(text: str, *styles: str) -> str:
    """``text`` with ``styles`` (bold, dim, red, green, yellow, magenta) where colour is welcome."""
    if not styles or not coloured():
        return text
    return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"


def print_json(data: object) -> None:
    """``data`` on stdout as indented JSON, at once: a program may wait for it behind a pipe."""
    import json

    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.flush()


def print_lines(lines: Iterable[str], masker: Masker | None = None) -> None:
    """Lines on stdout, masked."""
    for line in lines:
        sys.stdout.write(typeset(masker.text(line) if masker else line).rstrip() + "\n")


def note(text: str) -> None:
    """A line of progress or advice on stderr."""
    sys.stderr.write(typeset(text) + "\n")
    sys.stderr.flush()


def table(rows: list[list[str]], headings: list[str]) -> list[str]:
    """Aligned columns under headings; the last column is not padded, and goes on below itself where
    the line would be wider than a report's."""
    from harness.report.layout import WIDTH, cell_width, wrap

    def width(cell: str) -> int:
        return cell_width(_ESCAPE.sub("", cell))

    widths = [max(width(row[n]) for row in [headings, *rows]) for n in range(len(headings))]
    margin = sum(widths[:-1]) + 2 * (len(widths) - 1)
    lines = []
    for row in [headings, *rows]:
        cells = [cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row[:-1])]
        last = [row[-1]]
        if margin + width(row[-1]) > WIDTH and WIDTH - margin >= _LEAST_ROOM:
            last = wrap(row[-1], WIDTH - margin)
        lines.append("  ".join([*cells, last[0]]).rstrip())
        lines += [" " * margin + more for more in last[1:]]
    return [paint(lines[0], "dim"), *lines[1:]]
