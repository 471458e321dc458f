"""Changes to the file of a drawer that leave its comments, its order and its other keys alone."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.profiles.drawer import Drawer, DrawerCard, parse
from harness.profiles.files import SCHEMA, toml_string

Value = str | int | date | tuple[str, ...]
_HEAD = re.compile(r"\s*\[")
_CARD = re.compile(r"\s*\[\[\s*card\s*\]\]\s*(#.*)?$")


def new_file(salt: str) -> str:
    """A drawer without cards."""
    return (
        "# Test cards of this bench, recognised by a salted hash: no PAN and no salt in here.\n"
        f'schema = {SCHEMA}\nsalt   = "{salt}"\n'
    )


def with_card(text: str, card: DrawerCard) -> str:
    """``text`` with one more card at its end."""
    lines = ["", "[[card]]"]
    for one in fields(card):
        value = getattr(card, one.name)
        default = one.name == "state" and value == "good"
        if value not in ("", (), None) and not default:
            lines.append(_line(one.name, value))
    return text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def with_salt(text: str, salt: str) -> str:
    """``text`` of a drawer that has had no hashes yet, with the id of a salt."""
    return re.sub(r"^(schema\b.*)$", rf'\1\nsalt   = "{salt}"', text, count=1, flags=re.M)


def with_changes(text: str, place: int, changes: Mapping[str, Value], path: Path) -> str:
    """``text`` with other values for the keys of card number ``place`` (from 0).

    Raises ConfigError when the file is written in a way that a line cannot be changed in.
    """
    lines = text.splitlines()
    start, end = _block(lines, place)
    left = dict(changes)
    for number in range(start, end):
        key = lines[number].partition("=")[0].strip()
        if key in left:
            comment = _comment(lines[number])
            lines[number] = _line(key, left.pop(key)) + (f"  {comment}" if comment else "")
    lines[end:end] = [_line(key, value) for key, value in left.items()]
    made = "\n".join(lines) + "\n"
    if not _as_wished(text, made, place, changes):
        raise ConfigError(
            _("the card's lines cannot be changed one by one"),
            where=str(path),
            todo=_("write each card as [[card]] with one key a line"),
        )
    return made


def _block(lines: list[str], place: int) -> tuple[int, int]:
    """First line after the heading of card ``place``, and the line after its last key."""
    starts = [number for number, line in enumerate(lines) if _CARD.match(line)]
    if place >= len(starts):
        return len(lines), len(lines)
    start = starts[place] + 1
    more = range(start, len(lines))
    end = next((number for number in more if _HEAD.match(lines[number])), len(lines))
    while end > start and not lines[end - 1].partition("#")[0].strip():
        end -= 1
    return start, end


def _comment(line: str) -> str:
    """The comment at the end of a line with a simple value."""
    match = re.search(r"\s(#[^\"']*)$", line)
    return match.group(1) if match else ""


def _as_wished(before: str, after: str, place: int, changes: Mapping[str, Value]) -> bool:
    """Has the file what it had, and the changes, and nothing else?"""
    wished = tomllib.loads(before)
    cards = wished.get("card", [])
    if place >= len(cards):
        return False
    cards[place].update({key: _plain(value) for key, value in changes.items()})
    try:
        return tomllib.loads(after) == wished
    except tomllib.TOMLDecodeError:
        return False


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _line(key: str, value: Value) -> str:
    return f"{key:<9} = {_value(value)}"


def _value(value: Value) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return toml_string(value)


def reread(text: str, path: Path) -> Drawer:
    """The drawer that ``text`` would be. Raises ConfigErrors."""
    return parse(tomllib.loads(text), path)
