"""English text of a record, said in the language in force.

Records are English (rule 16: ids and JSON stay English), and a message in one is a template of
the catalogue with its values filled in. To show it to a person it is taken apart again: the
template with the most fixed text that fits, the values translated in their turn. What fits no
template stays English.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache

from harness.core import i18n
from harness.core.typeset import is_chinese, typeset

_DEPTH = 6
_PARTS = ("; ", " · ", ": ", ", ")
"""What joins pieces, the loosest first."""
_IDS = ("known: ", "choose from: ")
"""What follows them is to be typed as it stands."""
_LEAST = 3
"""Letters that a template must have besides its values."""

Template = tuple[str, str, str]
"""Its longest fixed text (to pass over most templates quickly), its text, its translation."""


def said(text: str) -> str:
    """``text`` in the language in force; as it is where the catalogue does not know it."""
    if i18n.language() == "en" or not text:
        return text
    return _said(text, _DEPTH, i18n.language())


@lru_cache(maxsize=4096)
def _said(text: str, depth: int, language: str) -> str:
    if is_chinese(text):
        return text  # said already
    whole = i18n.translated(text)
    if whole is not None:
        return whole
    if text.startswith(_IDS):
        depth = 0
    for translation, values in sorted(_fitting(text, language), key=_swallows):
        again = {
            name: _said(value, depth - 1, language) if depth > 0 else value
            for name, value in values.items()
        }
        try:
            return _fill(translation, again)
        except (KeyError, IndexError, ValueError):
            continue
    for separator in _PARTS:
        if depth > 0 and separator in text:
            # What stands behind a colon is one piece, with colons of its own perhaps.
            parts = text.split(separator, 1 if separator == ": " else -1)
            return typeset(separator.join(_said(part, depth - 1, language) for part in parts))
    return text


def _fitting(text: str, language: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Translation and values of each template that fits, those with the most fixed text first."""
    for fixed, template, translation in _templates(language):
        match = _pattern(template).fullmatch(text) if fixed in text else None
        if match is not None:
            yield translation, match.groupdict()


def _swallows(found: tuple[str, dict[str, str]]) -> bool:
    """Does a value hold what joins pieces? Then the template is one of a piece, and another that
    takes the text as a whole goes before it: ``held: 3 bytes`` is no *held: 3* of bytes."""
    first = next(iter(found[1].values()), "")
    return ": " in first or "; " in first


def _fill(translation: str, values: dict[str, str]) -> str:
    """The translation with values that are text already: their format was applied before."""
    parts = []
    for literal, key in _pieces(translation):
        parts.append(literal)
        if key:
            parts.append(values[key])
    return "".join(parts)


def _pieces(text: str) -> list[tuple[str, str]]:
    """Fixed text and the name of the value after it (empty where none follows)."""
    pieces = []
    for place, (literal, name, _spec, _conversion) in enumerate(string.Formatter().parse(text)):
        key = "" if name is None else "v_" + re.sub(r"\W", "_", name or str(place))
        pieces.append((literal, key))
    return pieces


@lru_cache(maxsize=4)
def _templates(language: str) -> tuple[Template, ...]:
    """Templates of the catalogue, those with the most fixed text first."""
    found: list[tuple[int, Template]] = []
    for text, translation in i18n.messages():
        if "{" not in text:
            continue
        try:
            pieces = _pieces(text)
        except ValueError:
            continue
        fixed = sum(sum(map(str.isalnum, literal)) for literal, _key in pieces)
        if fixed >= _LEAST and any(key for _literal, key in pieces):
            longest = max((literal for literal, _key in pieces), key=len)
            found.append((fixed, (longest, text, translation)))
    found.sort(key=lambda entry: -entry[0])
    return tuple(template for _letters, template in found)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """What fits a template."""
    expression, seen = "", set[str]()
    for literal, key in _pieces(text):
        expression += re.escape(literal)
        if key:
            expression += f"(?P={key})" if key in seen else f"(?P<{key}>.+?)"
            seen.add(key)
    return re.compile(expression, re.DOTALL)
