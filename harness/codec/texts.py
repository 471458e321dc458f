"""Text that is no plain hex: which kind it is, by its form alone.

The order matters: what has a mark of its own (a PC/SC name, an address, the start of a QR code, the
prefixes of a log) comes before what only looks right (digits, base64).
"""

from __future__ import annotations

import re

from harness.codec.decoded import Context, Decoded, prefixed
from harness.codec.stripe_text import stripe_view
from harness.codec.text_views import consumer_qr, merchant_qr, pasted, payer_code, pcsc_code
from harness.core.hexes import parse_hex
from harness.core.i18n import _
from harness.core.masking import luhn_ok

_PLAIN = re.compile(r"[0-9A-Fa-f ]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{6,}={0,2}\s*\Z")
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
    printed = _printed_number(bare)
    if printed:
        return _digits_of_pan(printed, context, mask)
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


def _printed_number(bare: str) -> str:
    """The digits of a card number as it is printed, in groups; empty for other text."""
    digits = bare.replace(" ", "").replace("-", "") if _CARD.fullmatch(bare) else ""
    return digits if digits and luhn_ok(digits) else ""


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
        printed = _printed_number(bare)
        if printed:
            return _digits_of_pan(printed, context, mask)
        if looks_like_qr(bare):
            return merchant_qr(bare, context, mask)
        if form_of(bare) is not None:
            return payer_code(bare, context, mask)
        track = stripe_view(bare, context, mask)
        if track is not None:
            return track
    if bare.startswith(CONSUMER_START):
        return consumer_qr(bare, context, mask)
    if bare.lower() in labels.NAMES:
        from harness.codec.decode import tag_view

        return tag_view(f"{labels.NAMES[bare.lower()]:02X}")
    found = labels.labelled(bare, context, mask)
    return found if found is not None else pasted(text, context, mask)


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
            return prefixed(found, _("base64 of {n} bytes").format(n=len(raw)))
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
    return prefixed(found, _("hex found in the text, {n} bytes").format(n=len(raw)))


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before = text[match.start() - 1 : match.start()]
    after = text[match.end() : match.end() + 1]
    whole = match.group()[-1] in " :" or not after.isalnum()
    return not before.isalnum() and whole


def _sensible_bytes(raw: bytes) -> bool:
    from harness.codec.detect import examine, sensible

    return sensible(raw) or examine(raw)[0] != "tlv"
