"""Values outside of EMV in words: files (ISO/IEC 7816-4), object identifiers, certificates, and
what GlobalPlatform cards return."""

from __future__ import annotations

from datetime import date, timedelta

from harness.codec import formats
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _

_STRUCTURES = {
    0: N_("structure not told"),
    1: N_("transparent"),
    2: N_("linear, records of a fixed size"),
    3: N_("linear, records of a fixed size, TLV"),
    4: N_("linear, records of variable size"),
    5: N_("linear, records of variable size, TLV"),
    6: N_("cyclic, records of a fixed size"),
    7: N_("cyclic, records of a fixed size, TLV"),
}
_LIFE_CYCLES = {
    0x00: N_("no information"),
    0x01: N_("creation"),
    0x03: N_("initialisation"),
    0x04: N_("operational, deactivated"),
    0x05: N_("operational, activated"),
    0x06: N_("operational, deactivated"),
    0x07: N_("operational, activated"),
}
_KEY_TYPES = {0x80: "DES", 0x82: "3DES-CBC", 0x88: "AES", 0xA0: "RSA", 0xA1: "RSA", 0xA2: "RSA CRT"}
_GLOBALPLATFORM = "1.2.840.114283"
_CPLC = (
    (N_("IC fabricator"), 2, ""),
    (N_("IC type"), 2, ""),
    (N_("operating system"), 2, ""),
    (N_("operating system released"), 2, "date"),
    (N_("operating system release level"), 2, ""),
    (N_("IC fabricated"), 2, "date"),
    (N_("IC serial number"), 4, ""),
    (N_("IC batch"), 2, ""),
    (N_("module fabricator"), 2, ""),
    (N_("module packaged"), 2, "date"),
    (N_("card manufacturer"), 2, ""),
    (N_("card embedded"), 2, "date"),
    (N_("pre-personaliser"), 2, ""),
    (N_("pre-personalised"), 2, "date"),
    (N_("pre-personalisation equipment"), 4, ""),
    (N_("personaliser"), 2, ""),
    (N_("personalised"), 2, "date"),
    (N_("personalisation equipment"), 4, ""),
)
_FABRICATORS = {"4090": "Infineon", "4180": "Atmel", "4250": "Samsung", "4790": "NXP"}


def show_file_descriptor(value: bytes) -> list[str]:
    """File descriptor byte, data coding byte, record size and count (ISO/IEC 7816-4, table 14)."""
    if not value:
        return []
    first = value[0]
    lines = []
    if first & 0x38 == 0x38 and first & 0x07 == 0:
        lines.append(_("dedicated file (DF)"))
    elif first & 0x38 == 0x38:
        lines.append(_("elementary file for data objects (BER-TLV)"))
    else:
        kind = {0x00: _("working file"), 0x08: _("internal file")}.get(first & 0x38)
        lines.append(f"{kind or _('proprietary file')}, {_(_STRUCTURES[first & 0x07])}")
    if first & 0x40:
        lines.append(_("shareable"))
    if len(value) >= 3:
        size = int.from_bytes(value[2:4], "big") if len(value) >= 4 else value[2]
        lines.append(_("records of at most {count} bytes").format(count=size))
    if len(value) >= 5:
        count = int.from_bytes(value[4:6], "big")
        lines.append(_("number of records: {count}").format(count=count))
    return lines


def show_fcp_sfi(value: bytes) -> list[str]:
    """The short identifier in bits 8 to 4; an empty value says that there is none."""
    if not value:
        return [_("no short file identifier")]
    return [f"SFI {value[0] >> 3}"] + ([_("bits 3 to 1 are set")] if value[0] & 0x07 else [])


def show_life_cycle(value: bytes) -> list[str]:
    """Life cycle status byte (ISO/IEC 7816-4, table 15)."""
    if len(value) != 1:
        return []
    if 0x0C <= value[0] <= 0x0F:
        return [_("terminated")]
    if value[0] >= 0x10:
        return [_("proprietary")]
    return [_(_LIFE_CYCLES.get(value[0], N_("RFU")))]


def show_oid(value: bytes) -> list[str]:
    """An object identifier with dots (ISO/IEC 8825-1, 8.19); those of GlobalPlatform by name."""
    if not value or value[-1] & 0x80 or len(value) > 64:
        raise CodecError(_("the object identifier ends inside a number"))
    numbers: list[int] = []
    number = 0
    for byte in value:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    text = ".".join(str(item) for item in (first, numbers[0] - 40 * first, *numbers[1:]))
    named = _globalplatform(text)
    return [f"{text} {named}".rstrip()]


