"""What is this hex? ATR, status word, command, response, list, or TLV: decided by the bytes alone.

One reading is the best; ``other_readings`` names those that the same bytes allow as well.
"""

from __future__ import annotations

import re

from harness.codec.afl import parse_afl
from harness.codec.atr import Atr, parse_atr
from harness.codec.dol import parse_dol
from harness.codec.frames import CommandApdu
from harness.codec.naming import command_name
from harness.codec.status_word import StatusWord
from harness.codec.tags import lookup
from harness.codec.tlv import TlvTree, parse
from harness.core.errors import CodecError
from harness.core.i18n import _

_TRACK2 = re.compile(r"\d{12,19}D\d{7,}F?")

MAX_DOL = 252
"""A list is the value of one data object in a record."""

_CLASSES = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, 0x0C, 0x10, 0x80, 0x84, 0x8C, 0x90, 0xA0, 0xFF))


def detect(data: bytes) -> str:
    """The best reading of ``data``: a name that ``decode`` takes for ``as_``; ``tlv`` also for
    what nothing fits."""
    return examine(data)[0]


def examine(data: bytes) -> tuple[str, TlvTree | None]:
    """The kind of ``data``, and its data objects where they were read to find out."""
    if len(data) == 2 and (is_status(data) or (data[0] == 0x6F and data[1])):
        return "sw", None
    if is_atr(data):
        return "atr", None
    tree = parse(data)
    known = tree.ok and _known_tags(tree)
    if is_command(data) and not (known and data[0] & 0xF0 in (0x80, 0x90)):
        return "command", None
    if known and len(data) == 5 and tree.padding and not any(node.length for node in tree.nodes):
        return "tvr", None
    if not tree.ok and _is_broken_command(data, tree):
        return "command", None
    if len(data) > 3 and is_status(data[-2:]) and _is_response(data, tree):
        return "response", None
    if not known:
        special = _special(data, tree)
        if special:
            return special, None
        if len(data) == 5 and not any(tree.find(tag) for tag in (0x5A, 0x57)):
            return "tvr", None
        if tree.ok and len(data) > 3 and data[-2:] == b"\x90\x00":
            return "response", None
    return "tlv", tree


def sensible(data: bytes) -> bool:
    """Well-formed data objects whose tags at the top are all in the dictionary?"""
    tree = parse(data)
    return tree.ok and _known_tags(tree)


def begins_well(data: bytes) -> bool:
    """Is the first thing in ``data`` known, damaged though the rest may be?"""
    tree = parse(data)
    return is_command(data) or _partly_tlv(tree) or _is_broken_command(data, tree)


def other_readings(data: bytes, kind: str, tree: TlvTree | None) -> list[tuple[str, str]]:
    """Kinds that ``data`` could be besides ``kind``, each with the reason; the likeliest first."""
    found: list[tuple[str, str]] = []
    likely = kind == "command" and data[0] != 0 and sensible(data)
    if likely or (kind == "response" and sensible(data) and not sensible(data[:-2])):
        found.append(("tlv", _("well-formed data objects with known tags")))
    if kind != "response" and len(data) > 3 and data[-2:] == b"\x90\x00":
        found.append(("response", _("ends with 9000")))
    if kind != "dol" and len(data) >= 3 and is_dol(data):
        found.append(("dol", _("tags and lengths of a data object list")))
    if kind == "tlv" and tree is not None and not (tree.ok and _known_tags(tree)):
        if len(data) == 5:
            found.append(("tvr", _("5 bytes, as TVR, IAC and TAC have")))
        elif len(data) == 2:
            found.append(("aip", _("2 bytes, as AIP and AUC have")))
        elif _is_afl(data):
            found.append(("afl", _("files and records of an AFL")))
    return found[:2]


def is_dol(data: bytes) -> bool:
    """Tags of the dictionary, each with a length that the dictionary allows?"""
    if len(data) > MAX_DOL:
        return False
    try:
        entries = parse_dol(data)
    except CodecError:
        return False
    if len(entries) < 2 or any(entry.constructed for entry in entries):
        return False
    infos = [(lookup(entry.tag), entry.length) for entry in entries]
    return all(info and length and info.length_ok(length) for info, length in infos)


def _special(data: bytes, tree: TlvTree) -> str:
    """Kinds that only count where the bytes are no sensible TLV."""
    from harness.codec.field55 import looks_like_field
    from harness.codec.part10 import looks_like_features, looks_like_properties

    if looks_like_features(data):
        return "part10-features"
    if _is_ats(data):
        return "ats"
    if _TRACK2.fullmatch(data.hex().upper()):
        return "track2"
    if looks_like_field(data):
        return "field55"
    if not tree.ok and is_dol(data):
        return "dol"
    if looks_like_properties(data):
        return "part10-properties"
    return ""


