"""English text of a record, said in the language in force.

Records are English (rule 16: ids and JSON stay English), and a message in one is a template of
the catalogue with its values filled in. To show it to a person it is taken apart again: the
template with the most fixed text that fits, the values translated in their turn. What fits no
template stays English.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from harness.core import i18n

_DEPTH = 3
_PARTS = ("; ", " · ")
_LEAST = 4
"""Letters that a template must have besides its values."""

Template = tuple[re.Pattern[str], str]


def said(text: str) -> str:
    """``text`` in the language in force; as it is where the catalogue does not know it."""
    if i18n.language() == "en" or not text:
        return text
    return _said(text, _DEPTH, i18n.language())


@lru_cache(maxsize=4096)
def _said(text: str, depth: int, language: str) -> str:
    whole = i18n.translated(text)
    if whole is not None:
        return whole
    for pattern, translation in _templates(language):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        values = match.groupdict()
        if depth > 0:
            values = {name: _said(value, depth - 1, language) for name, value in values.items()}
        try:
            return _fill(translation, values)
        except (KeyError, IndexError, ValueError):
            continue
    for separator in _PARTS:
        if depth > 0 and separator in text:
            parts = [_said(part, depth - 1, language) for part in text.split(separator)]
            return separator.join(parts)
    return text


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
    found: list[tuple[int, re.Pattern[str], str]] = []
    for text, translation in i18n.messages():
        made = _pattern(text)
        if made is not None:
            found.append((made[0], made[1], translation))
    found.sort(key=lambda entry: -entry[0])
    return tuple((pattern, translation) for _fixed, pattern, translation in found)


def _pattern(text: str) -> tuple[int, re.Pattern[str]] | None:
    """How much fixed text a template has, and what fits it; None where it is no template."""
    try:
        pieces = _pieces(text)
    except ValueError:
        return None
    fixed = sum(len(re.sub(r"\W", "", literal)) for literal, _name in pieces)
    if fixed < _LEAST or not any(key for _literal, key in pieces):
        return None
    expression, seen = "", set[str]()
    for literal, key in pieces:
        expression += re.escape(literal)
        if key:
            expression += f"(?P={key})" if key in seen else f"(?P<{key}>.+?)"
            seen.add(key)
    return fixed, re.compile(expression, re.DOTALL)
