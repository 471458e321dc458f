"""The data of one exchange as named lines: what the card sent, and what was sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from harness.codec.bits import describe_info, set_bits
from harness.codec.dol import DolEntry, parse_dol, split_dol
from harness.codec.redact import redact_tlv
from harness.codec.tags import TagInfo, lookup
from harness.codec.tlv import Tlv, encode, parse
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.records.exchange import Exchange

GET_RESPONSE = 0xC0

MAX_DATA = 400
"""A card that sends one-byte objects by the hundred must not fill the report."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One data object: ``value`` is hex (masked digits ``*``), ``words`` what its bits say.

    ``origin`` is ``card`` or ``terminal``; ``depth`` counts enclosing templates.
    """

    tag: str
    name: str
    value: str
    words: tuple[str, ...]
    depth: int
    origin: str


@dataclass(slots=True)
class TlvContext:
    """What earlier exchanges of a session said about later ones. ``pending`` is the instruction
    whose answer GET RESPONSE fetches."""

    aid: bytes | None = None
    pdol: tuple[DolEntry, ...] = ()
    cdols: list[tuple[DolEntry, ...]] = field(default_factory=list)
    ddol: tuple[DolEntry, ...] = ()
    generated: int = 0
    pending: int = 0


def data_of(exchange: Exchange, context: TlvContext, *, mask: bool) -> list[Datum]:
    """Command data by its DOL, then the answer; ``context`` learns from both. Never raises."""
    command, response = exchange.command, exchange.response or b""
    sent = list(_sent(command, context, mask=mask))
    ins = command[1] if len(command) > 1 else 0
    asked = context.pending if ins == GET_RESPONSE else ins
    context.pending = asked
    nodes = _received(asked, response[:-2])
    _learn(nodes, context)
    received = [datum for node in nodes for datum in _flat(node, 0, context.aid, "card", mask=mask)]
    return (sent + received)[:MAX_DATA]


def _sent(command: bytes, context: TlvContext, *, mask: bool) -> Iterator[Datum]:
    if len(command) < 6:
        return
    ins, data = command[1], command[5 : 5 + command[4]]
    entries: Sequence[DolEntry] = ()
    if ins == 0xA8 and data[:1] == b"\x83":
        entries, data = context.pdol, data[2:]
    elif ins == 0xAE:
        place = min(context.generated, 1)
        entries = context.cdols[place] if place < len(context.cdols) else ()
        context.generated += 1
    elif ins == 0x88:
        entries = context.ddol
    if not entries:
        return
    try:
        parts = split_dol(entries, data)
    except CodecError:
        return
    for tag, value in parts:
        yield _datum(_node(tag, value), 0, context.aid, "terminal", mask=mask)


def _received(ins: int, data: bytes) -> Sequence[Tlv]:
    """Data objects of an answer; those of format 1 (EMV Book 3, 6.5) get the tags that they
    stand for."""
    nodes = parse(data).nodes
    if len(nodes) == 1 and nodes[0].tag == 0x80:
        value = nodes[0].value
        if ins == 0xA8 and len(value) >= 2:
            return [_node(0x82, value[:2]), _node(0x94, value[2:])]
        if ins == 0xAE and len(value) >= 11:
            parts = [(0x9F27, value[:1]), (0x9F36, value[1:3]), (0x9F26, value[3:11])]
            parts += [(0x9F10, value[11:])] if value[11:] else []
            return [_node(tag, part) for tag, part in parts]
        if ins == 0x88:
            return [_node(0x9F4B, value)]
    return nodes if _looks_like_emv(nodes) else ()


def _looks_like_emv(nodes: Sequence[Tlv]) -> bool:
    """Test-card answers and challenges are plain bytes that happen to parse."""
    return bool(nodes) and all(lookup(node.tag) is not None for node in nodes)


def _node(tag: int, value: bytes) -> Tlv:
    return parse(encode(tag, value)).nodes[0]


def _learn(nodes: Sequence[Tlv], context: TlvContext) -> None:
    for top in nodes:
        for node in top.walk():
            if node.tag == 0x84:
                context.aid = node.value
                context.generated = 0
            elif node.tag == 0x9F38:
                context.pdol = _dol(node.value)
            elif node.tag == 0x9F49:
                context.ddol = _dol(node.value)
            elif node.tag == 0x8C:
                context.cdols[:1] = [_dol(node.value)]
            elif node.tag == 0x8D:
                context.cdols[1:] = [_dol(node.value)]


def _dol(value: bytes) -> tuple[DolEntry, ...]:
    try:
        return parse_dol(value)
    except CodecError:
        return ()


def _flat(node: Tlv, depth: int, aid: bytes | None, origin: str, *, mask: bool) -> Iterator[Datum]:
    yield _datum(node, depth, aid, origin, mask=mask)
    for child in node.children:
        yield from _flat(child, depth + 1, aid, origin, mask=mask)


def _datum(node: Tlv, depth: int, aid: bytes | None, origin: str, *, mask: bool) -> Datum:
    info = lookup(node.tag, aid=aid)
    name = _(info.name) if info is not None else _("unknown tag")
    if node.constructed and node.children:
        return Datum(node.tag_hex, name, "", (), depth, origin)
    value = redact_tlv(node, aid=aid, transcript=True)[0] if mask else to_hex(node.value)
    words = tuple(_words(info, node, aid, mask=mask))
    return Datum(node.tag_hex, name, value, words, depth, origin)


def _words(info: TagInfo | None, node: Tlv, aid: bytes | None, *, mask: bool) -> list[str]:
    """Names of the bits that are set, without their places, which the hex shows; else as
    ``describe`` has it."""
    if info is None:
        return []
    kind, colon, slug = info.show.partition(":")
    if kind == "bits" and colon:
        return [_(bit.name) if bit.name else bit.text for bit in set_bits(slug, node.value)]
    return describe_info(info, node.value, aid=aid, mask=mask)