def _is_ats(data: bytes) -> bool:
    """Does it begin with its own length, as an ATS does, and break no rule of one?"""
    if not 5 <= len(data) <= 20 or data[0] != len(data):
        return False
    from harness.codec.ats import parse_ats

    return not parse_ats(data).faults


def _is_afl(data: bytes) -> bool:
    try:
        return bool(parse_afl(data))
    except CodecError:
        return False


def _is_response(data: bytes, tree: TlvTree) -> bool:
    """Is what stands before the status word well-formed, or not TLV at all?"""
    if tree.ok and data[-2:] != b"\x90\x00":
        return False
    inner = parse(data[:-2])
    if inner.ok and inner.nodes and _known_tags(inner):
        return True
    return not tree.ok and (data[-2:] == b"\x90\x00" or not _partly_tlv(tree))


def is_status(two: bytes) -> bool:
    """Could these two bytes be a status word (ISO/IEC 7816-4, 5.6)?"""
    first = two[0]
    if (first in (0x60, 0x6F) and two[1]) or first == 0x60:
        return False
    if first & 0xF0 == 0x90:
        return two == b"\x90\x00" or bool(two[1]) or first != 0x90
    return first & 0xF0 == 0x60 and bool(StatusWord(first << 8 | two[1]).meaning())


def is_atr(data: bytes) -> bool:
    """Does it begin like an ATR, and end where its own lengths say (a wrong TCK is no matter)?"""
    if not data or data[0] not in (0x3B, 0x3F) or len(data) < 2:
        return False
    atr: Atr = parse_atr(data)
    if not atr.missing and len(atr.trailing) <= 1:
        return True
    return len(data) <= 33 and not parse(data).ok


def is_command(data: bytes) -> bool:
    """A class byte in use, an instruction with a name, and length fields that add up."""
    if len(data) < 4 or data[0] not in _CLASSES:
        return False
    try:
        CommandApdu.parse(data)
    except CodecError:
        return False
    return not command_name(data).startswith(("INS", "PC/SC INS"))


_HEADERS = {
    (0x00, 0xA4): 0xFF,
    (0x00, 0xB2): 0xFF,
    (0x00, 0x20): 0x00,
    (0x00, 0x24): 0x03,
    (0x00, 0x2C): 0x03,
    (0x00, 0x82): 0x00,
    (0x00, 0x88): 0x00,
    (0x0C, 0xA4): 0xFF,
    (0x80, 0xA8): 0x00,
    (0x80, 0xAE): 0xFF,
    (0x80, 0xCA): 0xFF,
    (0x80, 0xE2): 0xFF,
    (0x80, 0xE6): 0xFF,
    (0x80, 0xF0): 0xFF,
    (0x04, 0xDA): 0xFF,
} | {(cla, ins): 0xFF for cla in (0x04, 0x0C, 0x80, 0x84, 0x8C, 0xA0) for ins in (0x20, 0x24, 0x2C)}
"""Class and instruction of the commands that are met most, with the bits that P1 may have."""


def _is_broken_command(data: bytes, tree: TlvTree) -> bool:
    """Does ``data`` begin like a well-known command though its lengths do not add up? Then that is
    the fault, not what it would be as a data object."""
    if len(data) < 5 or (data[0], data[1]) not in _HEADERS or data[-2:] == b"\x90\x00":
        return False
    if data[2] & ~_HEADERS[data[0], data[1]] & 0xFF:
        return False
    return _holds_pin(data) or not _partly_tlv(tree)


def _holds_pin(data: bytes) -> bool:
    """Does it begin like VERIFY, PIN CHANGE or RESET RETRY COUNTER, whatever tag its class is?
    A DF name (84) of 32 bytes and a list (8C) that begins with 00 there are none; an answer (80)
    there is, so that more of the header has to fit."""
    cla, ins, p1 = data[:3]
    if ins not in (0x20, 0x24, 0x2C):
        return False
    if cla == 0x80:
        return ins == 0x20 and data[2:5] in (b"\x00\x80\x08", b"\x00\x88\x08")
    return cla in (0x04, 0x0C) or (cla in (0x84, 0x8C) and p1 == 0)


def _known_tags(tree: TlvTree) -> bool:
    """Every object at the top is in the dictionary."""
    return bool(tree.nodes) and all(lookup(node.tag) is not None for node in tree.nodes)


def _partly_tlv(tree: TlvTree) -> bool:
    """The first object is a known one, damaged though the whole may be."""
    return bool(tree.nodes) and lookup(tree.nodes[0].tag) is not None
