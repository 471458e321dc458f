"""Finding and opening the TOML files that people write."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.suggest import known_names

SCHEMA = 1
"""Schema number of every kind of file; it goes up when a file of today would be refused."""


def read_toml(path: Path) -> dict[str, object]:
    """The file as a dictionary. Raises ConfigError with line and column of a syntax error."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            _("not UTF-8 text"), where=str(path), todo=_("save the file as UTF-8")
        ) from error
    except OSError as error:
        raise cannot_read(path, error) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            _("not TOML: {reason}").format(reason=error),
            where=str(path),
            todo=_("hex and text need quotes; a table starts with [name], a list with [[name]]"),
        ) from error


def read_foreign(path: Path, most: int) -> str:
    """The text of a file that another program wrote: UTF-8 with or without a byte order mark, what
    is no text replaced. Raises ConfigError, also for more than ``most`` bytes."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise cannot_read(path, error) from error
    if len(raw) > most:
        raise ConfigError(_("the file is too large"), where=str(path))
    return raw.decode("utf-8-sig", "replace")


def cannot_read(path: Path, error: OSError) -> ConfigError:
    """The error for a file that the system does not let us read."""
    return ConfigError(
        _("cannot read the file: {reason}").format(reason=error.strerror), where=str(path)
    )


def toml_string(text: str) -> str:
    """``text`` as a TOML basic string: a JSON string, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_path(name: str | Path) -> bool:
    """Does the user mean a file (a path, or a name that ends in .toml), rather than an id?"""
    return isinstance(name, Path) or "/" in name or "\\" in name or name.endswith(".toml")


def find(kind: str, name: str | Path, folder: Path, listing: str = "") -> Path:
    """Path of the file called ``name`` in ``folder``, or of the file that ``name`` points at.

    Raises ConfigError with the ids that there are, or the command ``listing`` that shows them.
    """
    if is_path(name):
        path = Path(name)
        if not path.is_file():
            raise ConfigError(_("no such file: {path}").format(path=path), where=kind)
        return path
    path = folder / f"{name}.toml"
    if path.is_file():
        return path
    raise ConfigError(
        _("unknown {kind}: {name!r}").format(kind=kind, name=str(name)),
        todo=_("{known}; or give the path of a .toml file").format(
            known=known_names(str(name), ids(folder), listing)
        ),
    )


def ids(folder: Path) -> list[str]:
    """Ids of the files of a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))
