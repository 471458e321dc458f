"""Inheritance between card images: ``base = ["contact", "dda"]`` starts from the files of these
names in ``vectors/cards/base``, the later ones winning over the earlier.

A base file has the shape of an image, and holds as much of it as it likes; its one application is
what every ``[[application]]`` of the image starts from, unless that names ``base`` files of its
own. What the image gives wins, key by key; lists (``[[application.record]]``) are taken as a
whole from whoever gives them last.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.core import paths
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.profiles.files import find, read_toml

DEEPEST = 5
"""Bases may have bases; more than this many is taken for a circle."""


def bases_folder() -> Path:
    """Where the shipped bases are."""
    return paths.vectors() / "cards" / "base"


def with_base(table: dict[str, Any], path: Path, depth: int = 0) -> dict[str, Any]:
    """``table`` completed by the bases that it names, ``base`` itself taken out.

    Tables that name none are returned as they are. Raises ConfigError (unknown base, a circle).
    """
    apps = _tables(table)
    if "base" not in table and not any("base" in app for app in apps):
        return table
    if depth > DEEPEST:
        raise ConfigError(_("bases of bases without an end"), where=str(path))
    parent = _bases(table.get("base", []), path, depth)
    made = merged(parent, {key: value for key, value in table.items() if key != "base"})
    if apps:
        model = next(iter(_tables(parent)), {})
        made["application"] = [_application(app, model, path, depth) for app in apps]
    return made


def merged(base: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """``child`` over ``base``: tables key by key, everything else as a whole. Makes a new table."""
    made = dict(base)
    for key, value in child.items():
        below = made.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        made[key] = merged(below, value) if both and isinstance(below, dict) else value
    return made


def _application(
    app: dict[str, Any], model: dict[str, Any], path: Path, depth: int
) -> dict[str, Any]:
    if "base" in app:
        model = next(iter(_tables(_bases(app["base"], path, depth))), {})
    return merged(model, {key: value for key, value in app.items() if key != "base"})


def _bases(names: object, path: Path, depth: int) -> dict[str, Any]:
    """All named bases in one table; their applications are one application."""
    wanted = [names] if isinstance(names, str) else names
    if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
        raise ConfigError(_("base must be the name of a base, or a list of names"), where=str(path))
    made: dict[str, Any] = {}
    for name in wanted:
        found = find(_("base of card images"), name, bases_folder())
        table = with_base(_read(found), found, depth + 1)
        apps = [*_tables(made), *_tables(table)]
        made = merged(made, table)
        if apps:
            model: dict[str, Any] = {}
            for app in apps:
                model = merged(model, app)
            made["application"] = [model]
    return made


@lru_cache(maxsize=64)
def _read(path: Path) -> dict[str, Any]:
    """Bases are read once a process; nobody changes the table."""
    return read_toml(path)


def _tables(table: dict[str, Any]) -> list[dict[str, Any]]:
    apps = table.get("application")
    return [app for app in apps if isinstance(app, dict)] if isinstance(apps, list) else []
