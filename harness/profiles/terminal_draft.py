"""What an imported terminal configuration is gathered in, whatever the shape of its file."""

from __future__ import annotations

from dataclasses import field

from harness.codec.aid import scheme_of
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex, to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that the kernel has no use for: where it stood, its name there, its value, and
    what it is where that is known."""

    where: str
    key: str
    value: str
    meaning: str = ""


@dataclass(slots=True)
class AidDraft:
    """What a file says of one AID; a key that it does not say is not there."""

    aid: bytes
    where: str
    values: dict[str, object] = field(default_factory=dict)
    general: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """A configuration under construction. ``problems`` are (place, message)."""

    form: str
    general: dict[str, object] = field(default_factory=dict)
    aids: list[AidDraft] = field(default_factory=list)
    keys: list[dict[str, object]] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


AMOUNTS = ("floor_limit", "random_threshold")
PERCENT = ("random_target", "random_maximum")
CODES = ("tac_denial", "tac_online", "tac_default")
LISTS = ("default_ddol", "default_tdol")


class BadValue(ValueError):
    """A value that is not what its key needs; the text says why."""


def octets(text: str, sizes: tuple[int, ...] | range = ()) -> bytes:
    """Bytes of hex ``text``. Raises BadValue, which never quotes it."""
    try:
        raw = parse_hex(text)
    except ConfigError as error:
        raise BadValue(error.what) from error
    if sizes and len(raw) not in sizes:
        raise BadValue(_("{count} bytes").format(count=len(raw)))
    return raw


def tables(draft: Draft) -> list[dict[str, object]]:
    """``[[aid]]`` tables. Two lines about one AID: their versions are put together."""
    found: dict[bytes, dict[str, object]] = {}
    versions: dict[bytes, list[object]] = {}
    for one in draft.aids:
        scheme = str(one.values.get("scheme") or scheme_of(one.aid) or "unknown")
        known = versions.setdefault(one.aid, [])
        made = found.setdefault(
            one.aid,
            {
                "aid": to_hex(one.aid),
                "scheme": scheme,
                "partial": one.values.get("partial", True),
                "versions": known,
            },
        )
        more = one.values.get("versions")
        if isinstance(more, list):
            known += [version for version in more if version not in known]
        if "kernel" in one.values:
            made["kernel"] = one.values["kernel"]
    return list(found.values())


def risk_tables(draft: Draft) -> list[dict[str, object]]:
    """``[[scheme]]`` tables, one for each AID that says anything of limits or action codes. Where
    a file says of some action codes only, the others go online for everything."""
    found: dict[bytes, dict[str, object]] = {}
    for one in draft.aids:
        values = one.values
        if one.aid in found or not any(key in values for key in (*AMOUNTS, *PERCENT, *CODES)):
            continue
        tac = {
            "denial": values.get("tac_denial", "0000000000"),
            "online": values.get("tac_online", "FFFFFFFFFF"),
            "default": values.get("tac_default", "FFFFFFFFFF"),
        }
        made: dict[str, object] = {
            "rid": to_hex(one.aid),
            "scheme": str(values.get("scheme") or scheme_of(one.aid) or "unknown"),
            "floor_limit": values.get("floor_limit", 0),
            "tac": tac,
        }
        made |= {
            key: values[key] for key in ("random_threshold", *PERCENT, *LISTS) if key in values
        }
        _within_bounds(draft, one, made)
        found[one.aid] = made
    return list(found.values())


def _within_bounds(draft: Draft, one: AidDraft, made: dict[str, object]) -> None:
    """A threshold above the floor limit selects nothing at random: real files have it (with a
    floor limit of zero), the kernel refuses it. It is kept, and said."""
    target, maximum = (made.get(key, 0) for key in PERCENT)
    if int(str(target)) > int(str(maximum)):
        draft.problems.append((one.where, _("the target percentage is above its maximum")))
    threshold = int(str(made.get("random_threshold", 0)))
    if threshold > int(str(made["floor_limit"])):
        del made["random_threshold"]
        why = _("threshold above the floor limit: nothing is ever chosen at random")
        draft.kept.append(Kept(to_hex(one.aid), "random_threshold", str(threshold), why))


def lift_general(draft: Draft) -> None:
    """What is said of every AID alike is said of the terminal; what differs from AID to AID the
    kernel has no place for, and keeps."""
    keys = dict.fromkeys(key for one in draft.aids for key in one.general)
    for key in keys:
        given = [one.general[key] for one in draft.aids if key in one.general]
        if key not in draft.general and all(value == given[0] for value in given):
            draft.general[key] = given[0]
            continue
        for one in draft.aids:
            if key in one.general and one.general[key] != draft.general.get(key):
                why = _("differs from AID to AID; the kernel has one for the terminal")
                draft.kept.append(Kept(to_hex(one.aid), key, str(one.general[key]), why))
