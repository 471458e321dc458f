"""Faults that only the dictionary can see: an object in a template where it does not belong, in
the wrong form, padding where none is allowed, and lists inside of values that break their coding.

The parser judges BER-TLV alone; what is here needs to know what a tag is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.codec.tags import TagInfo, lookup
from harness.codec.tlv import Tlv, TlvTree
from harness.codec.tlv_lenient import Rule, TlvFault
from harness.core.errors import CodecError
from harness.core.i18n import N_

TEMPLATES = frozenset((0x6F, 0xA5, 0xBF0C, 0x61, 0x73, 0x70, 0x77, 0x71, 0x72))
"""Templates whose content EMV 4.4 Books 1 and 3 fix; in all others anything may stand."""

ANSWERS = frozenset((0x6F, 0x70, 0x77, 0x80))
"""What the data field of an answer begins with, or a record of a file that EMV governs: the
template's tag is its first byte (EMV 4.4 Book 3, 6.5)."""


def dictionary_faults(
    tree: TlvTree, *, aid: bytes | None = None, kernel: int | None = None
) -> list[TlvFault]:
    """Faults of ``tree`` in the context of the selected application or kernel, by offset.

    Tags that the dictionary does not know, and meanings that it had to guess, are not judged.
    """
    found = list(_leading_padding(tree))
    for node, parent, path in _with_paths(tree):
        info = lookup(node.tag, aid=aid, kernel=kernel, length=node.length, path=_end(path))
        if info is None:
            found += _wrong_form(node, path)
            continue
        if info.guess:
            continue
        found += _wrong_template(node, info, parent, path)
        found += _value(node, info, path)
    return sorted(found, key=lambda fault: fault.offset)


def _end(path: str) -> str:
    """The last two tags of ``path``: all that the meaning of a tag depends on."""
    head, _slash, last = path.rpartition("/")
    return f"{head.rpartition('/')[2]}/{last}" if head else last


def _with_paths(tree: TlvTree) -> Iterator[tuple[Tlv, Tlv | None, str]]:
    """Every object with the one that it stands in, and the tags around it (``6F/A5``); in no
    order."""
    stack: list[tuple[Tlv, Tlv | None, str]] = [(node, None, "") for node in tree.nodes]
    while stack:
        node, parent, path = stack.pop()
        yield node, parent, path
        if node.children:
            inner = f"{path}/{node.tag_hex}" if path else node.tag_hex
            stack += [(child, node, inner) for child in node.children]


def _leading_padding(tree: TlvTree) -> Iterator[TlvFault]:
    if tree.padding and tree.nodes and tree.nodes[0].tag in ANSWERS:
        start, count = tree.padding[0]
        if start == 0:
            yield TlvFault(
                0,
                "",
                Rule.PADDING,
                N_("{} bytes 00 before template {}, which must come first"),
                (count, tree.nodes[0].tag_hex),
            )


def _wrong_form(node: Tlv, path: str) -> Iterator[TlvFault]:
    """Unknown tags that are a known one with the constructed bit turned over."""
    if not 0xFF < node.tag <= 0xFFFF:
        return
    other = lookup(node.tag ^ 0x2000)
    if other is not None:
        form = N_("tag {} is {} in constructed form")
        if not node.constructed:
            form = N_("tag {} is {} in primitive form")
        yield TlvFault(node.offset, path, Rule.WRONG_FORM, form, (node.tag_hex, other.tag_hex))


def _wrong_template(node: Tlv, info: TagInfo, parent: Tlv | None, path: str) -> Iterator[TlvFault]:
    if parent is None or parent.tag not in TEMPLATES or not info.templates:
        return
    if parent.tag not in allowed_in(info):
        yield TlvFault(
            node.offset,
            path,
            Rule.WRONG_TEMPLATE,
            N_("tag {} ({}) does not belong in template {}"),
            (node.tag_hex, info.name, parent.tag_hex),
        )


def allowed_in(info: TagInfo) -> frozenset[int]:
    """Templates in which the object may stand. 70 and 77 stand for each other, since a
    contactless card answers GET PROCESSING OPTIONS with what are records elsewhere."""
    allowed = set(info.templates)
    if allowed & {0x70, 0x77}:
        allowed |= {0x70, 0x77, 0x80}
    if allowed & {0xBF0C, 0x73}:
        allowed |= {0xBF0C, 0x73, 0x70, 0x61}
    return frozenset(allowed)


def _value(node: Tlv, info: TagInfo, path: str) -> Iterator[TlvFault]:
    """A list inside of a primitive value, with the offset of its own fault."""
    check = _CHECKS.get(info.show)
    if check is None or not node.value:
        return
    try:
        check(node.value)
    except CodecError as error:
        inner = f"{path}/{node.tag_hex}" if path else node.tag_hex
        at = error.offset or 0
        padding = at < node.length and node.value[at] in (0x00, 0xFF) and info.show in _TAGGED
        rule = Rule.PADDING if padding else Rule.BAD_VALUE
        yield TlvFault(node.start + at, inner, rule, "{}", (error.what,))


def _dol(value: bytes) -> object:
    from harness.codec.dol import parse_dol

    return parse_dol(value)


def _tags(value: bytes) -> object:
    from harness.codec.dol import parse_tag_list

    return parse_tag_list(value)


def _afl(value: bytes) -> object:
    from harness.codec.afl import parse_afl

    return parse_afl(value)


def _cvm_list(value: bytes) -> object:
    from harness.codec.cvm import parse_cvm_list

    return parse_cvm_list(value)


def _digits(value: bytes) -> object:
    from harness.codec.formats import decode_cn

    return decode_cn(value)


def _track2(value: bytes) -> object:
    from harness.codec.track2 import parse_track2

    return parse_track2(value)


_TAGGED = ("dol", "tags")
_CHECKS: dict[str, Callable[[bytes], object]] = {
    "dol": _dol,
    "tags": _tags,
    "afl": _afl,
    "cvm-list": _cvm_list,
    "pan": _digits,
    "track2": _track2,
}
