"""Data object lists: EMV 4.4 Book 3, 5.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from harness.core.errors import CodecError
from harness.core.i18n import N_
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC_DOL = Spec("EMV 4.4 Book 3", "5.4")
MAX_TAG_BYTES = 3
"""ISO/IEC 7816-4, 5.2.2.1."""


@dataclass(frozen=True, slots=True)
class DolEntry:
    """A tag, and how many bytes of it are wanted."""

    tag: int
    length: int

    @property
    def constructed(self) -> bool:
        """True for a template, which a DOL must not ask for."""
        leading = self.tag >> (max(self.tag.bit_length() - 1, 0) // 8 * 8)
        return bool(leading & 0x20)

    def to_bytes(self) -> bytes:
        """Tag and length as a DOL codes them."""
        size = max(1, (self.tag.bit_length() + 7) // 8)
        return self.tag.to_bytes(size, "big") + bytes((self.length,))


@lru_cache(maxsize=256)
def parse_dol(data: bytes) -> tuple[DolEntry, ...]:
    """The entries of a DOL: tag, and a length of one byte, each. Kept, for a transaction asks for
    the same few lists again and again.

    Raises CodecError with the offset of the entry that is cut off or whose tag is malformed;
    ``partial`` holds the entries before it.
    """
    entries: list[DolEntry] = []
    position = 0
    while position < len(data):
        start, position = position, _tag_end(data, position)
        if position >= len(data):
            raise CodecError(
                N_("the DOL ends inside a tag")
                if position > len(data)
                else N_(f"the DOL ends after tag {data[start:position].hex().upper()}: no length"),
                offset=start,
                partial=tuple(entries),
            )
        if data[start] in (0x00, 0xFF) or position - start > MAX_TAG_BYTES:
            raise CodecError(
                f"not a tag in a DOL: {data[start : min(position, start + 4)].hex().upper()}",
                offset=start,
                partial=tuple(entries),
            )
        entries.append(DolEntry(int.from_bytes(data[start:position], "big"), data[position]))
        position += 1
    return tuple(entries)


def parse_tag_list(data: bytes) -> tuple[int, ...]:
    """The tags of a list without lengths (9F4A, 5C). Raises CodecError with the offset of a tag
    that is cut off or is none; ``partial`` holds those before it."""
    tags: list[int] = []
    position = 0
    while position < len(data):
        start, position = position, _tag_end(data, position)
        if position > len(data):
            raise CodecError("the tag list ends inside a tag", offset=start, partial=tuple(tags))
        if data[start] in (0x00, 0xFF) or position - start > MAX_TAG_BYTES:
            raise CodecError(
                f"not a tag in a tag list: {data[start : min(position, start + 4)].hex().upper()}",
                offset=start,
                partial=tuple(tags),
            )
        tags.append(int.from_bytes(data[start:position], "big"))
    return tuple(tags)


def _tag_end(data: bytes, start: int) -> int:
    """Offset behind the tag at ``start``; beyond the data where the tag is cut off."""
    end = start + 1
    if data[start] & 0x1F == 0x1F:
        while end < len(data) and data[end] & 0x80:
            end += 1
        end += 1
    return end


def build_dol(entries: Iterable[DolEntry], values: Mapping[int, bytes]) -> bytes:
    """The concatenated data that ``entries`` ask for, from ``values`` by tag.

    A value that is absent, or asked for as a template, is zeros; one of another length is cut or
    padded by its format (EMV 4.4 Book 3, 5.4).
    """
    return b"".join(_fit(entry, values.get(entry.tag)) for entry in entries)


def split_dol(entries: Iterable[DolEntry], data: bytes) -> list[tuple[int, bytes]]:
    """Each tag with its part of ``data``. Raises CodecError when the lengths do not add up."""
    wanted = list(entries)
    total = sum(entry.length for entry in wanted)
    parts: list[tuple[int, bytes]] = []
    position = 0
    for entry in wanted:
        parts.append((entry.tag, data[position : position + entry.length]))
        position += entry.length
    if total != len(data):
        raise CodecError(
            f"the DOL asks for {total} bytes, the data has {len(data)}",
            offset=min(total, len(data)),
            partial=parts,
        )
    return parts


def dol_length(entries: Iterable[DolEntry]) -> int:
    """Bytes that the list asks for."""
    return sum(entry.length for entry in entries)


def _fit(entry: DolEntry, value: bytes | None) -> bytes:
    wanted = entry.length
    if value is None or entry.constructed:
        return bytes(wanted)
    if len(value) == wanted:
        return value
    from harness.codec.tags import lookup

    info = lookup(entry.tag)
    kind = info.format if info else "b"
    if len(value) > wanted:
        return value[len(value) - wanted :] if kind == "n" else value[:wanted]
    missing = wanted - len(value)
    if kind == "n":
        return bytes(missing) + value
    return value + (b"\xff" if kind == "cn" else b"\x00") * missing
