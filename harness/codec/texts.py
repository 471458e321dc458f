"""Text that is no plain hex: which kind it is, by its form alone.

The order matters: what has a mark of its own (a PC/SC name, an address, the start of a QR code, the
prefixes of a log) comes before what only looks right (digits, base64).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.codec.decoded import Context, Decoded
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import _
from harness.core.masking import luhn_ok

TextView = Callable[[str, Context, bool], Decoded]

_PLAIN = re.compile(r"[0-9A-Fa-f ]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{6,}={0,2}\s*\Z")
_TRACK1 = re.compile(r"%?([A-Z]\d{8,19}\^[^^]{2,26}\^[^?]*)\??.?\Z")
_TRACK2 = re.compile(r";?(\d{8,19})[=D](\d{4,}[^?]*)\??.?\Z")
_CARD = re.compile(r"\d{4}(?:([ -])\d{4}\1\d{4}(?:\1\d{1,7})?|([ -])\d{6}\2\d{4,5})")
"""A card number in the groups in which it is printed."""
_WORDS = re.compile(r"[A-Za-z][A-Za-z ,()/-]{4,60}")
_RUN = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){2,}")


def plain_hex(text: str) -> bool:
    """One line of nothing but hex digits and spaces?"""
    return bool(_PLAIN.fullmatch(text.strip()))


def from_digits(text: str, context: Context, mask: bool) -> Decoded | None:
    """Hex digits that say more as text: a PC/SC code, a payer's code, a card number, an all-digit
    QR code. None where they are bytes."""
    from harness.codec.pcsc_codes import number_of
    from harness.codec.qr import looks_like_qr

    bare = text.strip()
    if number_of(bare) is not None:
        return pcsc_code(bare, context, mask)
    if _CARD.fullmatch(bare):
        grouped = bare.replace(" ", "").replace("-", "")
        if luhn_ok(grouped):
            return _digits_of_pan(grouped, context, mask)
    if looks_like_qr(bare) and ("6304" in bare[-8:] or bare[4:11] == "0101021"):
        return merchant_qr(bare, context, mask)
    if not (bare.isascii() and bare.isdigit() and 12 <= len(bare) <= 24) or _well_formed(bare):
        return None
    from harness.codec.payer_codes import form_of

    form = form_of(bare)
    pan = 13 <= len(bare) <= 19 and luhn_ok(bare)
    if form is not None:
        found = payer_code(bare, context, mask)
        if pan:
            why = _("13 to 19 digits with a right check digit")
            found.also = [{"kind": "pan", "why": why}]
        return found
    return _digits_of_pan(bare, context, mask) if pan else None


def _well_formed(digits: str) -> bool:
    from harness.codec.detect import sensible

    return len(digits) % 2 == 0 and sensible(bytes.fromhex(digits))


def _digits_of_pan(digits: str, context: Context, mask: bool) -> Decoded:
    from harness.codec.kinds import field_view

    padded = digits + "F" * (len(digits) % 2)
    return field_view(0x5A, bytes.fromhex(padded), context, mask)


def recognise(text: str, context: Context, mask: bool) -> Decoded | None:
    """What ``text`` is by a mark of its own; None where it has none."""
    from harness.codec import labels
    from harness.codec.payer_codes import form_of
    from harness.codec.pcsc_codes import number_of
    from harness.codec.qr import looks_like_qr
    from harness.codec.qr_view import CONSUMER_START

    bare = text.strip()
    if number_of(bare) is not None:
        return pcsc_code(bare, context, mask)
    if "\n" not in bare:
        if _CARD.fullmatch(bare) and luhn_ok(bare.replace("-", "").replace(" ", "")):
            return _digits_of_pan(bare.replace("-", "").replace(" ", ""), context, mask)
        if looks_like_qr(bare):
            return merchant_qr(bare, context, mask)
        if form_of(bare) is not None:
            return payer_code(bare, context, mask)
        track = _track(bare, context, mask)
        if track is not None:
            return track
    if bare.startswith(CONSUMER_START):
        return consumer_qr(bare, context, mask)
    if bare.lower() in labels.NAMES:
        from harness.codec.decode import tag_view

        return tag_view(f"{labels.NAMES[bare.lower()]:02X}")
    found = labels.labelled(bare, context, mask)
    return found if found is not None else _pasted(text, context, mask)


def _pasted(text: str, context: Context, mask: bool) -> Decoded | None:
    from harness.codec.paste import read_paste

    paste = read_paste(text)
    if paste is None:
        return None
    from harness.codec.trace import trace_view

    return trace_view(paste, context, mask)


def _stripe(first: str, second: str, context: Context, mask: bool) -> Decoded | None:
    """Tracks 1 and 2 as a swipe reader types them, put together as data objects."""
    from harness.codec.kinds import tlv_view
    from harness.codec.tlv import encode

    one, two = _TRACK1.match(first), _TRACK2.match(second)
    if one is None or two is None or not two.group(2).isdigit():
        return None
    packed = f"{two.group(1)}D{two.group(2)}"
    whole = encode(0x56, one.group(1).encode("ascii", "replace"))
    whole += encode(0x57, bytes.fromhex(packed + "F" * (len(packed) % 2)))
    return _prefixed(tlv_view(whole, context, mask), _("track 1 and track 2 of a magnetic stripe"))


def last_resort(text: str, context: Context, mask: bool) -> Decoded | None:
    """For text that is neither recognised nor hex: base64 of something sensible, bytes written as
    a literal, a PC/SC code in a message, or the one run of hex in a line with words around it."""
    from harness.codec.labels import literal, pcsc_in
    from harness.codec.qr_view import base64_bytes

    code = pcsc_in(text)
    if code:
        return pcsc_code(code, context, mask)
    written = literal(text)
    if written:
        from harness.codec.decode import decode

        return decode(written, mask=mask, context=context)

    if _BASE64.match(text):
        raw = base64_bytes(text)
        if raw and _sensible_bytes(raw):
            from harness.codec.decode import decode

            found = decode(raw, mask=mask, context=context)
            return _prefixed(found, _("base64 of {n} bytes").format(n=len(raw)))
    return _hex_inside(text, context, mask) or _named(text)


def _named(text: str) -> Decoded | None:
    """Words of a tag's name: what the dictionary has of them."""
    bare = text.strip()
    if not _WORDS.fullmatch(bare):
        return None
    from harness.codec.explain import search, search_lines

    found = search(bare)
    if not found["entries"]:
        return None
    body = {"entries": found["entries"], "word": bare}
    return Decoded("dictionary", lambda: search_lines(found), body)


