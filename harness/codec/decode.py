"""The engine behind ``emv-harness decode``: finds out what the input is, and says all of it.

>>> from harness import decode
>>> found = decode("9F2701 80")
>>> found.kind, found.nodes[0]["name"], found.nodes[0]["fields"]
('tlv', 'Cryptogram Information Data (CID)', ['ARQC'])
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.codec.decoded import SCHEMA, Context, Decoded
from harness.codec.kinds import DEFAULT_AID, FIELD_TAGS, KINDS, field_view, tree_view
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex
from harness.core.i18n import _

if TYPE_CHECKING:
    from harness.codec.text_views import TextView

__all__ = ["FIELD_TAGS", "SCHEMA", "Context", "Decoded", "as_names", "decode"]


MAX_WRITTEN = 8192
"""Bytes up to which it is worth a look whether they are text (a QR code has at most 512)."""


def as_names() -> list[str]:
    """Everything that ``as_`` may be; besides these, any tag in hex (``9F33``)."""
    from harness.codec.text_views import TEXT_KINDS

    return sorted({*KINDS, *FIELD_TAGS, *TEXT_KINDS})


def decode(
    data: bytes | str,
    as_: str | None = None,
    aid: bytes | None = None,
    mask: bool = True,
    *,
    context: Context | None = None,
) -> Decoded:
    """Decode ``data``: bytes, or text as it is pasted.

    Text may be hex (with spaces, colons, ``0x`` and line ends), a whole log of commands and
    answers, the text of a QR code, base64, or a PC/SC code. ``as_`` names what it is (see
    ``as_names``); without it that is found out. ``context`` is what is known about where the bytes
    come from (see ``Context``); ``aid`` is a short way to give its ``aid``, the selected
    application, which decides between the meanings of scoped tags. With ``mask`` (the default)
    cardholder data is masked in everything that comes back.

    Coding faults are part of the result (``Decoded.errors``); raises ConfigError only for text
    that is nothing of all that, an empty input, or an unknown ``as_``.
    """
    known = context or Context()
    if aid is not None:
        known = replace(known, aid=aid)
    if isinstance(data, str):
        return _text(data, as_, known, mask)
    return _bytes(bytes(data), as_, known, mask)


def _text(text: str, as_: str | None, context: Context, mask: bool) -> Decoded:
    from harness.codec import texts

    if not text.isascii():
        from harness.codec.literals import clean

        text = clean(text)
    if not text.strip():
        raise ConfigError(_("nothing to decode"), todo=_("give hex digits, or - to read them"))
    if as_ is not None:
        from harness.codec.text_views import TEXT_KINDS, value_bytes

        view: TextView | None = TEXT_KINDS.get(as_.lower())
        if view is not None:
            return view(text, context, mask)
        return _bytes(value_bytes(as_, text), as_, context, mask)
    if not texts.plain_hex(text):
        from harness.codec.literals import bytes_of

        written = bytes_of(text)
        if written:
            return decode(written, mask=mask, context=context)
        found = texts.recognise(text, context, mask)
        if found is not None:
            return found
    elif (named := _bare_tag(text)) is not None:
        return named
    elif (digits := texts.from_digits(text, context, mask)) is not None:
        return digits
    try:
        raw = parse_hex(text, where=_("the input"))
    except ConfigError:
        found = texts.last_resort(text, context, mask) or _odd(text, context, mask)
        if found is None:
            raise
        return found
    return _bytes(raw, None, context, mask)


def _bare_tag(text: str) -> Decoded | None:
    """The dictionary entry, where ``text`` is nothing but a tag (``9F10``, ``95``, ``DF8129``)."""
    bare = text.strip().upper()
    if len(bare) not in (2, 4, 6) or (len(bare) > 2 and bare[1] != "F") or bare[0] == "6":
        return None
    tag = _tag(bare)
    return None if tag is None else tag_view(bare)


def tag_view(text: str) -> Decoded:
    """The dictionary entry of a tag, as ``--explain`` prints it."""
    from harness.codec.explain import explain, explain_lines

    found = explain(text)
    body = {key: value for key, value in found.items() if key != "schema"}
    return Decoded("dictionary", lambda: explain_lines(found), body)


def _odd(text: str, context: Context, mask: bool) -> Decoded | None:
    """Hex that lost a digit, where what is whole of it reads as something: decoded without the last
    digit, and the fault said. None for anything else."""
    from harness.codec.detect import begins_well

    digits = "".join(text.split())
    if len(digits) < 16 or len(digits) % 2 == 0 or not _hex_only(digits):
        return None
    raw = bytes.fromhex(digits[:-1])
    if not begins_well(raw):
        return None
    found = _bytes(raw, None, context, mask)
    said = _("{count} digits, an odd number: one is lost; the last is left out")
    found.errors.append(
        {"offset": len(raw), "message": said.format(count=len(digits)), "rule": "odd-digits"}
    )
    return found


def _hex_only(text: str) -> bool:
    return all(char in "0123456789ABCDEFabcdef" for char in text)


def _bytes(raw: bytes, as_: str | None, context: Context, mask: bool) -> Decoded:
    if not raw:
        raise ConfigError(_("nothing to decode"), todo=_("give hex digits, or - to read them"))
    if as_ is None:
        return _found_out(raw, context, mask)
    name = as_.lower()
    if name in KINDS:
        return KINDS[name](raw, context, mask)
    if name in FIELD_TAGS:
        aid = context.aid or DEFAULT_AID.get(name)
        return field_view(FIELD_TAGS[name], raw, replace(context, aid=aid), mask)
    from harness.codec.text_views import TEXT_KINDS

    if name in TEXT_KINDS:
        return TEXT_KINDS[name](raw.decode("utf-8", "replace"), context, mask)
    tag = _tag(as_)
    if tag is not None:
        return field_view(tag, raw, context, mask)
    raise ConfigError(
        _("unknown kind {name!r}").format(name=as_),
        where="--as",
        todo=_("known: {names}, or a tag in hex").format(names=", ".join(as_names())),
    )


def _found_out(raw: bytes, context: Context, mask: bool) -> Decoded:
    """Decode by what the bytes look like, with the second-best reading named."""
    from harness.codec.detect import examine, other_readings

    kind, tree = examine(raw)
    if kind == "tlv" and tree is not None:
        if not tree.ok and (written := _written(raw, context, mask)) is not None:
            return written
        found = tree_view(tree, context, mask)
    elif kind in FIELD_TAGS:
        found = field_view(FIELD_TAGS[kind], raw, context, mask)
    else:
        found = KINDS[kind](raw, context, mask)
    found.also = [{"kind": name, "why": why} for name, why in other_readings(raw, kind, tree)]
    return found


def _written(raw: bytes, context: Context, mask: bool) -> Decoded | None:
    """Bytes that are text which means something: a QR code, base64, hex written as ASCII."""
    from harness.codec import texts

    if not 6 <= len(raw) <= MAX_WRITTEN:
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not all(char.isprintable() or char in "\r\n\t" for char in text):
        return None
    if not texts.plain_hex(text):
        return texts.recognise(text, context, mask) or texts.last_resort(text, context, mask)
    return _text(text, None, context, mask) if len("".join(text.split())) % 2 == 0 else None


def _tag(text: str) -> int | None:
    """The tag that ``text`` spells, when the dictionary has it."""
    from harness.codec.tags import lookup

    try:
        tag = int(text, 16)
    except ValueError:
        return None
    return tag if tag > 0 and lookup(tag) is not None else None
