"""How each kind of value is put into words; ``bits.describe`` is the door to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from harness.codec import codes, formats
from harness.codec.aid import product_of
from harness.codec.bits import bit_lines
from harness.codec.naming import command_name, command_summary
from harness.codec.show_lists import (
    show_afl,
    show_cvm_list,
    show_cvm_results,
    show_dol,
    show_tag_list,
)
from harness.codec.show_more import (
    show_aci,
    show_amex_reader,
    show_issuer_auth,
    show_mcc,
    show_registered,
    show_third_party,
    show_track1,
)
from harness.codec.tags import TagInfo
from harness.codec.track2 import parse_track2
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.masking import luhn_ok, mask_all, mask_pan

Shower = Callable[[bytes], list[str]]


def show(info: TagInfo, value: bytes, *, aid: bytes | None, mask: bool) -> list[str]:
    """Lines for ``value``; never raises."""
    return [line for line in _lines(info, value, aid, mask) if line]


def _lines(info: TagInfo, value: bytes, aid: bytes | None, mask: bool) -> list[str]:
    kind, colon, name = info.show.partition(":")
    try:
        if kind == "bits" and colon:
            return bit_lines(name, value)
        if kind == "code" and colon:
            return _code(name, info, value)
        if kind == "k2":
            from harness.codec.show_k2 import show_k2

            return show_k2(name, value)
        if kind == "iad":
            from harness.codec.iad import describe_iad

            return describe_iad(value, aid=aid)
        if kind == "dol":
            return show_dol(value, aid)
        if kind == "tags":
            return show_tag_list(value, aid)
        if kind in _SENSITIVE:
            return _SENSITIVE[kind](value, mask)
        if kind in _SHOWERS:
            return _SHOWERS[kind](value)
        if kind in _LATE:
            from harness.codec.show_iso import SHOWERS

            return SHOWERS[kind](value)
        return _by_format(info, value, mask)
    except CodecError as error:
        return [_("does not follow its coding: {what}").format(what=error.what)]


_LATE = frozenset(
    (
        *("file-descriptor", "fcp-sfi", "life-cycle", "oid", "integer", "boolean"),
        *("long-date", "key-info", "cplc", "kernel-id"),
    )
)
"""What is outside of EMV is loaded when it is met."""


def _by_format(info: TagInfo, value: bytes, mask: bool) -> list[str]:
    if not value or info.format not in ("an", "ans", "cn"):
        return []
    if info.format == "cn":
        text = formats.decode_cn(value)
    elif info.format == "an":
        text = formats.decode_ans(value)
    else:
        text = formats.decode_ans(value)
    return [mask_all(text) if mask and info.sensitive else f'"{text}"']


def _code(table: str, info: TagInfo, value: bytes) -> list[str]:
    if not value:
        return []
    key = formats.decode_ans(value) if info.format in ("an", "ans") else value.hex().upper()
    name = codes.code_name(table, key)
    shown = f'"{key}"' if info.format in ("an", "ans") else key
    return [f"{shown} {name}" if name else _("{code}: not in the table").format(code=shown)]


def _number(value: bytes) -> list[str]:
    return [str(int.from_bytes(value, "big"))] if value else []


def _digits(value: bytes) -> list[str]:
    return [formats.decode_n(value)] if value else []


def _date(value: bytes) -> list[str]:
    day = formats.parse_date_yymmdd(value)
    return [day.isoformat()] if isinstance(day, date) else [_("not a date YYMMDD")]


def _time(value: bytes) -> list[str]:
    text = formats.decode_n(value)
    if len(text) != 6 or text[:2] > "23" or text[2:4] > "59" or text[4:] > "59":
        return [_("not a time HHMMSS")]
    return [f"{text[:2]}:{text[2:4]}:{text[4:]}"]


def _amount(value: bytes) -> list[str]:
    return [_("{amount} minor units").format(amount=int(formats.decode_n(value) or "0"))]


def _country(value: bytes) -> list[str]:
    code = formats.decode_n(value)[-3:]
    found = codes.country(code)
    return [f"{code} {found[0]}, {found[1]}" if found else _("{code}: unknown").format(code=code)]


def _currency(value: bytes) -> list[str]:
    digits = formats.decode_n(value)
    lines = []
    for at in range(0, len(digits), 4):
        code = digits[at : at + 4][-3:]
        found = codes.currency(code)
        if found is None:
            lines.append(_("{code}: unknown").format(code=code))
            continue
        places = _("{count} decimal places").format(count=found.exponent)
        lines.append(f"{code} {found.code}, {found.name}, {places}")
    return lines


def _languages(value: bytes) -> list[str]:
    text = formats.decode_ans(value)
    pairs = [text[at : at + 2] for at in range(0, len(text), 2)]
    lines = [", ".join(f"{pair} {codes.language(pair)}".rstrip() for pair in pairs)]
    if any(len(pair) < 2 or not (pair.isalpha() and pair.islower()) for pair in pairs):
        lines.append(_("not pairs of lower-case letters (ISO 639)"))
    return lines


def _service(value: bytes) -> list[str]:
    return service_code(formats.decode_n(value)[-3:])


def service_code(code: str) -> list[str]:
    """The three digits of a service code in words (ISO/IEC 7813)."""
    parts = [
        codes.code_name(f"service-{place}", digit) or _("{digit}: RFU").format(digit=digit)
        for place, digit in enumerate(code, 1)
    ]
    return [f"{code}: " + "; ".join(parts)]


def _text(value: bytes) -> list[str]:
    return [f'"{formats.decode_ans(value)}"'] if value else []


def _aid(value: bytes) -> list[str]:
    text = ""
    if value.isascii() and value.decode("ascii").isprintable():
        text = f'"{value.decode("ascii")}"'
    return [line for line in (text, product_of(value)) if line]


def _cid(value: bytes) -> list[str]:
    if len(value) != 1:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=1)]
    byte = value[0]
    lines = [("AAC", "TC", "ARQC", _("RFU (AAR)"))[byte >> 6]]
    if byte & 0x30:
        lines.append(_("payment-system bits {bits:02b}").format(bits=byte >> 4 & 3))
    if byte & 0x08:
        lines.append(_("advice required"))
    if byte & 0x07:
        reason = codes.code_name("cid-reason", str(byte & 7)) or _("RFU")
        lines.append(_("reason: {reason}").format(reason=reason))
    return lines


def _terminal_type(value: bytes) -> list[str]:
    if len(value) != 1:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=1)]
    high, low = f"{value[0] >> 4:X}", f"{value[0] & 0x0F:X}"
    rfu = _("{code}: RFU")
    return [
        codes.code_name("terminal-operator", high) or rfu.format(code=high),
        codes.code_name("terminal-environment", low) or rfu.format(code=low),
    ]


def _priority(value: bytes) -> list[str]:
    if len(value) != 1:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=1)]
    byte = value[0]
    order = _("priority {number}").format(number=byte & 0x0F) if byte & 0x0F else _("no priority")
    lines = [order]
    if byte & 0x80:
        lines.append(_("not without confirmation by the cardholder"))
    if byte & 0x70:
        lines.append(_("bits 7 to 5 are RFU, but set: {bits:03b}").format(bits=byte >> 4 & 7))
    return lines


def _sfi(value: bytes) -> list[str]:
    if len(value) != 1:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=1)]
    number = value[0]
    if 1 <= number <= 10:
        return [_("SFI {sfi}, governed by EMV").format(sfi=number)]
    if number <= 20 and number:
        return [_("SFI {sfi}, specific to the payment system").format(sfi=number)]
    if 21 <= number <= 30:
        return [_("SFI {sfi}, specific to the issuer").format(sfi=number)]
    return [_("{number} is no SFI (1 to 30)").format(number=number)]


def _log_entry(value: bytes) -> list[str]:
    if len(value) != 2:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=2)]
    return [_("log in SFI {sfi}, at most {count} records").format(sfi=value[0], count=value[1])]


def _code_table(value: bytes) -> list[str]:
    text = formats.decode_n(value)
    number = int(text or "0")
    if not 1 <= number <= 10:
        return [_("{number}: not a part of ISO/IEC 8859 that EMV uses").format(number=number)]
    return [f"ISO/IEC 8859-{number}"]


def _yes_no(value: bytes) -> list[str]:
    return [_("supported") if any(value) else _("not supported")]


def _command(value: bytes) -> list[str]:
    return [f"{command_name(value)} {command_summary(value)}".strip()]


def _form_factor(value: bytes) -> list[str]:
    if len(value) != 4:
        return [_("{count} bytes, the field has {expected}").format(count=len(value), expected=4)]
    kind = f"{value[0] & 0x1F:02d}"
    lines = [
        _("version {number}").format(number=value[0] >> 5),
        codes.code_name("form-factor", kind) or _("{code}: RFU").format(code=kind),
    ]
    lines += bit_lines("ffi-features", value[1:2]) if value[1] else []
    if value[2] or value[3] & 0xF0:
        lines.append(_("RFU bits of bytes 3 and 4 are set"))
    if value[3] & 0x0F == 0:
        lines.append(_("proximity, contactless"))
    return lines


def _card_auth(value: bytes) -> list[str]:
    if len(value) < 5:
        return [_("too short: {count} bytes").format(count=len(value))]
    lines = [
        _("fDDA version {version:02X}").format(version=value[0]),
        _("card unpredictable number {number}").format(number=to_hex(value[1:5])),
    ]
    if len(value) >= 7:
        lines.append("CTQ " + to_hex(value[5:7]))
        lines += ["  " + line for line in bit_lines("ctq", value[5:7])]
    return lines


def _pan(value: bytes, mask: bool) -> list[str]:
    digits = formats.pan_digits(value)
    lines = [mask_pan(digits) if mask else digits]
    if not luhn_ok(digits):
        lines.append(_("check digit is wrong"))
    return lines


def _track2(value: bytes, mask: bool) -> list[str]:
    track = parse_track2(value)
    pan = mask_pan(track.pan) if mask else track.pan
    if mask:
        return [_("PAN {pan}, the rest is masked").format(pan=pan)]
    lines = [
        _("PAN {pan}, expires {year}-{month}").format(
            pan=pan, year=track.expiry[:2], month=track.expiry[2:]
        ),
        _("service code {text}").format(text=service_code(track.service_code)[0]),
    ]
    if track.discretionary:
        lines.append(_("discretionary data {digits}").format(digits=track.discretionary))
    return lines


_SENSITIVE: dict[str, Callable[[bytes, bool], list[str]]] = {
    "pan": _pan,
    "track1": show_track1,
    "track2": _track2,
}

_SHOWERS: dict[str, Shower] = {
    "number": _number,
    "digits": _digits,
    "date": _date,
    "time": _time,
    "amount": _amount,
    "country": _country,
    "currency": _currency,
    "languages": _languages,
    "service": _service,
    "text": _text,
    "aid": _aid,
    "afl": show_afl,
    "cvm-list": show_cvm_list,
    "cvm-results": show_cvm_results,
    "cid": _cid,
    "terminal-type": _terminal_type,
    "priority": _priority,
    "sfi": _sfi,
    "log-entry": _log_entry,
    "code-table": _code_table,
    "yes-no": _yes_no,
    "command": _command,
    "ffi": _form_factor,
    "third-party": show_third_party,
    "card-auth": _card_auth,
    "mcc": show_mcc,
    "issuer-auth": show_issuer_auth,
    "registered": show_registered,
    "aci": show_aci,
    "amex-reader": show_amex_reader,
}
