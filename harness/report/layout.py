"""Text in columns: cell widths (a Chinese character takes two), padding, wrapping with indent."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

WIDTH = 100
"""Nothing that the harness prints is wider."""


def cell_width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """``text`` filled with spaces to ``width`` columns; longer text is left as it is."""
    return text + " " * max(0, width - cell_width(text))


def columns(left: str, right: str, width: int = WIDTH) -> str:
    """``left`` and ``right`` at the two edges of a line, at least two spaces between them."""
    gap = width - cell_width(left) - cell_width(right)
    return left + " " * max(2, gap) + right


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces, or anywhere in Chinese text and in a
    word that is longer than a line. Empty text is one empty line."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if cell_width(line + piece.rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece
        while cell_width(line.rstrip()) > width:
            head = _head(line, width)
            lines.append(head)
            line = line[len(head) :]
    lines.append(line.rstrip())
    return lines


def indented(text: str, first: str, width: int = WIDTH) -> list[str]:
    """``text`` after the label ``first``, further lines indented by the label's width."""
    margin = cell_width(first)
    lines = wrap(text, max(20, width - margin))
    return [first + lines[0], *(" " * margin + line for line in lines[1:])]


def packed(words: Iterable[str], separator: str, width: int) -> list[str]:
    """``words`` in lines of at most ``width`` columns, as many on a line as fit with
    ``separator`` between them; only a word that is longer than a line is broken."""
    lines: list[str] = []
    for word in words:
        if lines and cell_width(lines[-1] + separator + word) <= width:
            lines[-1] += separator + word
        else:
            lines += wrap(word, width)
    return lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    word = ""
    for char in text:
        word += char
        if char == " " or _char_width(char) == 2:
            pieces.append(word)
            word = ""
    if word:
        pieces.append(word)
    return pieces


def _head(text: str, width: int) -> str:
    used = 0
    for place, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return text[:place]
    return text


def milliseconds(value: float) -> str:
    """A duration in ms to three significant figures, with its unit; from 1,000 ms on, seconds."""
    unit, amount = ("s", value / 1000) if value >= 1000 else ("ms", value)
    digits = 0 if amount >= 100 else 1 if amount >= 10 else 2 if amount >= 1 else 3
    return f"{amount:.{digits}f} {unit}"
