"""Command and response APDUs for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.codec.aid import product_of
from harness.codec.decoded import Context, Decoded, fault
from harness.codec.frames import CommandApdu, ResponseApdu
from harness.codec.naming import command_name, command_summary
from harness.codec.redact import mask_command, mask_response
from harness.codec.rows import Row, dol_rows, row, row_lines
from harness.codec.tlv import Tlv, TlvTree, parse
from harness.codec.tlv_view import TlvView
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _

_TLV_COMMANDS = frozenset((0xA8, 0xDA, 0xDB, 0xDC, 0xE2))
"""Commands whose data are data objects: the template 83 of GPO, records, PUT DATA."""

_BY_DATA = frozenset((0x82, 0x88, 0xA8, 0xC0, 0xDA))
"""Commands whose summary tells of their data or length, which have a line of their own."""

_P2 = {
    (0x24, 0x00): N_("PIN unblock"),
    (0x24, 0x01): N_("PIN change, enciphered with the current PIN"),
    (0x24, 0x02): N_("PIN change, enciphered without the current PIN"),
    (0x2A, 0x80): N_("over the unpredictable number"),
}
"""P2 in words by instruction (EMV 4.4 Book 3, 6.5.10; Book C-2 for COMPUTE CRYPTOGRAPHIC CHECKSUM);
clauses not verified."""

_SELECT_BY = {
    0x00: N_("by file identifier"),
    0x01: N_("child DF by identifier"),
    0x02: N_("EF below the present DF"),
    0x03: N_("parent DF"),
    0x04: N_("by name"),
    0x08: N_("by path from the MF"),
    0x09: N_("by path from the present DF"),
}
_SELECT_WANTS = {
    0x04: N_("FCP template wanted"),
    0x08: N_("FMD template wanted"),
    0x0C: N_("no data wanted"),
}
"""P1 and P2 of SELECT (ISO/IEC 7816-4, tables 39 and 40)."""

_DEFAULT_DDOL = bytes.fromhex("9F3704")
_GLOBALPLATFORM_RID = bytes.fromhex("A000000151")
_DEFAULT_UDOL = bytes.fromhex("9F6A04")


def command_view(raw: bytes, context: Context | None = None, mask: bool = True) -> Decoded:
    """A command: name, each parameter named, data objects where it carries any, and its data by
    the list that asked for it where ``context`` has that list."""
    context = context or Context()
    shown = mask_command(raw) if mask else to_hex(raw)
    errors: list[dict[str, Any]] = []
    try:
        apdu = CommandApdu.parse(raw)
    except CodecError as error:
        errors.append(fault(error.offset or 0, error.what))
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
    rows = command_rows(apdu, context, mask)
    if rows:
        body["data_elements"] = rows
        lines += ["  " + line for line in row_lines(rows)]
    elif apdu.ins in _TLV_COMMANDS and apdu.data:
        view = TlvView(parse(apdu.data), aid=context.aid, kernel=context.kernel, mask=mask)
        if view.tree.ok and view.tree.nodes and not (apdu.cla & 0x0C and apdu.ins != 0xA8):
            body["nodes"] = view.nodes()
            lines += ["  " + line for line in view.lines()]
    return Decoded("command", lines, body, errors)


def command_rows(apdu: CommandApdu, context: Context, mask: bool = True) -> list[Row]:
    """The data field by the data object list that the card gave for this command; empty where
    there is none, or where it does not fit."""
    data = apdu.data
    if apdu.ins == 0xA8:
        node = parse(data).find(0x83)
        if node is None or not context.pdol:
            return []
        return dol_rows(context.pdol, node.value, context, mask) or []
    if apdu.ins == 0xAE:
        for dol in (context.cdol1, context.cdol2):
            rows = dol_rows(dol, data, context, mask) if dol and data else None
            if rows is not None:
                return rows
    if apdu.ins == 0x88 and data:
        return dol_rows(context.ddol or _DEFAULT_DDOL, data, context, mask) or []
    if apdu.ins == 0x2A and apdu.cla & 0x80 and len(data) == 4:
        return dol_rows(_DEFAULT_UDOL, data, context, mask) or []
    if apdu.ins == 0x82 and apdu.cla & 0xF0 == 0 and not apdu.p1 and 8 <= len(data) <= 16:
        return [row(0x91, data, context, mask)]
    return []


def response_view(raw: bytes, context: Context | None = None, mask: bool = True) -> Decoded:
    """An answer: its data objects, then the status word; for the command of ``context``, where
    it is known (a format 1 answer has no tags of its own)."""
    context = context or Context()
    command = context.command
    stand_in = command or b"\x00\xb2\x00\x00"
    shown = mask_response(raw, stand_in, aid=context.aid) if mask else to_hex(raw)
    try:
        response = ResponseApdu.parse(raw)
    except CodecError as error:
        errors = [fault(error.offset or 0, error.what)]
        return Decoded("response", [shown], {"value": shown, "fields": []}, errors)
    ins = command[1] if len(command) > 1 else None
    meaning = response.sw.meaning(ins)
    body: dict[str, Any] = {"value": shown, "sw": str(response.sw), "meaning": meaning}
    lines: list[str] = []
    errors = []
    if response.data:
        rows = _log_rows(response.data, context, mask)
        if rows:
            body["data_elements"], lines = rows, row_lines(rows)
        elif _no_objects(command, response.data):
            lines = [shown[:-4]]
        else:
            lines, errors = _objects(response.data, context, mask, body)
    lines.append(f"{response.sw} {meaning}".rstrip())
    return Decoded("response", lines, body, errors)


def _objects(
    data: bytes, context: Context, mask: bool, body: dict[str, Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    view = TlvView(parse(data), aid=context.aid, kernel=context.kernel, mask=mask)
    body["nodes"] = view.nodes()
    rows = _format_1_rows(view.tree, context, mask)
    if rows:
        body["data_elements"] = rows
        return [*view.lines(), *("  " + line for line in row_lines(rows))], view.errors()
    known = bool(context.command)
    return view.lines() + ([] if known else _format_1(view.tree, context, mask)), view.errors()


_OBJECTS = frozenset(b"\xa4\xa8\xae\xb2\xca\xcb\x2a\x88\xea\xd0")
"""Instructions whose answers are data objects: what is wrong with those is a fault."""


def _no_objects(command: bytes, data: bytes) -> bool:
    """Is the answer plain bytes: those of GET CHALLENGE and of INITIALIZE UPDATE are; of what is
    asked otherwise, or unknown, if no object in it makes sense."""
    ins = command[1] if len(command) > 1 else None
    if ins == 0x84 or (ins == 0x50 and command[0] & 0x80):
        return True
    return ins not in _OBJECTS and _plain(data)


def _plain(data: bytes) -> bool:
    """Is it not worth a try to read ``data`` as data objects: does none of them make sense?"""
    from harness.codec.tags import lookup

    tree = parse(data)
    return not tree.nodes or (
        lookup(tree.nodes[0].tag) is None and any(lookup(node.tag) is None for node in tree.nodes)
    )


def _log_rows(data: bytes, context: Context, mask: bool) -> list[Row]:
    """A record of the transaction log: values without tags, in the order of the log format."""
    command = context.command
    if not context.log_format or len(command) < 4 or command[1] != 0xB2:
        return []
    if command[3] >> 3 != context.log_sfi:
        return []
    return dol_rows(context.log_format, data, context, mask) or []


def _data_text(apdu: CommandApdu, shown: str) -> str:
    """The data field out of the (masked) hex of the whole command."""
    start = 14 if apdu.extended else 10
    return shown[start : start + 2 * len(apdu.data)]


def _summary(raw: bytes, data: str) -> str:
    return "" if "*" in data and raw[1] == 0xA8 else command_summary(raw)


def _fields(apdu: CommandApdu, data: str) -> list[str]:
    lines = [
        _("case {case}, class {cla:02X} ({words}), instruction {ins:02X}").format(
            case=apdu.case, cla=apdu.cla, words=class_words(apdu.cla), ins=apdu.ins
        ),
        f"P1 {apdu.p1:02X}, P2 {apdu.p2:02X}" + _parameters(apdu),
    ]
    if apdu.data:
        lines.append(_("Lc {count}, data {data}").format(count=len(apdu.data), data=data))
    if apdu.le is not None:
        lines.append(_("Le {count}: up to that many bytes wanted").format(count=apdu.le))
    return lines


def class_words(cla: int) -> str:
    """The class byte in words: whose, secure messaging, chaining, logical channel (ISO/IEC 7816-4,
    5.4.1; EMV 4.4 Book 3, 6.3.2 for the proprietary class 8x)."""
    special = {
        0x90: _("MIFARE DESFire in an ISO frame"),
        0xA0: _("SIM"),
        0xFF: _("for the reader, PC/SC Part 3"),
    }
    if cla in special:
        return special[cla]
    if cla & 0x40:
        secured, channel = bool(cla & 0x20), 4 + (cla & 0x0F)
    else:
        secured, channel = bool(cla & 0x0C), cla & 0x03
    words = [_("proprietary") if cla & 0x80 else _("interindustry")]
    if secured:
        words.append(_("secure messaging"))
    if cla & 0x10:
        words.append(_("more commands of the chain follow"))
    if channel:
        words.append(_("logical channel {n}").format(n=channel))
    return ", ".join(words)


def _parameters(apdu: CommandApdu) -> str:
    """P1 and P2 in words, for the commands of EMV."""
    if apdu.cla == 0xFF:
        said = command_summary(apdu.to_bytes())
        return f": {said}" if said else ""
    if apdu.ins == 0xA4 and apdu.cla != 0x90:
        known = _SELECT_BY.get(apdu.p1)
        by = _(known) if known else _("by P1 {p1:02X}").format(p1=apdu.p1)
        which = (_("first or only"), _("last"), _("next"), _("previous"))[apdu.p2 & 3]
        words = [by, _("{which} occurrence").format(which=which)]
        words += [_(_SELECT_WANTS[apdu.p2 & 0x0C])] if apdu.p2 & 0x0C else []
        product = product_of(apdu.data)
        return ": " + ", ".join(words) + (f" ({product})" if product else "")
    if apdu.ins == 0xCA:
        from harness.codec.tags import lookup

        tag = apdu.p1 << 8 | apdu.p2 if apdu.p1 else apdu.p2
        # What GET DATA returns for 9F7F is the CPLC; Kernel 2 has another use for the tag.
        info = lookup(tag, aid=_GLOBALPLATFORM_RID if tag == 0x9F7F else None)
        return f": {command_summary(apdu.to_bytes())}" + (f" {_(info.name)}" if info else "")
    said = "" if apdu.ins in _BY_DATA else command_summary(apdu.to_bytes())
    if said:
        return ": " + said
    known = _P2.get((apdu.ins, apdu.p2))
    return f": {_(known)}" if known else ""


def _format_1_node(tree: TlvTree) -> Tlv | None:
    only = tree.nodes[0] if len(tree.nodes) == 1 else None
    return only if only is not None and only.tag == 0x80 else None


def _format_1_rows(tree: TlvTree, context: Context, mask: bool) -> list[Row]:
    """The parts of a format 1 answer to the command of ``context``."""
    node = _format_1_node(tree)
    if node is None or len(context.command) < 2:
        return []
    value, ins = node.value, context.command[1]
    parts: list[tuple[int, bytes]] = []
    if ins == 0xA8 and len(value) >= 2:
        parts = [(0x82, value[:2]), (0x94, value[2:])]
    elif ins == 0xAE and len(value) >= 11:
        parts = [(0x9F27, value[:1]), (0x9F36, value[1:3]), (0x9F26, value[3:11])]
        parts += [(0x9F10, value[11:])] if value[11:] else []
    elif ins == 0x88:
        parts = [(0x9F4B, value)]
    return [row(tag, part, context, mask) for tag, part in parts]


def _format_1(tree: TlvTree, context: Context, mask: bool) -> list[str]:
    """What a format 1 answer is by its content, where the command is not known: GPO (AIP and a
    sound AFL) or GENERATE AC (CID, ATC, cryptogram, IAD)."""
    node = _format_1_node(tree)
    if node is None:
        return []
    value = node.value
    lines = []
    if len(value) >= 6 and _sound_afl(value[2:]):
        lines.append(_("as an answer to GET PROCESSING OPTIONS:"))
        lines += _rows_of(((0x82, value[:2]), (0x94, value[2:])), context, mask)
    if len(value) >= 11 and value[0] & 0x30 == 0 and value[0] >> 6 < 3:
        parts = [(0x9F27, value[:1]), (0x9F36, value[1:3]), (0x9F26, value[3:11])]
        parts += [(0x9F10, value[11:])] if value[11:] else []
        lines.append(_("as an answer to GENERATE AC:"))
        lines += _rows_of(parts, context, mask)
    return lines


def _rows_of(parts: Iterable[tuple[int, bytes]], context: Context, mask: bool) -> list[str]:
    return ["  " + line for line in row_lines(row(tag, part, context, mask) for tag, part in parts)]


def _sound_afl(value: bytes) -> bool:
    from harness.codec.afl import parse_afl

    try:
        return bool(parse_afl(value))
    except CodecError:
        return False
