"""Issuer application data (9F10) by scheme: where the cryptogram version and the CVR stand.

There is no common format: the scheme comes from the AID, the layout from the first bytes. What
follows is what public decoders agree on; CCD is EMV 4.4 Book 3, Annex C9.
"""

from __future__ import annotations

from dataclasses import replace

from harness.codec.aid import scheme_of
from harness.codec.codes import code_name
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Iad:
    """The parts of issuer application data. ``cvn`` is two hex digits, ``dki`` the derivation key
    index; ``cvr_field`` names the bit field of ``cvr``; ``rest`` is what the issuer added;
    ``guess``: the layout was told by the value alone."""

    layout: str
    cvn: str
    dki: int | None
    cvr: bytes
    cvr_field: str
    rest: bytes
    rest_offset: int
    guess: bool = False


def parse_iad(value: bytes, *, aid: bytes | None = None) -> Iad | None:
    """Take ``value`` apart by the scheme of ``aid``; None where the layout is not known.

    Without an AID only layouts that show themselves are recognised: CCD (32 bytes, ``0F`` first
    and in the middle).
    """
    if len(value) == 32 and value[0] == 0x0F and value[16] == 0x0F:
        return Iad("CCD", f"{value[1]:02X}", value[2], value[3:8], "ccd-cvr", value[8:], 8)
    scheme = scheme_of(aid) if aid else ""
    if scheme == "mastercard":
        return _mastercard(value)
    if scheme == "unionpay":
        return _unionpay(value)
    if scheme == "discover" and value[:1] != b"\x06":
        return _d_pas(value)
    if scheme in ("visa", "amex", "jcb", "discover", "interac"):
        return _visa_like(value, scheme)
    return _by_form(value)


def _d_pas(value: bytes) -> Iad | None:
    """Discover D-PAS: derivation key index, cryptogram version (05, contactless 15), CVR (8)."""
    if len(value) < 10:
        return None
    return Iad("D-PAS", f"{value[1]:02X}", value[0], value[2:10], "", value[10:], 10)


def _by_form(value: bytes) -> Iad | None:
    """A layout that the value itself shows: its inner lengths add up."""
    found = None
    if len(value) >= 8 and value[0] == 0x07 and value[3] == 0x03:
        found = _unionpay(value)
    elif (len(value) >= 7 and value[0] == 0x06 and value[3] == 0x03) or value[:1] == b"\x1f":
        found = _visa_like(value, "")
    elif len(value) in _M_CHIP_SIZES and value[1] in _M_CHIP_CVNS:
        found = _mastercard(value)
    return None if found is None else replace(found, guess=True)


_M_CHIP_SIZES = (8, 18, 20, 26, 28)
_M_CHIP_CVNS = (0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17)


def _visa_like(value: bytes, scheme: str) -> Iad | None:
    """Format 0/1/3: length 06 (or 07 with more CVR), DKI, CVN, CVR; 2/4: length 1F, CVN, DKI."""
    field = "visa-cvr" if scheme == "visa" else ""
    if len(value) >= 7 and value[0] in (0x06, 0x07) and len(value) > value[0]:
        end = value[0] + 1
        cvr = value[3:end]
        if cvr[0] == len(cvr) - 1:
            cvr = cvr[1:]
        else:
            field = ""
        return Iad("0/1/3", f"{value[2]:02X}", value[1], cvr, field, value[end:], end)
    if len(value) == 32 and value[0] == 0x1F:
        field = "visa-cvr-2" if scheme == "visa" else ""
        return Iad("2/4", f"{value[1]:02X}", value[2], value[3:8], field, value[8:], 8)
    return None


def _mastercard(value: bytes) -> Iad | None:
    """M/Chip: DKI, CVN, CVR (6 bytes), DAC or ICC dynamic number (2), counters."""
    if len(value) < 8:
        return None
    return Iad("M/Chip", f"{value[1]:02X}", value[0], value[2:8], "mastercard-cvr", value[8:], 8)


def _unionpay(value: bytes) -> Iad | None:
    """PBOC: length 07, DKI, CVN, CVR (its length 03, then 3 bytes), algorithm."""
    if len(value) < 8 or value[0] != 0x07:
        return None
    return Iad("PBOC", f"{value[2]:02X}", value[1], value[4:7], "visa-cvr", value[7:], 7)


