"""BER-TLV as cards send it: ISO/IEC 7816-4, 5.2.2, and EMV 4.4 Book 3, Annex B.

The parser keeps what a judge needs: order, repeats, padding, offsets, and every coding fault with
its place. A fast loop reads what is well formed; at the first irregularity the input is read
again by ``tlv_lenient``, which names the faults. Neither is recursive, so no input can exhaust the
stack, and the depth is bounded, so values cut out of values cannot exhaust memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from harness.core.errors import CodecError

if TYPE_CHECKING:
    from harness.codec.tlv_lenient import TlvFault

MAX_DEPTH = 128
"""Deeper templates are reported and not opened; 256 bytes cannot nest deeper than 127."""

MAX_TAG_BYTES = 4


class Tlv:
    """One data object, immutable by convention; only the parsers make and fill it.

    ``tag`` is the number that its bytes spell (0x9F02), ``offset`` counts from the start of the
    parsed input to the first tag byte, ``start`` to the first byte of the value; ``value`` is the
    value field as far as there is input for it, ``children`` the data objects inside, in order
    (none in a primitive one; a ``Template`` has them), ``constructed`` says which it is.

    No ``__init__`` on purpose: to fill the slots from outside is half the price of a call.
    """

    __slots__ = ("_source", "offset", "start", "tag", "value")

    tag: int
    offset: int
    start: int
    value: bytes
    children: tuple[Tlv, ...] = ()
    constructed: bool = False
    _source: bytes

    @property
    def tag_hex(self) -> str:
        """The tag in upper-case hex, ``9F02``."""
        return f"{self.tag:02X}"

    @property
    def encoded(self) -> bytes:
        """Tag, length and value exactly as they stand in the input."""
        return self._source[self.offset : self.start] + self.value

    @property
    def header(self) -> int:
        """Bytes of the tag and length fields."""
        return self.start - self.offset

    @property
    def length(self) -> int:
        """Bytes of ``value``; smaller than the coded length where the input ends too early."""
        return len(self.value)

    @property
    def end(self) -> int:
        """Offset of the byte after the value."""
        return self.start + len(self.value)

    def find(self, tag: int) -> Tlv | None:
        """The first object called ``tag`` below this one, depth first."""
        return find(self.children, tag)

    def find_all(self, tag: int) -> list[Tlv]:
        """Every object called ``tag`` below this one, in order of their offsets."""
        return find_all(self.children, tag)

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


class Template(Tlv):
    """A data object that holds others (bit 6 of its first tag byte is set)."""

    __slots__ = ("children",)

    children: tuple[Tlv, ...]
    constructed = True


def data_object(tag: int, value: bytes) -> Tlv:
    """``value`` standing by itself as a primitive object called ``tag``, without a header."""
    node = Tlv()
    node.tag = tag
    node.offset = node.start = 0
    node.value = node._source = value
    return node


class TlvTree:
    """What ``parse`` found: objects at the top in order, faults by offset, runs of ``00`` as
    (offset, length). ``all_nodes`` lists every object of every level by offset."""

    __slots__ = ("all_nodes", "data", "errors", "nodes", "padding")

    data: bytes
    nodes: tuple[Tlv, ...]
    all_nodes: list[Tlv]
    errors: tuple[TlvFault, ...]
    padding: list[tuple[int, int]]

    @property
    def ok(self) -> bool:
        """True when no coding rule was broken."""
        return not self.errors

    def find(self, tag: int) -> Tlv | None:
        """The first object called ``tag``, depth first."""
        for node in self.all_nodes:
            if node.tag == tag:
                return node
        return None

    def find_all(self, tag: int) -> list[Tlv]:
        """Every object called ``tag``."""
        return [node for node in self.all_nodes if node.tag == tag]

    def walk(self) -> Iterator[Tlv]:
        """Every object, parents first."""
        return iter(self.all_nodes)


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
    found: list[Tlv] = []
    padding: list[tuple[int, int]] = []
    stack: list[tuple[Template, list[Tlv], int]] = []
    siblings: list[Tlv] = []
    start, limit = 0, len(data)
    try:
        while True:
            while start < limit:
                tag = data[start]
                kind = _KIND[tag]
                if kind < _LONG_TAG:
                    length = data[start + 1]
                    position = start + 2
                elif kind == _ZERO:
                    position = start + 1
                    while position < limit and not data[position]:
                        position += 1
                    padding.append((start, position - start))
                    start = position
                    continue
                else:
                    second = data[start + 1]
                    if second < 0x80:
                        tag = tag << 8 | second
                        length = data[start + 2]
                        position = start + 3
                    else:
                        third = data[start + 2]
                        tag = tag << 16 | second << 8 | third
                        if second == 0x80 or third >= 0x80 or tag >= 0xFFFF00:
                            return None
                        length = data[start + 3]
                        position = start + 4
                if length >= 0x80:
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
                if kind & _CONSTRUCTED:
                    if tag == 0xFF00 or len(stack) == MAX_DEPTH:
                        return None
                    template = Template()
                    template.tag = tag
                    template.offset = start
                    template.start = start = position
                    template.value = data[position:stop]
                    template._source = data
                    siblings.append(template)
                    found.append(template)
                    stack.append((template, siblings, limit))
                    siblings, limit = [], stop
                else:
                    node = Tlv()
                    node.tag = tag
                    node.offset = start
                    node.start = position
                    node.value = data[position:stop]
                    node._source = data
                    siblings.append(node)
                    found.append(node)
                    start = stop
            if not stack:
                break
            children = tuple(siblings)
            template, siblings, limit = stack.pop()
            template.children = children
    except IndexError:
        return None
    tree = TlvTree()
    tree.data = data
    tree.nodes = tuple(siblings)
    tree.all_nodes = found
    tree.errors = ()
    tree.padding = padding
    if len({node.tag for node in found}) < len(found) and _repeats(tree):
        return None
    return tree


_CONSTRUCTED, _LONG_TAG, _ZERO = 1, 2, 4
_KIND = tuple(
    (first & 0x20 and _CONSTRUCTED) | (first & 0x1F == 0x1F and _LONG_TAG) | (not first and _ZERO)
    for first in range(256)
)
"""What the first byte of a tag says, looked up faster than worked out. ``FF`` before ``00`` or
``FF`` (tags FF00, FFFFxx) is padding of an erased memory, never a tag that EMV uses."""


def _repeats(tree: TlvTree) -> bool:
    """Does an object stand twice side by side where no list is meant?"""
    from harness.codec.tlv_lenient import wrong_repeats

    levels = [tree.nodes, *(node.children for node in tree.all_nodes if node.children)]
    return any(wrong_repeats(level) for level in levels)


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
    for node in walk(nodes):
        if node.tag == tag:
            return node
    return None


def find_all(nodes: Iterable[Tlv], tag: int) -> list[Tlv]:
    """Every object called ``tag`` in ``nodes`` or below them."""
    return [node for node in walk(nodes) if node.tag == tag]


def walk(nodes: Iterable[Tlv]) -> Iterator[Tlv]:
    """Every object of ``nodes`` and below them, parents first, without recursion."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if node.children:
            stack += node.children[::-1]


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