def _hex_inside(text: str, context: Context, mask: bool) -> Decoded | None:
    """The one run of hex in a line with words around it: the only one, or one that is far longer
    than any other (a time stamp is hex as well)."""
    from harness.codec.detect import begins_well

    if "\n" in text.strip():
        return None
    runs = sorted(
        (match.group() for match in _RUN.finditer(text) if _stands_alone(text, match)),
        key=len,
        reverse=True,
    )
    if not runs or (len(runs) > 1 and (len(runs[0]) < 16 or len(runs[0]) < 3 * len(runs[1]))):
        return None
    from harness.codec.decode import decode

    raw = parse_hex(runs[0])
    if not _sensible_bytes(raw) and not (len(raw) >= 6 and begins_well(raw)):
        return None
    found = decode(raw, mask=mask, context=context)
    return _prefixed(found, _("hex found in the text, {n} bytes").format(n=len(raw)))


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    whole = match.group()[-1] in " :" or not after.isalnum()
    return not before.isalnum() and whole


def _sensible_bytes(raw: bytes) -> bool:
    from harness.codec.detect import examine, sensible

    return sensible(raw) or examine(raw)[0] != "tlv"


def _prefixed(found: Decoded, line: str) -> Decoded:
    lines = [line, *found.lines]
    again = Decoded(found.kind, lines, found.body, found.errors)
    again.also = found.also
    return again


def _track(text: str, context: Context, mask: bool) -> Decoded | None:
    from harness.codec.kinds import field_view

    both = text.find("?;")
    if text.startswith("%") and both > 0 and "\n" not in text:
        return _stripe(text[: both + 1], text[both + 1 :], context, mask)
    first = _TRACK1.match(text)
    if first is not None:
        raw = first.group(1).encode("ascii", "replace")
        return field_view(0x56, raw, context, mask)
    second = _TRACK2.match(text)
    if second is None or not second.group(2).isdigit():
        return None
    packed = f"{second.group(1)}D{second.group(2)}"
    packed += "F" * (len(packed) % 2)
    return field_view(0x57, bytes.fromhex(packed), context, mask)


def merchant_qr(text: str, context: Context, mask: bool) -> Decoded:
    """EMVCo merchant-presented QR code."""
    from harness.codec.qr_view import merchant_view

    return merchant_view(text.strip("\r\n\t "), mask)