def describe_iad(value: bytes, *, aid: bytes | None = None) -> list[str]:
    """``value`` in words, as far as its layout is known; says when the scheme is not."""
    if not value:
        return []
    iad = parse_iad(value, aid=aid)
    if iad is None:
        hint = _("layout not known") if aid else _("layout depends on the scheme: give the AID")
        return [hint]
    layout = _("layout {name}").format(name=iad.layout)
    if iad.guess:
        layout += _(", by its form alone: give the AID") if not aid else _(", by its form alone")
    decimal = f" (CVN {int(iad.cvn, 16)})" if iad.layout == "0/1/3" and iad.cvn > "09" else ""
    lines = [layout, f"CVN {iad.cvn}{decimal}"]
    if iad.dki is not None:
        lines.append(_("derivation key index {dki:02X}").format(dki=iad.dki))
    lines.append("CVR " + to_hex(iad.cvr, " "))
    if iad.cvr_field:
        lines += ["  " + line for line in cvr_lines(iad.cvr_field, iad.cvr)]
    elif len(iad.cvr) == 3:
        lines += ["  " + line for line in _kinds(iad.cvr[0])]
        text = _("its other bits are not public for this scheme")
        lines.append("  " + (_("its other bits depend on the scheme") if iad.guess else text))
    else:
        lines.append("  " + _("its bits are not public for this scheme"))
    if iad.layout == "PBOC" and iad.rest:
        known = {0x01: "3DES", 0x04: "SM4"}.get(iad.rest[0], "RFU")
        lines.append(_("algorithm {code:02X} {name}").format(code=iad.rest[0], name=known))
        if iad.rest[1:]:
            text = _("issuer discretionary data {data}")
            lines.append(text.format(data=to_hex(iad.rest[1:])))
    elif iad.layout == "M/Chip" and len(iad.rest) >= 2:
        lines[2:2] = _m_chip(iad.cvn, len(value))
        lines.append(_("DAC or ICC dynamic number {data}").format(data=to_hex(iad.rest[:2])))
        if iad.rest[2:]:
            lines.append(_("counters {data}").format(data=to_hex(iad.rest[2:])))
    elif iad.rest:
        lines.append(_("issuer discretionary data {data}").format(data=to_hex(iad.rest)))
    return lines


def _m_chip(cvn: str, size: int) -> list[str]:
    """What the cryptogram version of M/Chip says: whose session key, and whether the counters are
    in the cryptogram; the length tells the product (M/Chip Requirements, Appendix B)."""
    lines = []
    code = int(cvn, 16)
    if code & 0xFA == 0x10:
        key = _("EMV common session key") if code & 4 else _("Mastercard's own session key")
        has = _("counters in the cryptogram") if code & 1 else _("counters not in the cryptogram")
        lines.append(f"  {key}; {has}")
    if size in _M_CHIP_SIZES[1:]:
        product = "M/Chip 4" if size == 18 else "M/Chip Advance"
        lines.append("  " + _("{n} bytes, as {product} has").format(n=size, product=product))
    return lines


_KINDS = {
    "second": ("AAC", "TC", N_("second cryptogram not requested"), "RFU"),
    "first": ("AAC", "TC", "ARQC", "RFU"),
}


def cvr_lines(field: str, cvr: bytes) -> list[str]:
    """Card verification results: the cryptogram kinds first, then the bits that are set."""
    if not cvr:
        return []
    if field == "visa-cvr-2":
        return _verifier(cvr[0]) + _cvr_lines(field, b"\0" + cvr[1:], 1)
    return _cvr_lines(field, cvr, 0)


def _verifier(byte: int) -> list[str]:
    """Byte 1 of the CVR of Visa's formats 2 and 4: who verified the cardholder, and how."""
    rfu = _("{code}: RFU")
    entity, kind = f"{byte >> 4:X}", f"{byte & 0x0F:X}"
    return [
        _("verified by: {name}").format(
            name=code_name("visa-cvm-entity", entity) or rfu.format(code=entity)
        ),
        _("verified with: {name}").format(
            name=code_name("visa-cvm-type", kind) or rfu.format(code=kind)
        ),
    ]


def _kinds(byte: int) -> list[str]:
    """Which cryptograms the card gave, in bits 8 to 5."""
    return [
        _("first GENERATE AC: {kind}").format(kind=_(_KINDS["first"][byte >> 4 & 3])),
        _("second GENERATE AC: {kind}").format(kind=_(_KINDS["second"][byte >> 6])),
    ]


def _cvr_lines(field: str, cvr: bytes, at: int) -> list[str]:
    """``at`` is the index of the byte that holds the kinds of the cryptograms."""
    from harness.codec.bits import bit_field, counters, set_bits

    width = len(bit_field(field).bytes)
    rest = (cvr[:at] + bytes((cvr[at] & 0x0F,)) + cvr[at + 1 :])[:width].ljust(width, b"\0")
    named = [bit.text for bit in set_bits(field, rest) if ": bit " not in bit.name]
    numbers = [
        f"{_(name)}: {count}"
        for name, count in counters(field, b"\0" * at + rest[at:])
        if count or name == "PIN tries left"
    ]
    return [*_kinds(cvr[at]), *named, *numbers]
