"""More kinds of values in words: tracks, issuer authentication, categories, data by a DOL."""

from __future__ import annotations

from harness.codec import codes, formats
from harness.codec.bits import bit_lines, describe_info
from harness.codec.dol import parse_dol, split_dol
from harness.codec.tags import lookup
from harness.codec.track1 import parse_track1
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.masking import mask_all, mask_pan


def show_dol_data(
    dol: bytes,
    data: bytes,
    *,
    aid: bytes | None = None,
    kernel: int | None = None,
    mask: bool = True,
) -> list[str]:
    """``data`` taken apart by ``dol``, each part with its name and in words: what a terminal sent
    for a PDOL or CDOL, or a record of a log by its format (9F4F).

    Never raises: a list that is damaged, or data of another length, is said in the last line, and
    what can be told apart still is.
    """
    fault = ""
    try:
        entries = parse_dol(dol)
    except CodecError as error:
        entries = error.partial if isinstance(error.partial, tuple) else ()
        fault = error.what
    try:
        parts = split_dol(entries, data)
    except CodecError as error:
        parts = error.partial if isinstance(error.partial, list) else []
        fault = fault or error.what
    lines = []
    for tag, value in parts:
        info = lookup(tag, aid=aid, kernel=kernel, length=len(value))
        name = info.name if info else _("unknown")
        hidden = mask and info is not None and info.sensitive
        lines.append(f"{tag:02X} {name}: {mask_all(to_hex(value)) if hidden else to_hex(value)}")
        if info is not None and not (hidden and info.show not in ("pan", "track1", "track2")):
            lines += ["  " + line for line in describe_info(info, value, aid=aid, mask=mask)]
    if fault:
        lines.append(_("does not follow its coding: {what}").format(what=fault))
    return lines


def show_track1(value: bytes, mask: bool) -> list[str]:
    """PAN, name, expiry and service code of track 1; all but the ends of the PAN masked."""
    from harness.codec.show import service_code

    if not value:
        return []
    track = parse_track1(value)
    if mask:
        return [_("PAN {pan}, the rest is masked").format(pan=mask_pan(track.pan))]
    lines = [
        _("PAN {pan}, expires {year}-{month}").format(
            pan=track.pan, year=track.expiry[:2], month=track.expiry[2:]
        ),
        _("name {name}").format(name=f'"{track.name}"'),
        _("service code {text}").format(text=service_code(track.service_code)[0]),
    ]
    if track.discretionary:
        lines.append(_("discretionary data {digits}").format(digits=track.discretionary))
    return lines


def show_mcc(value: bytes) -> list[str]:
    """A merchant category code by name, or by the range that it lies in."""
    code = formats.decode_n(value)
    name = codes.merchant_category(code)
    return [f"{code} {name}" if name else _("{code}: not in the table").format(code=code)]


def show_issuer_auth(value: bytes) -> list[str]:
    """Issuer authentication data (91): ARPC of 8 bytes and response code (method 1), or ARPC of 4
    bytes and card status update (method 2, CCD and Visa CVN 12 hex)."""
    if len(value) == 10 and value[8:].isalnum():
        code = formats.decode_ans(value[8:])
        name = codes.code_name("arc", code)
        return [f"ARPC {to_hex(value[:8])}", f'ARC "{code}" {name}'.rstrip()]
    if len(value) < 8 or len(value) > 16:
        return [_("{count} bytes: 8 to 16 are allowed").format(count=len(value))]
    status = value[4:8]
    counters = codes.code_name("csu-counters", str(status[1] & 0x03))
    lines = [
        _("if method 2: ARPC {arpc}, card status update {csu}").format(
            arpc=to_hex(value[:4]), csu=to_hex(status)
        ),
        "  " + _("PIN tries left: {count}").format(count=status[0] & 0x0F),
        "  " + counters,
    ]
    rest = bytes((status[0] & 0xF0, status[1] & 0xFC, *status[2:]))
    if any(rest):
        lines += ["  " + line for line in bit_lines("csu", rest)]
    if value[8:]:
        lines.append(_("proprietary data {data}").format(data=to_hex(value[8:])))
    return lines


