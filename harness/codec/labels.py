"""Values with their tag or name in front, and hex as programmers write it.

``9F10: 06010A03A4B800``, ``TVR = 80 00 04 80 00``, lists of such lines as terminals log them, and
bytes as literals of C, Python or Java (``{0x9F, 0x36}``, ``b"\\x9f6"`` with every byte escaped).
"""

from __future__ import annotations

import json
import re

from harness.codec.decoded import Context, Decoded
from harness.codec.kinds import FIELD_TAGS
from harness.core.i18n import _

_LINE = re.compile(
    r"[\s\[(<]{0,40}(?:Tag\s)?([A-Za-z][A-Za-z0-9 _-]{0,22}[A-Za-z0-9]|[A-Za-z0-9-]{2,24})[\])>]?"
    r"\s{0,20}(?:[:=|]|->|\s)\s{0,20}"
    r"((?:0x)?[0-9A-Fa-f]{2}(?:[\s:]*[0-9A-Fa-f]{2})*)\s*(?:[(\"#;,].*)?\Z"
)
_MARKED = re.compile(r"[:=|\]>]")
_LITERAL = re.compile(r"\\x|0[xX]|\(byte\)|[\[\]{}()'\"|,;]|^\s*b(?=['\"])")
_HEX_WORDS = re.compile(r"(?:[0-9A-Fa-f]{2}\s*)+\Z")
_PCSC = re.compile(r"(?<![0-9A-Za-z])0x80100[0-9A-Fa-f]{3}(?![0-9A-Fa-f])|SCARD_[EWFP]_[A-Z_]+")

_TLV = re.compile(
    r"\s{0,20}(?:T|Tag)\s?[:=]\s?([0-9A-Fa-f]{2,6})[\s,;]{1,8}(?:L|Len|Length)\s?[:=]\s?\w{1,5}"
    r"[\s,;]{1,8}(?:V|Val|Value)\s?[:=]\s?((?:[0-9A-Fa-f]{2}\s?)*)\Z"
)
_BRACKETS = re.compile(
    r"\s{0,20}[\[<(]([0-9A-Fa-f]{2,6})[\]>)]\s?[:=]?\s?[\[<(]((?:[0-9A-Fa-f]{2}\s?)*)[\]>)]\Z"
)
_TABLE = re.compile(
    r"\s{0,60}([0-9A-Fa-f]{2,6})\s?\|[^|:\n]{1,80}:\s?\[\d{1,5}\]\s?((?:[0-9A-Fa-f]{2}\s)*"
    r"[0-9A-Fa-f]{2})(?:\s.{0,200})?\Z"
)
"""``T:9F26 L:08 V:...``; ``[9F26]: [...]``; the tree that emv-utils prints."""

MAX_LINES = 2000
MAX_LINE = 4096


NAMES = {
    **FIELD_TAGS,
    "iac-default": 0x9F0D,
    "iac-denial": 0x9F0E,
    "iac-online": 0x9F0F,
    "tac-default": 0xDF8120,
    "tac-denial": 0xDF8121,
    "tac-online": 0xDF8122,
    "cdol1": 0x8C,
    "cdol2": 0x8D,
    "ddol": 0x9F49,
    "tdol": 0x97,
    "cvr": 0x9F10,
    "atc": 0x9F36,
    "un": 0x9F37,
    "arqc": 0x9F26,
    "psn": 0x5F34,
    "auc": 0x9F07,
}
"""What a value may be called in front of it, besides its tag."""


def labelled(text: str, context: Context, mask: bool) -> Decoded | None:
    """One value by its label, or several lines of them put together as data objects; None where
    a line has no label that is a tag or a name for ``--as``."""
    lines = _json_pairs(text) or [line for line in text.splitlines() if line.strip()]
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


def _json_pairs(text: str) -> list[str]:
    """The members of a JSON object that maps tags to hex, as lines; empty for other text."""
    if not text.startswith("{") or len(text) > 65536:
        return []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
        return []
    lines = [f"{key}: {value}" for key, value in found.items()]
    return lines if all(_value(line, single=False) for line in lines) else []


def _value(line: str, *, single: bool) -> tuple[int, bytes] | None:
    """(tag, value) of ``9F10: 0601...`` or ``TVR 8000...``; a bare tag needs a mark behind it."""
    from harness.codec.tags import lookup

    if len(line) > MAX_LINE:
        return None
    for shape in (_TLV, _BRACKETS, _TABLE):
        found = shape.match(line)
        if found is not None and lookup(int(found.group(1), 16)) is not None:
            return int(found.group(1), 16), bytes.fromhex("".join(found.group(2).split()))
    match = _LINE.match(line)
    if match is None:
        return None
    label, digits = match.groups()
    raw = bytes.fromhex(re.sub(r"0x|[\s:]", "", digits))
    named = NAMES.get(re.sub(r"[\s_]", "-", label.strip().lower()))
    if named is not None:
        return named, raw
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
