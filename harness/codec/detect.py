"""What is this hex? ATR, status word, command, response, or TLV - decided by the bytes alone."""

from __future__ import annotations

from harness.codec.atr import Atr, parse_atr
from harness.codec.frames import CommandApdu
from harness.codec.naming import command_name
from harness.codec.status_word import StatusWord
from harness.codec.tags import lookup
from harness.codec.tlv import TlvTree, parse
from harness.core.errors import CodecError

_CLASSES = frozenset((0x00, 0x01, 0x02, 0x03, 0x04, 0x0C, 0x10, 0x80, 0x84, 0x8C, 0x90, 0xA0, 0xFF))


def detect(data: bytes) -> str:
    """``atr``, ``sw``, ``command``, ``response`` or ``tlv`` (also for what nothing else fits)."""
    return examine(data)[0]


def examine(data: bytes) -> tuple[str, TlvTree | None]:
    """The kind of ``data``, and its data objects where they were read to find out."""
    if len(data) == 2 and is_status(data):
        return "sw", None
    if is_atr(data):
        return "atr", None
    tree = parse(data)
    sensible = tree.ok and _known_tags(tree)
    if is_command(data) and not (sensible and data[0] & 0xF0 in (0x80, 0x90)):
        return "command", None
    if len(data) > 3 and is_status(data[-2:]) and _is_response(data, tree):
        return "response", None
    return "tlv", tree


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


def _known_tags(tree: TlvTree) -> bool:
    """Every object at the top is in the dictionary."""
    return bool(tree.nodes) and all(lookup(node.tag) is not None for node in tree.nodes)


def _partly_tlv(tree: TlvTree) -> bool:
    """The first object is a known one, damaged though the whole may be."""
    return bool(tree.nodes) and lookup(tree.nodes[0].tag) is not None
