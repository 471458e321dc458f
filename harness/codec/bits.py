"""Values in words: bit fields, codes, lists, dates, amounts.

``describe`` is the one door; the bit names are data in ``harness/data/bitfields.toml``, and how a
tag is shown is part of its dictionary entry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from harness.codec.data import section
from harness.codec.tags import TagInfo, lookup
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec


@dataclass(frozen=True, slots=True)
class Bit:
    """One bit of a field: ``byte`` from 1, ``bit`` from 8 (left) to 1; an RFU bit has no name."""

    byte: int
    bit: int
    name: str

    @property
    def text(self) -> str:
        """``byte 1 bit 8: ...`` in the language in force; an RFU bit says so."""
        name = _(self.name) if self.name else _("RFU, but set")
        return _("byte {byte} bit {bit}: {name}").format(byte=self.byte, bit=self.bit, name=name)


@dataclass(frozen=True, slots=True)
class BitField:
    """A field of named bits; ``bytes`` holds eight names a byte, bit 8 first, empty for RFU."""

    slug: str
    name: str
    bytes: tuple[tuple[str, ...], ...]
    spec: Spec

    def bits(self) -> list[Bit]:
        """Every bit of the field, RFU ones included."""
        return [
            Bit(number, 8 - place, name)
            for number, names in enumerate(self.bytes, 1)
            for place, name in enumerate(names)
        ]


def fields() -> list[str]:
    """Slugs of every bit field: ``aip``, ``tvr``, ``ttq``, ..."""
    return list(section("bitfields")["bits"])


@cache
def bit_field(slug: str) -> BitField:
    """The field called ``slug``; raises KeyError for a name that ``fields`` does not list."""
    raw: dict[str, Any] = section("bitfields")["bits"][slug]
    return BitField(
        slug, raw["name"], tuple(tuple(names) for names in raw["bytes"]), Spec(*raw["spec"])
    )


def set_bits(slug: str, value: bytes) -> list[Bit]:
    """The bits that are set in ``value``, in order; bits beyond the field are RFU."""
    names = bit_field(slug).bytes
    found = []
    for index, byte in enumerate(value):
        row = names[index] if index < len(names) else ("",) * 8
        found += [
            Bit(index + 1, 8 - place, row[place]) for place in range(8) if byte & 0x80 >> place
        ]
    return found


def bit_lines(slug: str, value: bytes) -> list[str]:
    """One line for each set bit of ``value``; says when the length is wrong or no bit is set."""
    expected = len(bit_field(slug).bytes)
    lines = []
    if len(value) != expected:
        lines.append(
            _("{count} bytes, the field has {expected}").format(count=len(value), expected=expected)
        )
    numbers = counters(slug, value)
    found = [bit for bit in set_bits(slug, value) if ": bit " not in bit.name]
    lines += [bit.text for bit in found]
    lines += [f"{_(name)}: {count}" for name, count in numbers if count]
    return lines or [_("no bit is set")]


def counters(slug: str, value: bytes) -> list[tuple[str, int]]:
    """Numbers that stand in several bits of ``value``, by name: the field lists their bits as
    ``PIN tries left: bit 4`` and so on."""
    found: dict[str, int] = {}
    for bit in bit_field(slug).bits():
        name, colon, place = bit.name.rpartition(": bit ")
        if colon and bit.byte <= len(value):
            is_set = value[bit.byte - 1] >> (bit.bit - 1) & 1
            found[name] = found.get(name, 0) | is_set << (int(place) - 1)
    return list(found.items())


def describe(
    tag: int,
    value: bytes,
    *,
    aid: bytes | None = None,
    kernel: int | None = None,
    mask: bool = True,
) -> list[str]:
    """``value`` of ``tag`` in words, one line a fact; empty where there is nothing to add to hex.

    What is sensitive is masked unless ``mask`` is false. Never raises: a value that does not
    follow its coding is described as far as it goes, with the fault named.
    """
    info = lookup(tag, aid=aid, kernel=kernel)
    return [] if info is None else describe_info(info, value, aid=aid, mask=mask)


def describe_info(
    info: TagInfo, value: bytes, *, aid: bytes | None = None, mask: bool = True
) -> list[str]:
    """``describe`` where the dictionary entry is known already."""
    from harness.codec.show import show

    return show(info, value, aid=aid, mask=mask)
