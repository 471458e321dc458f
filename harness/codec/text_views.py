"""Text that is no plain hex, each kind by its name for ``--as``."""

from __future__ import annotations

from collections.abc import Callable

from harness.codec.decoded import Context, Decoded, prefixed
from harness.codec.stripe_text import track1_bytes, track2_bytes
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import _

TextView = Callable[[str, Context, bool], Decoded]


def pasted(text: str, context: Context, mask: bool) -> Decoded | None:
    """A log of a known tool; None for other text."""
    from harness.codec.paste import read_paste

    paste = read_paste(text)
    if paste is None:
        return None
    from harness.codec.trace import trace_view

    return trace_view(paste, context, mask)


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
    found = pasted(text, context, mask)
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
    return prefixed(
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
        track = {"track1": track1_bytes, "track2": track2_bytes}.get(name.lower())
        typed = track(bare) if track is not None else None
        if typed is None:
            raise
        return typed


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
