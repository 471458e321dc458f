"""Application File Locator, tag 94: EMV 4.4 Book 3, 10.2."""

from __future__ import annotations

from harness.core.errors import CodecError
from harness.core.i18n import N_
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC_AFL = Spec("EMV 4.4 Book 3", "10.2")


@dataclass(frozen=True, slots=True)
class AflEntry:
    """Records ``first`` to ``last`` of file ``sfi``; the first ``signed`` of them take part in
    offline data authentication."""

    sfi: int
    first: int
    last: int
    signed: int

    @property
    def records(self) -> range:
        """Record numbers, in order."""
        return range(self.first, self.last + 1)

    def to_bytes(self) -> bytes:
        """The four bytes of the entry."""
        return bytes((self.sfi << 3, self.first, self.last, self.signed))


def parse_afl(data: bytes) -> tuple[AflEntry, ...]:
    """The entries of ``data``, four bytes each.

    Raises CodecError where EMV 4.4 Book 3, 10.2 ends the transaction: a length that is no multiple
    of four or zero, an SFI outside 1-30 or with low bits set, a first record 0, a last record
    before the first, more signed records than there are. ``partial`` holds the entries before.
    """
    if not data or len(data) % 4:
        raise CodecError(f"an AFL has 4 bytes for each entry, this one has {len(data)} in all")
    entries: list[AflEntry] = []
    for offset in range(0, len(data), 4):
        first_byte, first, last, signed = data[offset : offset + 4]
        problem = _problem(first_byte, first, last, signed)
        if problem:
            raise CodecError(problem, offset=offset, path="94", partial=tuple(entries))
        entries.append(AflEntry(first_byte >> 3, first, last, signed))
    return tuple(entries)


def _problem(first_byte: int, first: int, last: int, signed: int) -> str:
    if first_byte & 0x07:
        return N_(f"the low three bits of {first_byte:02X} are not zero")
    if not 1 <= first_byte >> 3 <= 30:
        return N_(f"SFI {first_byte >> 3} is not in 1 to 30")
    if not first:
        return N_("the first record is 0")
    if last < first:
        return N_(f"the last record {last} stands before the first {first}")
    if signed > last - first + 1:
        return N_(f"{signed} signed records of only {last - first + 1}")
    return ""
