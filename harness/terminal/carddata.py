"""What the card said, each datum with the place that it came from."""

from __future__ import annotations

from collections.abc import Iterable

from harness.codec.tlv import Tlv, walk
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Datum:
    """One primitive data object. ``source`` is ``record 1.2`` or ``GENERATE AC 1``; ``offset``
    counts from the start of that answer."""

    tag: int
    value: bytes
    source: str
    offset: int

    @property
    def where(self) -> str:
        """``record 1.2 offset 21``."""
        return f"{self.source} offset {self.offset}"


class CardData:
    """Data objects by tag, in the order in which they came; the first one of a tag counts."""

    def __init__(self) -> None:
        self._data: dict[int, list[Datum]] = {}

    def add(self, tag: int, value: bytes, source: str, offset: int = 0) -> Datum:
        """Remember one datum; an earlier one of the same tag stays and keeps counting."""
        datum = Datum(tag, value, source, offset)
        self._data.setdefault(tag, []).append(datum)
        return datum

    def take(self, nodes: Iterable[Tlv], source: str) -> list[Datum]:
        """Add every primitive object at or below ``nodes``; returns those whose tag was known
        already (repeats)."""
        repeats = []
        for node in walk(nodes):
            if not node.constructed:
                known = node.tag in self._data
                datum = self.add(node.tag, node.value, source, node.offset)
                if known:
                    repeats.append(datum)
        return repeats

    def replace(self, tag: int, value: bytes, source: str, offset: int = 0) -> None:
        """Forget earlier ones: what a later command returns anew (9F36, 9F27, 9F26, 9F10)."""
        self._data[tag] = [Datum(tag, value, source, offset)]

    def forget(self, tag: int) -> None:
        """The card gives this one no longer."""
        self._data.pop(tag, None)

    def get(self, tag: int) -> bytes | None:
        """Value of ``tag``, or None where the card did not give one."""
        found = self._data.get(tag)
        return found[0].value if found else None

    def values(self) -> dict[int, bytes]:
        """The value that counts of each tag."""
        return {tag: found[0].value for tag, found in self._data.items()}

    def where(self, tag: int) -> str:
        """Place of ``tag``, or an empty string."""
        found = self._data.get(tag)
        return found[0].where if found else ""

    def all(self, tag: int) -> tuple[Datum, ...]:
        """Every occurrence of ``tag``."""
        return tuple(self._data.get(tag, ()))

    def __contains__(self, tag: int) -> bool:
        return tag in self._data

    def __len__(self) -> int:
        return len(self._data)