def show_integer(value: bytes) -> list[str]:
    """A signed number (ISO/IEC 8825-1, 8.3); one of more than 8 bytes is a key or a serial."""
    return [str(int.from_bytes(value, "big", signed=True))] if 0 < len(value) <= 8 else []


def show_boolean(value: bytes) -> list[str]:
    """False is 00, everything else is true (ISO/IEC 8825-1, 8.2)."""
    return [_("yes") if value[0] else _("no")] if len(value) == 1 else []


def _globalplatform(text: str) -> str:
    if not text.startswith(_GLOBALPLATFORM + "."):
        return ""
    rest = text[len(_GLOBALPLATFORM) + 1 :].split(".")
    if rest == ["1"]:
        return "GlobalPlatform"
    if rest[0] == "2":
        return "GlobalPlatform " + ".".join(part for part in rest[1:] if part)
    if rest[0] == "4" and len(rest) == 3:
        return f"SCP{int(rest[1]):02d}, i = {int(rest[2]):02X}"
    return "GlobalPlatform"


def show_long_date(value: bytes) -> list[str]:
    """Six bytes, a digit each, YYMMDD (dates in card-verifiable certificates)."""
    if len(value) != 6 or any(byte > 9 for byte in value):
        return [_("not a date YYMMDD")]
    packed = bytes(value[at] << 4 | value[at + 1] for at in (0, 2, 4))
    day = formats.parse_date_yymmdd(packed)
    return [day.isoformat()] if isinstance(day, date) else [_("not a date YYMMDD")]


def show_key_info(value: bytes) -> list[str]:
    """Key identifier, version, then type and length of each part (GlobalPlatform)."""
    if len(value) < 2:
        return []
    lines = [_("key {number}, version {version}").format(number=value[0], version=value[1])]
    for at in range(2, len(value) - 1, 2):
        kind, size = value[at], value[at + 1]
        name = _KEY_TYPES.get(kind, f"{kind:02X}")
        lines.append(_("{name}, {count} bytes").format(name=name, count=size))
    return lines


def show_cplc(value: bytes) -> list[str]:
    """Card production life cycle data: who made what, and when. Dates are a digit of the year and
    the day of the year; which decade is not told."""
    if len(value) != 42:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=42)]
    lines, at = [], 0
    for name, size, kind in _CPLC:
        part = value[at : at + size]
        at += size
        if not any(part):
            continue
        text = to_hex(part)
        if kind == "date":
            text += f" {_day_of_year(part)}".rstrip()
        elif at == 2:
            text += f" {_FABRICATORS.get(text, '')}".rstrip()
        lines.append(f"{_(name)}: {text}")
    return lines


def _day_of_year(part: bytes) -> str:
    digits = part.hex()
    if not digits.isdigit() or not 1 <= int(digits[1:]) <= 366:
        return ""
    # A leap year is taken, so that day 366 has a date; the year itself has one digit only.
    day = date(2000, 1, 1) + timedelta(days=int(digits[1:]) - 1)
    return _("(day {number} of year ...{year}, about {when})").format(
        number=int(digits[1:]), year=digits[0], when=f"{day.month:02d}-{day.day:02d}"
    )


_KERNELS = {
    2: "Mastercard",
    3: "Visa",
    4: "American Express",
    5: "JCB",
    6: "Discover",
    7: "UnionPay",
    8: "EMVCo",
}


def show_kernel_id(value: bytes) -> list[str]:
    """Kernel identifier (EMV Contactless Book B): bits 8 and 7 of byte 1 say whose number it is."""
    if not value:
        return []
    number, kind = value[0] & 0x3F, value[0] >> 6
    if kind == 0:
        name = _KERNELS.get(number, "")
        return [_("kernel {number}").format(number=number) + (f", {name}" if name else "")]
    if kind == 1:
        return [_("RFU")]
    whose = _("domestic kernel in EMVCo format") if kind == 2 else _("domestic kernel")
    return [f"{whose}, {number}" + (f", {to_hex(value[1:])}" if value[1:] else "")]


SHOWERS = {
    "file-descriptor": show_file_descriptor,
    "fcp-sfi": show_fcp_sfi,
    "life-cycle": show_life_cycle,
    "oid": show_oid,
    "integer": show_integer,
    "boolean": show_boolean,
    "long-date": show_long_date,
    "key-info": show_key_info,
    "cplc": show_cplc,
    "kernel-id": show_kernel_id,
}
"""Kinds of values by the name that the dictionary gives them."""
