"""Each kind of bytes that ``decode`` knows by name, and the view that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.codec.decoded import Context, Decoded, fault
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _

if TYPE_CHECKING:
    from harness.codec.atr import AtrFinding
    from harness.codec.status_word import StatusWord
    from harness.codec.tlv import TlvTree

View = Callable[[bytes, Context, bool], Decoded]

FIELD_TAGS = {
    "aip": 0x82,
    "auc": 0x9F07,
    "tvr": 0x95,
    "tsi": 0x9B,
    "cvm": 0x8E,
    "cvm-list": 0x8E,
    "cvm-results": 0x9F34,
    "terminal-capabilities": 0x9F33,
    "additional-capabilities": 0x9F40,
    "terminal-type": 0x9F35,
    "ttq": 0x9F66,
    "ctq": 0x9F6C,
    "ffi": 0x9F6E,
    "cid": 0x9F27,
    "iad": 0x9F10,
    "iac": 0x9F0D,
    "afl": 0x94,
    "pdol": 0x9F38,
    "cdol": 0x8C,
    "track1": 0x56,
    "track2": 0x57,
    "pan": 0x5A,
    "service-code": 0x5F30,
    "arc": 0x8A,
    "aid": 0x4F,
    "country": 0x9F1A,
    "currency": 0x5F2A,
    "language": 0x5F2D,
    "amount": 0x9F02,
    "date": 0x9A,
    "time": 0x9F21,
    "priority": 0x87,
    "sfi": 0x88,
    "log-entry": 0x9F4D,
    "log-format": 0x9F4F,
    "mcc": 0x9F15,
    "transaction-type": 0x9C,
    "pos-entry-mode": 0x9F39,
}
"""Names for ``--as`` that stand for the value of one tag."""

_VISA = bytes.fromhex("A000000003")
DEFAULT_AID = {"ctq": _VISA, "ffi": _VISA}
"""The scheme that a name means where no AID is given."""


def tlv_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """Data objects."""
    from harness.codec.tlv import parse

    return tree_view(parse(raw), context, mask)


def tree_view(tree: TlvTree, context: Context, mask: bool) -> Decoded:
    """Data objects that were parsed already."""
    from harness.codec.tlv_view import TlvView

    view = TlvView(tree, aid=context.aid, kernel=context.kernel, mask=mask)
    return Decoded("tlv", view.lines, lambda: {"nodes": view.nodes()}, view.errors())


def atr_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """An ATR with its two verdicts: ISO/IEC 7816-3, and EMV by cold and warm reset."""
    from harness.codec.atr import emv_faults, iso_faults, parse_atr
    from harness.codec.atr_text import describe_atr

    atr = parse_atr(raw)
    iso, cold = iso_faults(atr), emv_faults(atr)
    warm = emv_faults(atr, warm=True)
    fields = describe_atr(atr)
    lines = [*fields, *_verdict("ISO/IEC 7816-3", iso)]
    if atr.contactless:
        lines.append(_("EMV contact rules do not apply"))
    else:
        lines += _verdict(_("EMV contact, cold reset"), cold)
        lines += _verdict(_("EMV contact, warm reset"), warm)
    body = {
        "value": to_hex(raw),
        "fields": fields,
        "protocols": [f"T={number}" for number in atr.protocols],
        "historical": to_hex(atr.historical),
        "tck_ok": atr.tck_ok,
        "contactless": atr.contactless,
        "iso": _findings(iso),
        "emv_applies": not atr.contactless,
        "emv_cold": _findings(cold),
        "emv_warm": _findings(warm),
    }
    errors = [
        {"offset": item.offset, "message": item.text} for item in iso if item.severity == "fail"
    ]
    return Decoded("atr", lines, body, errors)


def _verdict(title: str, found: tuple[AtrFinding, ...]) -> list[str]:
    if not found:
        return [title + ": " + _("no fault")]
    return [f"{title}: {item.severity}  {item.text}  ({item.spec})" for item in found]


def _findings(found: tuple[AtrFinding, ...]) -> list[dict[str, Any]]:
    return [
        {
            "severity": item.severity,
            "offset": item.offset,
            "message": item.text,
            "spec": str(item.spec),
        }
        for item in found
    ]


def ats_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """Answer to select of a contactless card, with what breaks ISO/IEC 14443-4."""
    from harness.codec.ats import describe_ats, parse_ats

    ats = parse_ats(raw)
    fields = describe_ats(ats)
    body = {"value": to_hex(raw), "fields": fields, "historical": to_hex(ats.historical)}
    errors = [
        {"offset": item.offset, "message": item.text}
        for item in ats.faults
        if item.severity == "fail"
    ]
    return Decoded("ats", fields, body, errors)


def sw_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A status word: its general meaning, and what it says to one command only."""
    from harness.codec.status_word import StatusWord

    if len(raw) != 2:
        error = fault(min(len(raw), 2), N_(f"a status word has 2 bytes, not {len(raw)}"))
        return Decoded("sw", [to_hex(raw)], {"value": to_hex(raw), "meaning": ""}, [error])
    word = StatusWord(raw[0] << 8 | raw[1])
    ins = context.command[1] if len(context.command) > 1 else None
    meaning = word.meaning(ins) or _("no meaning by ISO/IEC 7816-4")
    by_command = _meanings(word)
    lines = [f"{word} {meaning}", *(f"  {name}: {text}" for name, text in by_command.items())]
    return Decoded("sw", lines, {"value": str(word), "meaning": meaning, "by_command": by_command})


