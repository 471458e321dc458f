"""Values with their tag or name in front, and hex as programmers write it.

``9F10: 06010A03A4B800``, ``TVR = 80 00 04 80 00``, lists of such lines as terminals log them, and
bytes as literals of C, Python or Java (``{0x9F, 0x36}``, ``b"\\x9f6"`` with every byte escaped).
"""

from __future__ import annotations

import re

from harness.codec.decoded import Context, Decoded
from harness.core.i18n import _

_LINE = re.compile(
    r"[\s\[(<]{0,40}(?:Tag\s)?([A-Za-z0-9-]{2,24})[\])>]?\s{0,20}(?:[:=|]|->|\s)\s{0,20}"
    r"((?:0x)?[0-9A-Fa-f]{2}(?:[\s:]*[0-9A-Fa-f]{2})*)\s*(?:[(\"#;,].*)?\Z"
)
_MARKED = re.compile(r"[:=|\]>]")
_LITERAL = re.compile(r"\\x|0[xX]|\(byte\)|[\[\]{}()'\"|,;]|^\s*b(?=['\"])")
_HEX_WORDS = re.compile(r"(?:[0-9A-Fa-f]{2}\s*)+\Z")
_PCSC = re.compile(r"(?<![0-9A-Za-z])0x80100[0-9A-Fa-f]{3}(?![0-9A-Fa-f])|SCARD_[EWFP]_[A-Z_]+")

MAX_LINES = 2000
MAX_LINE = 4096


def labelled(text: str, context: Context, mask: bool) -> Decoded | None:
    """One value by its label, or several lines of them put together as data objects; None where
    a line has no label that is a tag or a name for ``--as``."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > MAX_LINES:
        return None
    found: list[tuple[int, bytes]] = []
    for line in lines:
        part = _value(line, single=len(lines) == 1)
        if part is None:
            return None
        found.append(part)
    from harness.codec.kinds import field_view, tlv_view

    if len(found) == 1:
        return field_view(*found[0], context, mask)
    from harness.codec.tlv import encode

    whole = b"".join(encode(tag, value) for tag, value in found)
    tree = tlv_view(whole, context, mask)
    head = _("{n} labelled values, put together as data objects").format(n=len(found))
    return Decoded("tlv", [head, *tree.lines], tree.body, tree.errors)


def _value(line: str, *, single: bool) -> tuple[int, bytes] | None:
    """(tag, value) of ``9F10: 0601...`` or ``TVR 8000...``; a bare tag needs a mark behind it."""
    from harness.codec.kinds import FIELD_TAGS
    from harness.codec.tags import lookup

    match = _LINE.match(line) if len(line) <= MAX_LINE else None
    if match is None:
        return None
    label, digits = match.groups()
    raw = bytes.fromhex(re.sub(r"0x|[\s:]", "", digits))
    if label.lower() in FIELD_TAGS:
        return FIELD_TAGS[label.lower()], raw
    between = line[match.end(1) : match.start(2)]
    if not re.fullmatch(r"[0-9A-Fa-f]{2,6}", label) or len(label) % 2:
        return None
    if not _MARKED.search(between) or (single and not between.endswith((" ", "=", "|", "\t"))):
        return None
    tag = int(label, 16)
    return (tag, raw) if tag and lookup(tag) is not None else None


def literal(text: str) -> bytes | None:
    """The bytes of a literal: brackets, quotes, commas and ``\\x`` taken away; None for others."""
    if not re.search(r"\\x|[\[\]{}()'\"|]", text):
        return None
    bare = _LITERAL.sub(" ", text).strip()
    return bytes.fromhex(bare) if bare and _HEX_WORDS.match(bare) else None


def pcsc_in(text: str) -> str:
    """The first PC/SC code or name in a short message, or an empty string."""
    found = _PCSC.search(text) if len(text) <= 400 else None
    return found.group() if found else ""
