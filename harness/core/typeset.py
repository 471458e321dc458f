"""How Chinese text stands in a terminal: a character takes two columns, and the marks that join
pieces (``", "``, ``": "``, ``"; "``, `` (...)``) are of full width beside one (GB/T 15834).

A mark of full width takes the two columns of the mark and its space, so that columns stay where
they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from harness.core import i18n

_CHINESE = "\u3001\u3002\u3400-\u9fff\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
_MARKS = {",": "，", ":": "：", ";": "；"}


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Joints, spaces before a bracket, brackets. Compiled when Chinese is written: with sets as
    large as these it takes a tenth of a start."""
    return (
        re.compile(f"(?<=[{_CHINESE}])([,:;]) |(?<=[^ ,:;])([,:;]) (?=[{_CHINESE}])"),
        re.compile("(?<=\\S) （"),
        re.compile(
            f"(?:(?<=[{_CHINESE}]) \\(([^()]*)\\)|(?<=\\S) \\(([^()]*[{_CHINESE}][^()]*)\\))"
            f"(?: |$|(?=[{_CHINESE}]))"
        ),
    )


def is_chinese(text: str) -> bool:
    """Is there a Chinese character in ``text``?"""
    return any("\u3400" <= char <= "\u9fff" for char in text)


def colon() -> str:
    """What stands between a title and what it is about."""
    return "：" if i18n.language() == "zh" else ": "


def typeset(text: str, *, whole: bool = False) -> str:
    """``text`` with its joints as the language in force writes them. ``whole``: it is a sentence,
    and no line of columns, so that every semicolon is one of its own."""
    if i18n.language() != "zh" or text.isascii():
        return text
    if not is_chinese(text):
        return text
    text = text.replace("; ", "；") if whole else text
    joints, spaces, brackets = _patterns()
    text = joints.sub(lambda found: _MARKS[found[1] or found[2]], text)
    text = spaces.sub("（", text)
    return brackets.sub(lambda found: f"（{found[1] or found[2]}）", text)


def cell_width(text: str) -> int:
    """Columns that ``text`` takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(char_width(char) for char in text)


def char_width(char: str) -> int:
    """Columns of one character."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """``text`` filled with spaces to ``width`` columns; longer text is left as it is."""
    return text + " " * max(0, width - cell_width(text))
