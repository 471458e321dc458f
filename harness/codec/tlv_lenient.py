"""Reading damaged BER-TLV: each fault with its place and rule, and all around it still decoded.

Rules of recovery, in the order in which they apply:

- a tag or length field that is cut off: the bytes are left over, the enclosing object ends;
- a tag of more than four bytes, or a length field of more than four: nothing after it in the same
  enclosing object can be trusted, so that rest is left over;
- an indefinite length: a template runs to ``00 00`` at its own level (or to the end of what
  encloses it), a primitive object to the end of what encloses it;
- a value that runs over the end of what encloses it is cut there;
- ``FF`` before ``FF`` or ``00`` is skipped as padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from harness.codec.tlv import MAX_DEPTH, MAX_TAG_BYTES, Template, Tlv, TlvTree
from harness.core.i18n import N_, _

ISO_TAG_BYTES = 3
"""ISO/IEC 7816-4, 5.2.2.1. One of four bytes is a fault, and still read."""

MAX_LENGTH_BYTES = 4

REPEATABLE = frozenset(
    (
        *(0x61, 0x62, 0x64, 0x65, 0x6F, 0x70, 0x71, 0x72, 0x73, 0x77, 0x7D, 0x80, 0x86, 0xA5),
        *(0xC0, 0xCF),
    )
)
"""Tags that may stand more than once side by side: entries of a directory (61), issuer scripts
(71, 72) and their commands (86), whole answers pasted one after the other, and the lists of
GlobalPlatform (keys C0, implicit selection CF)."""


class Rule(StrEnum):
    """The coding rules that a fault can break. The last three, and ``WRONG_FORM``, need the
    dictionary: see ``tlv_rules``."""

    BAD_TAG = "bad-tag"
    BAD_LENGTH = "bad-length"
    INDEFINITE = "indefinite-length"
    NON_MINIMAL = "non-minimal-length"
    OVERRUN = "overrun"
    LEFTOVER = "leftover"
    PADDING_FF = "padding-ff"
    WRONG_FORM = "wrong-form"
    REPEAT = "repeat"
    DEPTH = "depth"
    PADDING = "padding"
    WRONG_TEMPLATE = "wrong-template"
    BAD_VALUE = "bad-value"


class TlvFault:
    """One broken coding rule. ``offset`` counts from the start of the input, ``path`` names the
    enclosing objects (``6F/A5``); ``message`` is English, ``text`` in the language in force."""

    __slots__ = ("_args", "_template", "offset", "path", "rule")

    def __init__(
        self, offset: int, path: str, rule: Rule, template: str, args: tuple[object, ...] = ()
    ) -> None:
        self.offset = offset
        self.path = path
        self.rule = rule
        self._template = template
        self._args = args

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self._template.format(*self._args)

    @property
    def text(self) -> str:
        """What is wrong, for people."""
        return _(self._template).format(*self._args)

    def __repr__(self) -> str:
        return f"TlvFault({self.offset}, {self.path!r}, {self.rule.value}, {self.message!r})"


def wrong_repeats(siblings: Sequence[Tlv]) -> list[Tlv]:
    """Objects that repeat the tag of an earlier one beside them where no list is meant.

    EMV 4.4 Book 3, 10.2 ends a transaction on primitive data that a card sends twice. Templates
    may repeat, and so may the universal class (ASN.1 lists).
    """
    seen: set[int] = set()
    found = []
    for node in siblings:
        tag = node.tag
        if tag in seen and tag not in REPEATABLE and not node.constructed:
            leading = tag >> (max(tag.bit_length() - 1, 0) // 8 * 8)
            if leading & 0xC0:
                found.append(node)
        seen.add(tag)
    return found


def parse_lenient(data: bytes) -> TlvTree:
    """Every object that can be made out in ``data``, and every fault, by offset. Never raises."""
    return _Parser(data).run()


class _Frame:
    """An open template: where its objects go, where it ends, and how that end was coded."""

    __slots__ = ("endless", "limit", "node", "path", "siblings")

    def __init__(
        self, siblings: list[Tlv], limit: int, node: Template | None, path: str, endless: bool
    ) -> None:
        self.siblings = siblings
        self.limit = limit
        self.node = node
        self.path = path
        self.endless = endless


class _Parser:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.faults: list[TlvFault] = []
        self.found: list[Tlv] = []
        self.padding: list[tuple[int, int]] = []
        self.frame = _Frame([], len(data), None, "", False)
        self.stack: list[_Frame] = []

    def run(self) -> TlvTree:
        top = self.frame.siblings
        while True:
            while self.position < self.frame.limit:
                self._step()
            for node in wrong_repeats(self.frame.siblings):
                self._fault(
                    Rule.REPEAT, node.offset, N_("tag {} stands here more than once"), node.tag_hex
                )
            if not self.stack:
                break
            self._close()
        self.faults.sort(key=lambda fault: fault.offset)
        tree = TlvTree()
        tree.data, tree.nodes, tree.all_nodes = self.data, tuple(top), self.found
        tree.errors, tree.padding = tuple(self.faults), self.padding
        return tree

    def _fault(self, rule: Rule, offset: int, template: str, *args: object) -> None:
        self.faults.append(TlvFault(offset, self.frame.path, rule, template, args))

    def _close(self) -> None:
        """Leave the open template; one of indefinite length ends where its reading ended."""
        done = self.frame
        if done.node is not None:
            done.node.children = tuple(done.siblings)
            if done.endless:
                done.node.value = self.data[done.node.start : min(self.position, done.limit)]
        self.frame = self.stack.pop()

    def _step(self) -> None:
        """One data object, or one run of padding."""
        start = self.position
        first = self.data[start]
        if first == 0x00:
            self._zeros(start)
            return
        if first == 0xFF and self._next_is_padding(start):
            self._ff_padding(start)
            return
        tag = self._tag(start)
        if tag is None:
            return
        length = self._length(start, tag)
        if length is None:
            return
        self._add(start, tag, length, constructed=bool(first & 0x20))

    def _add(self, start: int, tag: int, length: int, *, constructed: bool) -> None:
        """Put the object in its place; open it when it is a template. ``length`` -1: indefinite."""
        frame, position = self.frame, self.position
        endless = length < 0
        stop = frame.limit if endless else position + length
        if stop > frame.limit:
            self._fault(
                Rule.OVERRUN,
                start,
                N_("tag {} has length {}, only {} bytes are left"),
                f"{tag:02X}",
                length,
                frame.limit - position,
            )
            stop = frame.limit
        node = self._fill(Template() if constructed else Tlv(), start, tag, stop)
        frame.siblings.append(node)
        if not isinstance(node, Template):
            self.position = stop
        elif len(self.stack) >= MAX_DEPTH:
            self._fault(
                Rule.DEPTH,
                start,
                N_("tag {} is nested deeper than {} levels: not opened"),
                f"{tag:02X}",
                MAX_DEPTH,
            )
            self.position = stop
        else:
            path = f"{frame.path}/{tag:02X}" if frame.path else f"{tag:02X}"
            self.stack.append(frame)
            self.frame = _Frame([], stop, node, path, endless)

    def _fill(self, node: Tlv, start: int, tag: int, stop: int) -> Tlv:
        node.tag, node.offset, node.start = tag, start, self.position
        node.value = self.data[self.position : stop]
        node._source = self.data
        if isinstance(node, Template):
            node.children = ()
        self.found.append(node)
        return node

    def _tag(self, start: int) -> int | None:
        """The tag field at ``start``; None where it cannot be used (the fault is noted)."""
        data, limit = self.data, self.frame.limit
        end = start + 1
        if data[start] & 0x1F == 0x1F:
            while end < limit and data[end] & 0x80:
                end += 1
            end += 1
        if end > limit:
            self._left_over(start, N_("the tag field is cut off after {} bytes"), limit - start)
            return None
        if end - start > ISO_TAG_BYTES:
            self._fault(
                Rule.BAD_TAG, start, N_("a tag of {} bytes: at most 3 are in use"), end - start
            )
        if end - start > MAX_TAG_BYTES:
            self._left_over(start, N_("{} bytes cannot be decoded"), limit - start)
            return None
        if end - start > 1 and data[start + 1] == 0x80:
            self._fault(
                Rule.BAD_TAG,
                start,
                N_("the second byte of tag {} must not be 80"),
                data[start:end].hex().upper(),
            )
        self.position = end
        return int.from_bytes(data[start:end], "big")

    def _length(self, start: int, tag: int) -> int | None:
        """The length field after ``tag``; -1 for indefinite, None where it cannot be used."""
        data, limit, at = self.data, self.frame.limit, self.position
        if at >= limit:
            self._left_over(
                start, N_("the data ends after the tag: {} bytes left over"), at - start
            )
            return None
        first = data[at]
        if first < 0x80:
            self.position = at + 1
            return first
        if first == 0x80:
            self._fault(
                Rule.INDEFINITE, start, N_("tag {} has an indefinite length (80)"), f"{tag:02X}"
            )
            self.position = at + 1
            return -1
        size = first & 0x7F
        if size > MAX_LENGTH_BYTES:
            self._fault(
                Rule.BAD_LENGTH,
                start,
                N_("tag {} has a length field of {} bytes"),
                f"{tag:02X}",
                size,
            )
            self._left_over(start, N_("{} bytes cannot be decoded"), limit - start)
            return None
        if at + 1 + size > limit:
            self._left_over(
                start, N_("the length field is cut off: {} bytes left over"), limit - start
            )
            return None
        length = int.from_bytes(data[at + 1 : at + 1 + size], "big")
        if length < 0x80 or length >> (8 * (size - 1)) == 0:
            self._fault(
                Rule.NON_MINIMAL,
                start,
                N_("tag {}: length {} is coded in {} bytes"),
                f"{tag:02X}",
                length,
                size + 1,
            )
        self.position = at + 1 + size
        return length

    def _left_over(self, start: int, template: str, *args: object) -> None:
        """Nothing more can be read in the open template."""
        self._fault(Rule.LEFTOVER, start, template, *args)
        self.position = self.frame.limit

    def _zeros(self, start: int) -> None:
        """Padding with ``00`` between objects is allowed; two close an indefinite length."""
        data, limit = self.data, self.frame.limit
        if self.frame.endless and data[start : start + 2] == b"\0\0" and start + 2 <= limit:
            self.frame.limit = self.position = start + 2
            return
        end = start
        while end < limit and not data[end]:
            end += 1
        self.padding.append((start, end - start))
        self.position = end

    def _next_is_padding(self, start: int) -> bool:
        return start + 1 >= self.frame.limit or self.data[start + 1] in (0x00, 0xFF)

    def _ff_padding(self, start: int) -> None:
        data, limit = self.data, self.frame.limit
        end = start
        while end < limit and data[end] == 0xFF:
            end += 1
        self._fault(Rule.PADDING_FF, start, N_("{} bytes FF between data objects"), end - start)
        self.position = end
