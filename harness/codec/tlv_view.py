"""Data objects for programs (the JSON shape) and for people (an indented tree)."""

from __future__ import annotations

from typing import Any

from harness.codec import codes, formats
from harness.codec.bits import describe_info
from harness.codec.redact import mask_tree
from harness.codec.tags import TagInfo, lookup, meanings
from harness.codec.tlv import Tlv, TlvTree
from harness.codec.tlv_rules import TEMPLATES, allowed_in, dictionary_faults
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _

CONTEXT_TAGS = (0x84, 0x4F, 0x9F06)
"""Tags whose value tells the application, where the caller did not."""

WRAP = 64
"""Hex digits of a value on one line of text."""


class TlvView:
    """One parsed input with its context: ``aid`` and ``kernel`` decide between scoped tags;
    without an AID, the first one in the data does."""

    def __init__(
        self,
        tree: TlvTree,
        *,
        aid: bytes | None = None,
        kernel: int | None = None,
        mask: bool = True,
    ) -> None:
        self.tree = tree
        self.kernel = kernel
        self.mask = mask
        self.aid = aid if aid is not None else _own_aid(tree)
        self._hex, self._masked = (
            mask_tree(tree, aid=self.aid) if mask else (to_hex(tree.data), set())
        )
        self._currency = _currency(tree)
        self._named = tree.find(0x9F12)

    def nodes(self) -> list[dict[str, Any]]:
        """The JSON objects: tag, name, offset, length, value, children of templates, fields,
        and ``masked`` where something in the value is."""
        return [self._node(node, None, "") for node in self.tree.nodes]

    def errors(self) -> list[dict[str, Any]]:
        """Faults by offset: offset, message, the path of what stands around, and the rule. Those
        of the coding come first, then those that need the dictionary."""
        found = [*self.tree.errors, *dictionary_faults(self.tree, aid=self.aid, kernel=self.kernel)]
        return [
            {
                "offset": fault.offset,
                "message": fault.message,
                "path": fault.path,
                "rule": fault.rule.value,
            }
            for fault in sorted(found, key=lambda fault: fault.offset)
        ]

    def lines(self) -> list[str]:
        """The tree as text, two columns of indent a level; values in words below their hex."""
        out: list[str] = []
        for node in self.tree.nodes:
            self._lines(node, None, "", 0, out)
        return out or [_("no data object in {data}").format(data=self._hex[:WRAP])]

    def value(self, node: Tlv) -> str:
        """Value of ``node`` in hex, masked where it is sensitive."""
        start = node.offset + node.header
        return self._hex[2 * start : 2 * node.end]

    def name(self, node: Tlv, path: str = "") -> str:
        """Name by the dictionary, in context; ``path`` holds the tags around it (``62/A5``)."""
        info = self._info(node, path)
        return _(info.name) if info else _("unknown tag")

    def _info(self, node: Tlv, path: str) -> TagInfo | None:
        return lookup(node.tag, aid=self.aid, kernel=self.kernel, length=node.length, path=path)

    def _fields(self, node: Tlv, parent: Tlv | None, path: str) -> list[str]:
        info = self._info(node, path)
        if info is None:
            return []
        hidden = self.mask and node.offset in self._masked
        found: list[str] = []
        if not node.constructed and not (hidden and info.show not in ("pan", "track1", "track2")):
            found = (
                self._amount(info, node)
                or self._preferred_name(info, node)
                or describe_info(info, node.value, aid=self.aid, mask=self.mask)
            )
        return found + _notes(info, node, parent)

    def _amount(self, info: TagInfo, node: Tlv) -> list[str]:
        if info.show != "amount" or self._currency is None:
            return []
        try:
            minor = int(formats.decode_n(node.value) or "0")
        except CodecError:
            return []
        return [formats.format_amount(minor, self._currency.exponent, self._currency.code)]

    def _preferred_name(self, info: TagInfo, node: Tlv) -> list[str]:
        """Application preferred name (9F12) in the part of ISO/IEC 8859 that 9F11 names."""
        index = self.tree.find(0x9F11) if info.tag == 0x9F12 and self._named is node else None
        if index is None or index.length != 1:
            return []
        part = index.value.hex()
        if not part.isdigit() or not 1 <= int(part) <= 10:
            return []
        try:
            text = formats.decode_ans(node.value, int(part))
        except CodecError as error:
            return [_("does not follow its coding: {what}").format(what=error.what)]
        return [_("{name} (ISO/IEC 8859-{part})").format(name=f'"{text}"', part=int(part))]

    def _node(self, node: Tlv, parent: Tlv | None, path: str) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "tag": node.tag_hex,
            "name": self.name(node, path),
            "offset": node.offset,
            "length": node.length,
            "value": self.value(node),
        }
        if node.constructed:
            inner = _inner(path, node)
            shown["children"] = [self._node(child, node, inner) for child in node.children]
        shown["fields"] = self._fields(node, parent, path)
        if node.offset in self._masked:
            shown["masked"] = True
        return shown

    def _lines(self, node: Tlv, parent: Tlv | None, path: str, depth: int, out: list[str]) -> None:
        pad = "  " * min(depth, 20)
        out.append(f"{pad}{node.tag_hex} {self.name(node, path)}  [{node.length}]")
        if not node.constructed:
            text = self.value(node)
            out += [f"{pad}      {text[at : at + WRAP]}" for at in range(0, len(text), WRAP)]
        out += [f"{pad}      {line}" for line in self._fields(node, parent, path)]
        inner = _inner(path, node) if node.children else ""
        for child in node.children:
            self._lines(child, node, inner, depth + 1, out)


def _inner(path: str, node: Tlv) -> str:
    """The path of what stands in ``node``: its last two tags are all that names depend on."""
    return f"{path.rpartition('/')[2]}/{node.tag_hex}" if path else node.tag_hex


def _own_aid(tree: TlvTree) -> bytes | None:
    """The first AID that the data names; a directory name (``1PAY.SYS``) is none."""
    for tag in CONTEXT_TAGS:
        node = tree.find(tag)
        if node is not None and 5 <= node.length <= 16 and b"PAY.SYS" not in node.value:
            return node.value
    return None


def _currency(tree: TlvTree) -> codes.Currency | None:
    """The currency that amounts in the same data are in, where it is told once."""
    for tag in (0x5F2A, 0x9F42, 0x9F51):
        node = tree.find(tag)
        if node is not None and node.length == 2:
            return codes.currency(node.value.hex()[1:])
    return None


def _notes(info: TagInfo, node: Tlv, parent: Tlv | None) -> list[str]:
    """What the dictionary says against this object: no coding faults, but worth a look."""
    notes = []
    if not info.length_ok(node.length):
        allowed = str(info.min_len)
        if info.max_len != info.min_len:
            allowed = f"{info.min_len}-{info.max_len if info.max_len is not None else ''}"
        notes.append(
            _("note: {count} bytes, the dictionary says {allowed}").format(
                count=node.length, allowed=allowed
            )
        )
    misplaced = parent is not None and info.templates and parent.tag not in allowed_in(info)
    if parent is not None and misplaced and parent.tag in TEMPLATES:
        notes.append(_("note: not expected in template {tag}").format(tag=parent.tag_hex))
    if info.guess:
        known = _("note: meaning depends on the scheme ({scope} shown)")
        if len([entry for entry in meanings(info.tag) if not entry.within]) == 1:
            known = _("note: the meaning that it has for {scope}")
        notes.append(known.format(scope=info.scope or _("EMV")))
    return notes
