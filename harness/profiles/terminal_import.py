"""A terminal's parameters from a neutral file, as a configuration of our own.

Four shapes: our own TOML, JSON (our own keys, or objects that name an AID), a table in CSV, and
data objects in hex, one line for each AID and CA key. What the file does not say of the terminal is
taken from a base configuration and said; what the kernel has no use for is kept under ``[kept]``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from harness.core.errors import ConfigError, ConfigErrors
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.files import SCHEMA, is_path, read_foreign, read_toml
from harness.profiles.terminal_config import DEFAULT, TerminalConfig, load_terminal, parse
from harness.profiles.terminal_draft import Draft, Kept, lift_general, risk_tables, tables
from harness.profiles.terminal_rows import looks_like_csv, read_csv, read_json
from harness.profiles.terminal_tlv import looks_like_tlv, read_tlv

GENERAL = (
    "terminal_type", "country", "currency", "exponent", "capabilities", "additional_capabilities",
    "category_code", "merchant_id", "terminal_id", "merchant_name", "acquirer_id", "languages",
    "cardholder_confirms", "pse",
)  # fmt: skip
"""What a configuration says of the terminal as a whole, in the order of the file."""

_MAX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Imported:
    """``table`` is the configuration as its file would hold it, ``config`` what it is read as;
    ``form`` toml, json, csv or tlv; ``kept`` what the kernel has no use for; ``from_base`` the
    keys that the file did not say, taken from ``base``."""

    form: str
    table: dict[str, object]
    config: TerminalConfig
    kept: tuple[Kept, ...]
    from_base: tuple[str, ...]
    base: str


def import_terminal(path: Path, *, base: str = DEFAULT, name: str = "") -> Imported:
    """The configuration in ``path``. Raises ConfigError, and ConfigErrors with line and byte of
    every mistake; a message never quotes a value."""
    text = read_foreign(path, _MAX_BYTES)
    if path.suffix.lower() == ".toml":
        return _own("toml", read_toml(path), path)
    data = _json(text, path)
    if isinstance(data, dict) and {"schema", "aid", "terminal_type"} <= set(data):
        return _own("json", data, path)
    draft = _draft(text, data, path)
    if draft.problems:
        _refuse(draft.problems, path)
    return _complete(draft, path, base, name)


def open_terminal(name: str, *, base: str = DEFAULT) -> TerminalConfig:
    """A configuration by its id, or from a file of any shape that can be imported."""
    if Path(name).is_file() and (is_path(name) or "." in name):
        return import_terminal(Path(name), base=base).config
    return load_terminal(name)


def _json(text: str, path: Path) -> object:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if path.suffix.lower() != ".json":
            return None
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigError(_("not JSON"), where=f"{path} {where}".strip()) from error


def _draft(text: str, data: object, path: Path) -> Draft:
    if data is not None:
        return read_json(data)
    if looks_like_csv(text):
        return read_csv(text)
    if looks_like_tlv(text):
        return read_tlv(text)
    raise ConfigError(
        _("no terminal configuration is recognised in this file"),
        where=str(path),
        todo=_(
            "give our own TOML or JSON, a CSV table with a heading AID, or a line of data objects "
            "(9F06 first) for each AID"
        ),
    )


def _refuse(problems: list[tuple[str, str]], path: Path) -> None:
    raise ConfigErrors(
        _("the terminal configuration has mistakes"),
        problems,
        where=str(path),
        todo=_("correct the places listed above"),
    )


def _own(form: str, table: dict[str, object], path: Path) -> Imported:
    """Our own keys; one that is not ours is kept and said, not refused."""
    known = (
        "schema", "id", "name", "note", *GENERAL, "aid", "scheme", "revoked", "exception",
        "ca_key", "kept",
    )  # fmt: skip
    extra = [Kept("", key, _flat(value)) for key, value in table.items() if key not in known]
    mine = {key: value for key, value in table.items() if key in known}
    if extra:
        before = mine.get("kept")
        more = {one.key: one.value for one in extra}
        mine["kept"] = {**(before if isinstance(before, dict) else {}), **more}
    return Imported(form, mine, parse(mine, path), tuple(extra), (), "")


def _flat(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _complete(draft: Draft, path: Path, base: str, name: str) -> Imported:
    if not draft.aids:
        raise ConfigError(
            _("the file names no AID"), where=str(path), todo=_("add a line for each AID")
        )
    lift_general(draft)
    ground = load_terminal(base)
    taken = {key: value for key, value in general_of(ground).items() if key not in draft.general}
    title = name or str(draft.general.pop("id", "")) or path.stem
    identity = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "imported"
    table: dict[str, object] = {
        "schema": SCHEMA,
        "id": identity,
        "name": str(draft.general.pop("name", "")) or title,
        "note": _("Imported from {file}.").format(file=path.name),
        **{
            key: {**taken, **draft.general}[key]
            for key in GENERAL
            if key in (*taken, *draft.general)
        },
        "aid": tables(draft),
        "scheme": risk_tables(draft),
    }
    if draft.keys:
        table["ca_key"] = [{k: v for k, v in key.items() if v != ""} for key in draft.keys]
    if draft.kept:
        table["kept"] = _kept_table(draft.kept)
    config = replace(parse(table, path), path=path)
    return Imported(draft.form, table, config, tuple(draft.kept), tuple(taken), base)


def _kept_table(kept: list[Kept]) -> dict[str, str]:
    """Keys of ``[kept]``: where it stood and what it was called; one that is there twice gets a
    number, so that nothing is lost."""
    made: dict[str, str] = {}
    for one in kept:
        label = f"{one.where} {one.key}".strip()
        if one.meaning:
            label = f"{label} ({one.meaning})"
        name, count = label, 1
        while name in made:
            count += 1
            name = f"{label} #{count}"
        made[name] = one.value
    return made


def general_of(config: TerminalConfig) -> dict[str, object]:
    """What ``config`` says of the terminal as a whole, as its file would hold it."""
    found: dict[str, object] = {}
    for key in GENERAL:
        value = getattr(config, key)
        if isinstance(value, bytes):
            value = value.hex().upper()
        elif isinstance(value, tuple):
            value = list(value)
        if value != "":
            found[key] = value
    return found
