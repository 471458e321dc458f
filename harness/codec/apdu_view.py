"""Command and response APDUs for people and for programs."""

from __future__ import annotations

from typing import Any

from harness.codec.aid import product_of
from harness.codec.decode import Decoded
from harness.codec.frames import CommandApdu, ResponseApdu
from harness.codec.naming import command_name, command_summary
from harness.codec.redact import mask_command, mask_response
from harness.codec.tlv import parse
from harness.codec.tlv_view import TlvView
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _

_TLV_COMMANDS = frozenset((0xA8, 0xDA, 0xDB, 0xDC, 0xE2))
"""Commands whose data are data objects: the template 83 of GPO, records, PUT DATA."""


def command_view(raw: bytes, *, aid: bytes | None = None, mask: bool = True) -> Decoded:
    """A command: name, each parameter named, data objects where it carries any."""
    shown = mask_command(raw) if mask else to_hex(raw)
    errors: list[dict[str, Any]] = []
    try:
        apdu = CommandApdu.parse(raw)
    except CodecError as error:
        errors.append({"offset": error.offset, "message": error.what})
        if not isinstance(error.partial, CommandApdu):
            return Decoded("command", [shown], {"value": shown, "fields": []}, errors)
        apdu = error.partial
    data = _data_text(apdu, shown)
    name, summary = command_name(raw), _summary(raw, data)
    fields = _fields(apdu, data)
    lines = [f"{name} {summary}".rstrip(), *("  " + line for line in fields)]
    body: dict[str, Any] = {
        "value": shown,
        "name": name,
        "summary": summary,
        "case": apdu.case,
        "cla": f"{apdu.cla:02X}",
        "ins": f"{apdu.ins:02X}",
        "p1": f"{apdu.p1:02X}",
        "p2": f"{apdu.p2:02X}",
        "data": data,
        "le": apdu.le,
        "fields": fields,
    }
    if apdu.ins in _TLV_COMMANDS and apdu.data:
        view = TlvView(parse(apdu.data), aid=aid, mask=mask)
        if view.tree.ok:
            body["nodes"] = view.nodes()
            lines += ["  " + line for line in view.lines()]
    return Decoded("command", lines, body, errors)


def response_view(
    raw: bytes, *, aid: bytes | None = None, mask: bool = True, command: bytes = b""
) -> Decoded:
    """An answer: its data objects, then the status word (for ``command``, where it is known)."""
    shown = mask_response(raw, command or b"\x00\xb2\x00\x00") if mask else to_hex(raw)
    try:
        response = ResponseApdu.parse(raw)
    except CodecError as error:
        fault = {"offset": error.offset, "message": error.what}
        return Decoded("response", [shown], {"value": shown, "fields": []}, [fault])
    ins = command[1] if len(command) > 1 else None
    meaning = response.sw.meaning(ins)
    body: dict[str, Any] = {"value": shown, "sw": str(response.sw), "meaning": meaning}
    lines: list[str] = []
    errors: list[dict[str, Any]] = []
    if response.data:
        view = TlvView(parse(response.data), aid=aid, mask=mask)
        body["nodes"], errors = view.nodes(), view.errors()
        lines = view.lines() + _format_1(response.data)
    lines.append(f"{response.sw} {meaning}".rstrip())
    return Decoded("response", lines, body, errors)


def _data_text(apdu: CommandApdu, shown: str) -> str:
    """The data field out of the (masked) hex of the whole command."""
    start = 14 if apdu.extended else 10
    return shown[start : start + 2 * len(apdu.data)]


def _summary(raw: bytes, data: str) -> str:
    return "" if "*" in data and raw[1] == 0xA8 else command_summary(raw)


def _fields(apdu: CommandApdu, data: str) -> list[str]:
    lines = [
        _("case {case}, class {cla:02X}, instruction {ins:02X}").format(
            case=apdu.case, cla=apdu.cla, ins=apdu.ins
        ),
        f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}" + _parameters(apdu),
    ]
    if apdu.data:
        lines.append(_("Lc {count}, data {data}").format(count=len(apdu.data), data=data))
    if apdu.le is not None:
        lines.append(_("Le {count}: up to that many bytes wanted").format(count=apdu.le))
    return lines


def _parameters(apdu: CommandApdu) -> str:
    """P1 and P2 in words, for the commands of EMV."""
    if apdu.ins == 0xA4:
        by = _("by name") if apdu.p1 == 0x04 else _("by P1 {p1:02X}").format(p1=apdu.p1)
        which = _("next occurrence") if apdu.p2 & 3 == 2 else _("first or only occurrence")
        product = product_of(apdu.data)
        return f": {by}, {which}" + (f" ({product})" if product else "")
    if apdu.ins in (0xB2, 0xAE, 0xCA, 0x20):
        return ": " + command_summary(apdu.to_bytes())
    return ""


def _format_1(data: bytes) -> list[str]:
    """The parts of a format 1 answer, by its length: GPO (2 + 4n) or GENERATE AC (11 and more)."""
    tree = parse(data)
    if len(tree.nodes) != 1 or tree.nodes[0].tag != 0x80:
        return []
    value = tree.nodes[0].value
    lines = []
    if len(value) >= 6 and (len(value) - 2) % 4 == 0:
        aip, afl = to_hex(value[:2]), to_hex(value[2:])
        lines.append(_("if it answers GPO: AIP {aip}, AFL {afl}").format(aip=aip, afl=afl))
    if len(value) >= 11 and value[0] & 0x3F == 0:
        kind = ("AAC", "TC", "ARQC", "RFU")[value[0] >> 6]
        lines.append(
            _("if it answers GENERATE AC: {kind}, ATC {atc}, cryptogram {ac}, IAD {iad}").format(
                kind=kind,
                atc=int.from_bytes(value[1:3], "big"),
                ac=to_hex(value[3:11]),
                iad=to_hex(value[11:]) or "-",
            )
        )
    return lines