def consumer_qr(text: str, context: Context, mask: bool) -> Decoded:
    """EMVCo consumer-presented QR code."""
    from harness.codec.qr_view import consumer_view

    return consumer_view(text, context, mask)


def either_qr(text: str, context: Context, mask: bool) -> Decoded:
    """Any QR code's text: EMVCo's two, an opaque code, or a merchant-presented one with faults."""
    from harness.codec.payer_codes import form_of
    from harness.codec.qr_view import CONSUMER_START

    bare = text.strip()
    if bare.startswith(CONSUMER_START):
        return consumer_qr(bare, context, mask)
    if form_of(bare) is not None:
        return payer_code(bare, context, mask)
    return merchant_qr(text, context, mask)


def payer_code(text: str, context: Context, mask: bool) -> Decoded:
    """A payer's code or a collection address. Raises ConfigError where the form is no known one."""
    from harness.codec.payer_codes import FORMS, code_view, form_of

    form = form_of(text)
    if form is None:
        rules = "; ".join(f"{item.network} {_(item.rule)}".strip() for item in FORMS)
        raise ConfigError(
            _("no form of a payer's code or collection address"),
            where="--as payer-code",
            todo=_("known forms: {rules}").format(rules=rules),
        )
    return code_view(text, form, mask)


def pcsc_code(text: str, context: Context, mask: bool) -> Decoded:
    """A PC/SC return code or its name."""
    from harness.codec.pcsc_codes import code_view

    return code_view(text)


def trace(text: str, context: Context, mask: bool) -> Decoded:
    """A log of exchanges. Raises ConfigError where no command or answer is found in it."""
    found = _pasted(text, context, mask)
    if found is None or found.kind != "trace":
        from harness.codec.paste import read_plain
        from harness.codec.trace import trace_view

        paste = read_plain(text, sure=True)
        if paste is None:
            raise ConfigError(
                _("no command or answer found in the text"),
                where="--as trace",
                todo=_("one line an APDU, command and answer in turn, or a log of a known tool"),
            )
        return trace_view(paste, context, mask, always=True)
    return found


def base64_text(text: str, context: Context, mask: bool) -> Decoded:
    """Base64 of anything that ``decode`` knows. Raises ConfigError where it is no base64."""
    from harness.codec.decode import decode
    from harness.codec.qr_view import base64_bytes

    raw = base64_bytes(text)
    if not raw:
        raise ConfigError(_("not base64"), where="--as base64")
    return _prefixed(
        decode(raw, mask=mask, context=context), _("base64 of {n} bytes").format(n=len(raw))
    )


def value_bytes(name: str, text: str) -> bytes:
    """``text`` as the bytes of a value: hex, or for a numeric code its digits (``528``) with the
    leading zero that the coding has. Raises ConfigError for what is neither."""
    bare = text.strip()
    short = name.lower() in ("country", "currency", "service-code") and len(bare) == 3
    try:
        return parse_hex("0" + bare if short else text, where=_("the input"))
    except ConfigError:
        if name.lower() == "track2":
            found = _TRACK2.match(bare)
            if found is not None and found.group(2).isdigit():
                packed = f"{found.group(1)}D{found.group(2)}"
                return bytes.fromhex(packed + "F" * (len(packed) % 2))
        if name.lower() == "track1" and _TRACK1.match(bare):
            return bare.strip("%?").encode("ascii", "replace")
        raise


def _looked_up(kind: str) -> TextView:
    def view(text: str, context: Context, mask: bool) -> Decoded:
        from harness.codec.lookups import lookup_view

        found = lookup_view(kind, text)
        if found is not None:
            return found
        from harness.codec.kinds import FIELD_TAGS, field_view

        return field_view(FIELD_TAGS[kind], value_bytes(kind, text), context, mask)

    return view


def _iso8859(part: int) -> TextView:
    def view(text: str, context: Context, mask: bool) -> Decoded:
        from harness.codec.lookups import iso8859_view

        return iso8859_view(part, parse_hex(text, where=_("the input")))

    return view


TEXT_KINDS: dict[str, TextView] = {
    "qr": either_qr,
    "qr-merchant": merchant_qr,
    "qr-consumer": consumer_qr,
    "payer-code": payer_code,
    "pcsc-code": pcsc_code,
    "trace": trace,
    "base64": base64_text,
    **{name: _looked_up(name) for name in ("country", "currency", "language", "mcc")},
    **{f"iso8859-{part}": _iso8859(part) for part in (*range(1, 12), *range(13, 17))},
}
"""Kinds of text by their names for ``--as``."""
