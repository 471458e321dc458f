"""Text in columns: cell widths (a Chinese character takes two), padding, wrapping with indent."""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.typeset import cell_width, char_width, pad, typeset

__all__ = ["WIDTH", "cell_width", "columns", "indented", "milliseconds", "packed", "pad", "wrap"]

WIDTH = 100
"""Nothing that the harness prints is wider."""


_CLOSING = "，。：；、）？！”…"
_OPENING = "（“"


def columns(left: str, right: str, width: int = WIDTH) -> str:
    """``left`` and ``right`` at the two edges of a line, at least two spaces between them."""
    gap = width - cell_width(left) - cell_width(right)
    return left + " " * max(2, gap) + right


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces, or anywhere in Chinese text (no line
    begins with a closing mark or ends with an opening one) and in a word that is longer than a
    line. Empty text is one empty line."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(typeset(text, whole=True)):
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
        if char in _CLOSING and pieces and not word and not pieces[-1].endswith(" "):
            pieces[-1] += char
            continue
        word += char
        if char == " " or (char_width(char) == 2 and char not in _OPENING):
            pieces.append(word)
            word = ""
    if word:
        pieces.append(word)
    return pieces


def _head(text: str, width: int) -> str:
    used = 0
    for place, char in enumerate(text):
        used += char_width(char)
        if used > width:
            return text[:place]
    return text


def milliseconds(value: float) -> str:
    """A duration in ms to three significant figures, with its unit; from 1,000 ms on, seconds."""
    unit, amount = ("s", value / 1000) if value >= 1000 else ("ms", value)
    digits = 0 if amount >= 100 else 1 if amount >= 10 else 2 if amount >= 1 else 3
    return f"{amount:.{digits}f} {unit}"