def _meanings(word: StatusWord) -> dict[str, str]:
    """What it means to one command only, by the command's name."""
    from harness.codec.data import section
    from harness.codec.naming import command_name

    general = word.meaning()
    found = {}
    for ins in section("status_words")["command"]:
        text = word.meaning(int(ins, 16))
        if text != general:
            found[command_name(bytes((0x80, int(ins, 16))))] = text
    return found


def command_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A command APDU."""
    from harness.codec import apdu_view

    return apdu_view.command_view(raw, context, mask)


def response_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A response APDU."""
    from harness.codec import apdu_view

    return apdu_view.response_view(raw, context, mask)


def dol_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A data object list."""
    from harness.codec.dol import parse_dol
    from harness.codec.show_lists import show_dol
    from harness.codec.tags import lookup

    errors: list[dict[str, Any]] = []
    try:
        entries = parse_dol(raw)
    except CodecError as error:
        entries = error.partial if isinstance(error.partial, tuple) else ()
        errors.append(fault(error.offset or 0, error.what))
    listed = []
    for entry in entries:
        info = lookup(entry.tag, aid=context.aid, kernel=context.kernel)
        listed.append(
            {
                "tag": f"{entry.tag:02X}",
                "name": info.name if info else "unknown tag",
                "length": entry.length,
            }
        )
    shown = show_dol(raw, context.aid)
    body = {"value": to_hex(raw), "entries": listed, "fields": shown}
    return Decoded("dol", shown, body, errors)


def tag_list_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A list of tags without lengths (5C, 9F29)."""
    from harness.codec.show_lists import show_tag_list

    shown = show_tag_list(raw, context.aid)
    return Decoded("tag-list", shown, {"value": to_hex(raw), "fields": shown})


def field_view(tag: int, raw: bytes, context: Context, mask: bool) -> Decoded:
    """The value of one tag, without the tag."""
    from harness.codec.rows import row
    from harness.codec.tags import lookup

    info = lookup(tag, aid=context.aid, kernel=context.kernel)
    body = row(tag, raw, context, mask)
    errors: list[dict[str, Any]] = []
    if info is not None and not info.length_ok(len(raw)):
        errors.append(fault(0, N_(f"{len(raw)} bytes do not fit {info.name}")))
    head = f"{body['tag']} {_(body['name'])}  {body['value']}"
    lines = [head, *("  " + line for line in body["fields"])]
    return Decoded("field", lines, body, errors)


def field55_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """ISO 8583 field 55."""
    from harness.codec import field55

    return field55.field_view(raw, context, mask)


def features_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A PC/SC Part 10 feature list."""
    from harness.codec import part10

    return part10.features_view(raw)


def properties_view(raw: bytes, context: Context, mask: bool) -> Decoded:
    """A PC/SC Part 10 property list."""
    from harness.codec import part10

    return part10.properties_view(raw)


KINDS: dict[str, View] = {
    "tlv": tlv_view,
    "atr": atr_view,
    "ats": ats_view,
    "sw": sw_view,
    "command": command_view,
    "apdu": command_view,
    "response": response_view,
    "dol": dol_view,
    "tag-list": tag_list_view,
    "field55": field55_view,
    "part10-features": features_view,
    "part10-properties": properties_view,
}
"""Kinds of bytes by their names for ``--as``."""
