"""Two terminal configurations beside each other: what differs, and what that does to a card.

The words about terminal action codes are about the terminal's codes alone: a card brings issuer
action codes of its own, and either may decide (EMV 4.4 Book 3, 10.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.codec.bits import Bit, bit_field, set_bits
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.profiles.terminal_config import ActionCodes, SchemeRisk, TerminalConfig
from harness.profiles.terminal_import import GENERAL

SPEC = Spec("EMV 4.4 Book 3", "10.7", verified=False)


@dataclass(frozen=True, slots=True)
class Difference:
    """``group`` is terminal, capabilities, aid, limits, tac, ca-key, list or kept; ``where`` names
    AIDs or a key, ``what`` the thing; ``a`` and ``b`` are the two values as text (empty: not
    there); ``meaning`` says what it does, where that can be said."""

    group: str
    where: str
    what: str
    a: str
    b: str
    meaning: str = ""


GROUPS = {
    "terminal": N_("terminal"),
    "capabilities": N_("capabilities"),
    "aid": N_("AIDs"),
    "limits": N_("limits"),
    "tac": N_("terminal action codes"),
    "ca-key": N_("CA keys"),
    "list": N_("lists"),
    "kept": N_("kept, of no use to the kernel"),
}
_BIT_FIELDS = {
    "capabilities": "terminal-capabilities",
    "additional_capabilities": "additional-capabilities",
}
_NUMBERS = ("floor_limit", "random_threshold", "random_target", "random_maximum")
_HEX = ("default_ddol", "default_tdol")


def compare(a: TerminalConfig, b: TerminalConfig) -> list[Difference]:
    """Everything in which they differ, in the order of ``GROUPS``; id, name, note and path of the
    file do not count."""
    return [
        *_general(a, b),
        *_capabilities(a, b),
        *_aids(a, b),
        *_risk(a, b),
        *_keys(a, b),
        *_lists(a, b),
        *_kept(a, b),
    ]


def _general(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    for key in GENERAL:
        if key in _BIT_FIELDS:
            continue
        left, right = getattr(a, key), getattr(b, key)
        if left != right:
            yield Difference("terminal", "", key, _shown(left), _shown(right))


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _capabilities(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    tags = {"capabilities": "9F33", "additional_capabilities": "9F40"}
    for key, slug in _BIT_FIELDS.items():
        left, right = (set(set_bits(slug, getattr(one, key))) for one in (a, b))
        for bit in sorted(left ^ right, key=lambda bit: (bit.byte, -bit.bit)):
            has = (_("yes"), _("no")) if bit in left else (_("no"), _("yes"))
            lacks = (b if bit in left else a).id
            said = _("never done in {id}").format(id=lacks) if key == "capabilities" else ""
            yield Difference("capabilities", tags[key], bit.text, *has, said)


# AIDs


def _aids(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    left, right = ({one.aid: one for one in config.aids} for config in (a, b))
    for aid in [*left, *(aid for aid in right if aid not in left)]:
        mine, other = left.get(aid), right.get(aid)
        name = to_hex(aid)
        if mine is None or other is None:
            absent = b if mine is not None else a
            shown = ("present", "") if mine is not None else ("", "present")
            yield Difference("aid", name, "aid", *shown, _alone(aid, absent))
            continue
        for what, x, y in (
            ("partial", mine.partial, other.partial),
            ("versions", _versions(mine.versions), _versions(other.versions)),
            ("kernel", mine.kernel, other.kernel),
        ):
            if x != y:
                meaning = _(_AID_WORDS[what])
                yield Difference("aid", name, what, _none(x), _none(y), meaning)


_AID_WORDS = {
    "partial": N_("one takes every application whose name begins so, the other this name alone"),
    "versions": N_("TVR byte 2 bit 8 (versions differ) is set for other cards"),
    "kernel": N_("another contactless kernel; nothing changes over the contacts"),
}


def _versions(versions: tuple[bytes, ...]) -> str:
    return " ".join(to_hex(version) for version in versions)


def _none(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _alone(aid: bytes, absent: TerminalConfig) -> str:
    """What a card with this AID alone meets at the terminal that does not name it."""
    cover = next((one for one in absent.aids if one.matches(aid)), None)
    if cover is not None:
        return _("{id} takes it through the entry {aid}").format(
            id=absent.id, aid=to_hex(cover.aid)
        )
    inside = [to_hex(one.aid) for one in absent.aids if one.aid.startswith(aid)]
    if inside:
        return _("{id} takes only {aids} of it").format(id=absent.id, aids=", ".join(inside))
    return _("a card that has this application alone is not accepted by {id}").format(id=absent.id)


# Limits and action codes


def _risk(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    """At every name that both take, with equal differences of several names put together."""
    names = {one.aid for config in (a, b) for one in config.aids}
    names |= {one.rid for config in (a, b) for one in config.schemes if len(one.rid) > 5}
    both = [name for name in sorted(names) if _takes(a, name) and _takes(b, name)]
    found: dict[Difference, list[str]] = {}
    for name in both:
        for one in _risk_at(a, b, a.risk_for(name), b.risk_for(name)):
            found.setdefault(one, []).append(to_hex(name))
    ordered = sorted(found.items(), key=lambda item: list(GROUPS).index(item[0].group))
    for one, where in ordered:
        yield replace(one, where=", ".join(where))


def _takes(config: TerminalConfig, name: bytes) -> bool:
    return any(one.matches(name) for one in config.aids)


def _risk_at(
    a: TerminalConfig, b: TerminalConfig, left: SchemeRisk, right: SchemeRisk
) -> Iterator[Difference]:
    for key in _NUMBERS:
        x, y = getattr(left, key), getattr(right, key)
        if x != y:
            yield Difference("limits", "", key, str(x), str(y), _limit(a, b, key, x, y))
    for key in _HEX:
        x, y = getattr(left, key), getattr(right, key)
        if x != y:
            yield Difference("limits", "", key, to_hex(x), to_hex(y))
    for bit in bit_field("tvr").bits():
        x, y = (_reaction(risk.tac, bit) for risk in (left, right))
        if x != y:
            meaning = _("{a} {x}, {b} {y}").format(a=a.id, x=_(x), b=b.id, y=_(y))
            yield Difference("tac", "", bit.text, _codes(left.tac, bit), _codes(right.tac, bit),
                             meaning)  # fmt: skip


def _limit(a: TerminalConfig, b: TerminalConfig, key: str, x: int, y: int) -> str:
    if key != "floor_limit" or a.currency != b.currency:
        return ""
    low, strict, loose = (x, a, b) if x < y else (y, b, a)
    return _(
        "amounts of {low} to {high} (minor units) exceed the floor limit of {strict}, and not that "
        "of {loose}"
    ).format(low=low, high=max(x, y) - 1, strict=strict.id, loose=loose.id)


DENIES = N_("declines offline")
ASKS = N_("goes online, and declines where it cannot")
ASKS_ELSE_APPROVES = N_("goes online, and may approve where it cannot")
MINDS_OFFLINE = N_("declines where it cannot go online")
IGNORES = N_("takes no action")


def _reaction(tac: ActionCodes, bit: Bit) -> str:
    """What the terminal does when this bit of the TVR is set (EMV 4.4 Book 3, 10.7)."""
    denial, online, default = (_has(code, bit) for code in (tac.denial, tac.online, tac.default))
    if denial:
        return DENIES
    if online:
        return ASKS if default else ASKS_ELSE_APPROVES
    return MINDS_OFFLINE if default else IGNORES


def _has(code: bytes, bit: Bit) -> bool:
    return bool(code[bit.byte - 1] & 1 << bit.bit - 1) if len(code) == 5 else False


def _codes(tac: ActionCodes, bit: Bit) -> str:
    names = (("denial", tac.denial), ("online", tac.online), ("default", tac.default))
    return ", ".join(name for name, code in names if _has(code, bit)) or "-"


# CA keys, lists, what was kept


_DDA_FAILED = Bit(1, 4, "")


def _keys(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    if bool(a.ca_keys) != bool(b.ca_keys):
        none = (b if a.ca_keys else a).id
        meaning = _("{id} names no CA key: the shipped ones count for it").format(id=none)
        counts = (str(len(a.ca_keys)), str(len(b.ca_keys)))
        yield Difference("ca-key", "", "number", *counts, meaning)
        return
    left, right = ({(k.rid, k.index): k for k in config.ca_keys} for config in (a, b))
    for place in sorted({*left, *right}):
        x, y = left.get(place), right.get(place)
        name = (left | right)[place].name
        if x is None or y is None:
            lacks = a if x is None else b
            shown = ("", "present") if x is None else ("present", "")
            yield Difference("ca-key", name, "key", *shown, _without(lacks, place[0]))
            continue
        if x.modulus and y.modulus and (x.modulus, x.exponent) != (y.modulus, y.exponent):
            bits = (f"{len(x.modulus) * 8} bits", f"{len(y.modulus) * 8} bits")
            meaning = _("another key under the same index: a card verifies with one of them only")
            yield Difference("ca-key", name, "modulus", *bits, meaning)
        if x.expires != y.expires:
            yield Difference("ca-key", name, "expires", x.expires, y.expires)


def _without(config: TerminalConfig, rid: bytes) -> str:
    reaction = _reaction(config.risk_for(rid).tac, _DDA_FAILED)
    return _(
        "cards under this key fail offline data authentication in {id}, which then {does} "
        "(TVR byte 1 bit 4)"
    ).format(id=config.id, does=_(reaction))


def _lists(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    """Lists that name cards and certificates are compared by number: they are not shown."""
    for what in ("revoked", "exceptions"):
        left, right = getattr(a, what), getattr(b, what)
        if left != right:
            yield Difference(
                "list", "", what, str(len(left)), str(len(right)),
                _("{n} entries in both").format(n=len(left & right)),
            )  # fmt: skip


def _kept(a: TerminalConfig, b: TerminalConfig) -> Iterator[Difference]:
    left, right = dict(a.kept), dict(b.kept)
    for key in [*left, *(key for key in right if key not in left)]:
        if left.get(key) != right.get(key):
            yield Difference("kept", "", key, left.get(key, ""), right.get(key, ""))
