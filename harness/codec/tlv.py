"""BER-TLV as cards send it: ISO/IEC 7816-4, 5.2.2, and EMV 4.4 Book 3, Annex B.

The parser keeps what a judge needs: order, repeats, padding, offsets, and every coding fault with
its place. A fast loop reads what is well formed; at the first irregularity the input is read
again by ``tlv_lenient``, which names the faults. Neither is recursive, so no input can exhaust the
stack, and values are cut out only when somebody asks for them, so deep nesting costs no memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from harness.core.errors import CodecError

if TYPE_CHECKING:
    from harness.codec.tlv_lenient import TlvFault

MAX_DEPTH = 128
"""Deeper templates are reported and not opened; 256 bytes cannot nest deeper than 127."""

MAX_TAG_BYTES = 4


Raw = tuple[int, int, int, int, "list[Raw] | None"]
"""Tag, offset, start and end of the value, children: what the parsers collect."""


class Tlv:
    """One data object, immutable by convention.

    It is a view on what the parser found: made, and its value cut out, only when asked for.
    ``tag`` is the number that its bytes spell (0x9F02), ``offset`` counts from the start of the
    parsed input to the first tag byte.
    """

    __slots__ = ("_children", "_data", "_raw", "offset", "tag")

    def __init__(self, data: bytes, raw: Raw) -> None:
        self._data = data
        self._raw = raw
        self.tag = raw[0]
        self.offset = raw[1]
        self._children: tuple[Tlv, ...] | None = None

    @property
    def tag_hex(self) -> str:
        """The tag in upper-case hex, ``9F02``."""
        return f"{self.tag:02X}"

    @property
    def value(self) -> bytes:
        """The value field, as far as there is input for it."""
        return self._data[self._raw[2] : self._raw[3]]

    @property
    def encoded(self) -> bytes:
        """Tag, length and value exactly as they stand in the input."""
        return self._data[self._raw[1] : self._raw[3]]

    @property
    def header(self) -> int:
        """Bytes of the tag and length fields."""
        return self._raw[2] - self._raw[1]

    @property
    def length(self) -> int:
        """Bytes of ``value``; smaller than the coded length where the input ends too early."""
        return self._raw[3] - self._raw[2]

    @property
    def end(self) -> int:
        """Offset of the byte after the value."""
        return self._raw[3]

    @property
    def constructed(self) -> bool:
        """True when bit 6 of the first tag byte says that the value holds data objects."""
        return self._raw[4] is not None

    @property
    def children(self) -> tuple[Tlv, ...]:
        """The data objects inside, in order; empty for a primitive one."""
        if self._children is None:
            data = self._data
            self._children = tuple([Tlv(data, raw) for raw in self._raw[4] or ()])
        return self._children

    def find(self, tag: int) -> Tlv | None:
        """The first object called ``tag`` below this one, depth first."""
        return next(_search(self._data, self._raw[4] or [], tag), None)

    def find_all(self, tag: int) -> list[Tlv]:
        """Every object called ``tag`` below this one, in order of their offsets."""
        return list(_search(self._data, self._raw[4] or [], tag))

    def walk(self) -> Iterator[Tlv]:
        """This object and all below it, parents first."""
        return walk((self,))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tlv):
            return NotImplemented
        return self.tag == other.tag and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.tag, self.value))

    def __repr__(self) -> str:
        return f"Tlv({self.tag_hex} at {self.offset}, {self.length} bytes)"


class TlvTree:
    """What ``parse`` found: objects in order, faults by offset, runs of ``00`` as
    (offset, length)."""

    __slots__ = ("_nodes", "_raws", "data", "errors", "padding")

    def __init__(
        self,
        data: bytes,
        raws: list[Raw],
        errors: tuple[TlvFault, ...],
        padding: list[tuple[int, int]],
    ) -> None:
        self.data = data
        self.errors = errors
        self.padding = padding
        self._raws = raws
        self._nodes: tuple[Tlv, ...] | None = None

    @property
    def nodes(self) -> tuple[Tlv, ...]:
        """The data objects at the top, in order."""
        if self._nodes is None:
            data = self.data
            self._nodes = tuple([Tlv(data, raw) for raw in self._raws])
        return self._nodes

    @property
    def ok(self) -> bool:
        """True when no coding rule was broken."""
        return not self.errors

    def find(self, tag: int) -> Tlv | None:
        """The first object called ``tag``, depth first."""
        return next(_search(self.data, self._raws, tag), None)

    def find_all(self, tag: int) -> list[Tlv]:
        """Every object called ``tag``."""
        return list(_search(self.data, self._raws, tag))

    def walk(self) -> Iterator[Tlv]:
        """Every object, parents first."""
        return walk(self.nodes)


def parse(data: bytes, *, strict: bool = False) -> TlvTree:
    """All data objects of ``data``.

    Lenient (the default) it never raises: faults are listed in ``.errors`` and everything around
    them is still decoded. With ``strict`` the first fault is raised as a CodecError whose
    ``partial`` is the whole tree.
    """
    if data.__class__ is not bytes:
        data = bytes(data)
    tree = _parse_well_formed(data)
    if tree is None:
        from harness.codec.tlv_lenient import parse_lenient

        tree = parse_lenient(data)
        if strict and tree.errors:
            first = tree.errors[0]
            raise CodecError(first.message, offset=first.offset, path=first.path, partial=tree)
    return tree


def parse_strict(data: bytes) -> tuple[Tlv, ...]:
    """The data objects of well-formed ``data``; raises CodecError at the first fault."""
    return parse(data, strict=True).nodes


def _parse_well_formed(data: bytes) -> TlvTree | None:  # noqa: PLR0912, PLR0915 - hot
    """The fast way, for input without any fault; None as soon as something is out of order."""
    top: list[Raw] = []
    padding: list[tuple[int, int]] = []
    stack: list[tuple[list[Raw], int]] = []
    siblings, position, limit = top, 0, len(data)
    try:
        while True:
            while position < limit:
                start = position
                tag = data[position]
                constructed = tag & 0x20
                position += 1
                if tag & 0x1F == 0x1F:
                    subsequent = data[position]
                    tag = tag << 8 | subsequent
                    position += 1
                    if subsequent & 0x80:
                        subsequent = data[position]
                        tag = tag << 8 | subsequent
                        position += 1
                        if subsequent & 0x80 or not tag & 0x7F00:
                            return None
                    if tag in _FF_PADDING:
                        return None
                elif not tag:
                    while position < limit and not data[position]:
                        position += 1
                    padding.append((start, position - start))
                    continue
                length = data[position]
                position += 1
                if length & 0x80:
                    if length == 0x81:
                        length = data[position]
                        position += 1
                        if length < 0x80:
                            return None
                    elif length == 0x82:
                        length = data[position] << 8 | data[position + 1]
                        position += 2
                        if length < 0x100:
                            return None
                    else:
                        return None
                stop = position + length
                if stop > limit:
                    return None
                if constructed:
                    kids: list[Raw] = []
                    siblings.append((tag, start, position, stop, kids))
                    if len(stack) == MAX_DEPTH:
                        return None
                    stack.append((siblings, limit))
                    siblings, limit = kids, stop
                else:
                    siblings.append((tag, start, position, stop, None))
                    position = stop
            if len(siblings) > 1 and len(set(map(_TAG, siblings))) < len(siblings):
                from harness.codec.tlv_lenient import wrong_repeats

                if wrong_repeats(siblings):
                    return None
            if not stack:
                return TlvTree(data, top, (), padding)
            siblings, limit = stack.pop()
    except IndexError:
        return None


_TAG = itemgetter(0)

_FF_PADDING = frozenset((0xFF00, 0xFFFF))
"""``FF`` before ``00`` or ``FF`` is padding of an erased memory, never a tag that EMV uses."""


def encode(tag: int, value: bytes) -> bytes:
    """One data object with the shortest length field. ``tag`` as its bytes spell it (0x9F02).

    Raises CodecError for a number that is not a whole BER tag.
    """
    head = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big") if tag > 0 else b""
    if not head or not _whole_tag(head):
        raise CodecError(f"not a BER-TLV tag: {tag:X}")
    length = len(value)
    if length < 0x80:
        return head + bytes((length,)) + value
    size = (length.bit_length() + 7) // 8
    return head + bytes((0x80 | size,)) + length.to_bytes(size, "big") + value


def find(nodes: Iterable[Tlv], tag: int) -> Tlv | None:
    """The first object called ``tag`` in ``nodes`` or below them, depth first."""
    return next((node for node in walk(nodes) if node.tag == tag), None)


def find_all(nodes: Iterable[Tlv], tag: int) -> list[Tlv]:
    """Every object called ``tag`` in ``nodes`` or below them."""
    return [node for node in walk(nodes) if node.tag == tag]


def walk(nodes: Iterable[Tlv]) -> Iterator[Tlv]:
    """Every object of ``nodes`` and below them, parents first, without recursion."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if node._raw[4]:
            stack += node.children[::-1]


def _search(data: bytes, raws: list[Raw], tag: int) -> Iterator[Tlv]:
    """Objects called ``tag``, depth first; no others are made on the way."""
    stack = raws[::-1]
    while stack:
        raw = stack.pop()
        if raw[0] == tag:
            yield Tlv(data, raw)
        if raw[4]:
            stack += raw[4][::-1]


def _whole_tag(head: bytes) -> bool:
    """Is ``head`` one complete tag field (ISO/IEC 8825-1, 8.1.2)?"""
    if head[0] & 0x1F != 0x1F:
        return len(head) == 1
    return (
        2 <= len(head) <= MAX_TAG_BYTES
        and head[1] != 0x80
        and all(byte & 0x80 for byte in head[1:-1])
        and not head[-1] & 0x80
    )