def show_registered(value: bytes) -> list[str]:
    """Registered proprietary data (9F0A): identifier (2), length (1) and value, repeated. 0001 is
    the kind of product, as European regulation wants it told before the selection."""
    lines: list[str] = []
    at = 0
    while at < len(value):
        if at + 3 > len(value) or at + 3 + value[at + 2] > len(value):
            lines.append(_("{count} bytes left over").format(count=len(value) - at))
            break
        number, size = value[at : at + 2], value[at + 2]
        data = value[at + 3 : at + 3 + size]
        if number == b"\x00\x01":
            name = codes.code_name("registered-product", to_hex(data[:1])) or _("RFU")
            lines.append(_("product: {name}").format(name=f"{to_hex(data)} {name}"))
        else:
            lines.append(f"{to_hex(number)}: {to_hex(data)}")
        at += 3 + size
    return lines


def show_aci(value: bytes) -> list[str]:
    """Application Capabilities Information of Kernel 2 (9F5D)."""
    if len(value) != 3:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=3)]
    version = value[0] >> 4
    known = {
        0: _("no data storage"),
        1: _("data storage version 1"),
        2: _("data storage version 2"),
    }
    lines = [known.get(version) or _("data storage version {code}: RFU").format(code=version)]
    if value[0] & 0x08:
        lines.append(_("byte 1 bit 4 is RFU, but set"))
    for mask, text in (
        (0x04, _("field off detection supported")),
        (0x02, _("balance reading supported")),
        (0x01, _("CDA also with an AAC")),
    ):
        if value[0] & mask:
            lines.append(text)
    lines.append(_("standalone data storage scheme {code:02X}").format(code=value[1]))
    if value[2]:
        lines.append(_("byte 3 is RFU, but set: {code:02X}").format(code=value[2]))
    return lines


def show_amex_reader(value: bytes) -> list[str]:
    """Contactless Reader Capabilities of Kernel 4 (9F6D); bits 6, 5 and 3 to 1 hold the terminal
    type."""
    if len(value) != 1:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=1)]
    code = f"{value[0] & 0xC8:02X}"
    name = codes.code_name("amex-reader", code)
    lines = [f"{code} {name}" if name else _("{code}: RFU").format(code=code)]
    if value[0] & 0x37:
        kind = (value[0] & 0x30) + (value[0] & 0x07)
        lines.append(_("terminal type {code:02X}").format(code=kind))
    return lines


def show_third_party(value: bytes) -> list[str]:
    """Third party data of Mastercard (9F6E): country, identifier, device, and what the identifiers
    0003 and 8003 announce, the extension for fleet or transit cards (M/Chip Requirements for
    Contact and Contactless, tables 12 to 15)."""
    if len(value) < 4:
        return [_("too short: {count} bytes").format(count=len(value))]
    digits = formats.decode_n(value[:2])[-3:]
    found = codes.country(digits)
    where = (
        f"{digits} {found[0]}, {found[1]}" if found else _("{code}: unknown").format(code=digits)
    )
    lines = [where, _("unique identifier {id}").format(id=to_hex(value[2:4]))]
    rest = value[4:]
    if value[2] & 0x80 == 0 and len(value) >= 6:
        device = formats.decode_ans(value[4:6])
        known = codes.code_name("third-party-device", device)
        lines.append(_("device type {code}").format(code=f'"{device}"') + (known and f": {known}"))
        rest = value[6:]
    if value[2] & 0x7F == 0 and value[3] == 3 and rest:
        return lines + _product_extension(rest)
    return lines + ([_("proprietary data {data}").format(data=to_hex(rest))] if rest else [])


def _product_extension(value: bytes) -> list[str]:
    """Identifier (2 bytes) of the product, then six bytes for fleet or three for transit."""
    product, wanted = value[:2], {b"\0\1": 8, b"\0\2": 5}.get(value[:2])
    if wanted is None or len(value) != wanted:
        return [_("product extension {data}").format(data=to_hex(value))]
    if product == b"\0\1":
        restriction = codes.code_name("fleet-restriction", to_hex(value[2:3])) or _("RFU")
        kind = codes.code_name("fleet-card", to_hex(value[4:5])) or _("RFU")
        return [
            _("product: {name}").format(name=_("fleet card")),
            _("good for: {name}").format(name=restriction),
            *bit_lines("fleet-prompts", value[3:4]),
            _("card type: {name}").format(name=kind),
        ]
    concession = codes.code_name("transit-concession", to_hex(value[3:4])) or _("RFU")
    return [
        _("product: {name}").format(name=_("transit card")),
        *(bit_lines("transit", value[2:3]) if value[2] else []),
        _("concession {code}").format(code=f"{to_hex(value[3:4])} {concession}"),
    ]
