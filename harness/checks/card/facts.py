"""What was read from a card, every datum with the place that it was read at.

The facts are rebuilt from the exchanges alone, so that a rule judges what crossed the link and
not what the code that sent the commands believed. A datum that was not read is not a datum that
is missing: ``ApplicationFacts.complete`` tells them apart.
"""

from __future__ import annotations

from dataclasses import field

from harness.checks.card.replies import Reply
from harness.codec import tlv
from harness.codec.afl import AflEntry, parse_afl
from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.records.result import Evidence

AIP, AFL = 0x82, 0x94


@dataclass(frozen=True, slots=True)
class Datum:
    """A data object: ``where`` names the answer it came in (``record 1.1``, ``FCI``, ``GPO``)."""

    tag: int
    value: bytes
    where: str
    offset: int = 0
    exchange: int | None = None

    @property
    def place(self) -> str:
        """``record 1.1 offset 4``."""
        return f"{self.where} offset {self.offset}"

    @property
    def evidence(self) -> Evidence:
        """``57 at record 1.1 offset 4``."""
        return Evidence(f"{self.tag:02X} at {self.place}", self.exchange, self.offset)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A record as it was asked for; ``listed`` when the AFL names it."""

    sfi: int
    number: int
    reply: Reply
    tree: tlv.TlvTree
    signed: bool = False
    listed: bool = True

    @property
    def where(self) -> str:
        """``record 1.2``."""
        return f"record {self.sfi}.{self.number}"

    @property
    def evidence(self) -> Evidence:
        """The record as a whole."""
        return Evidence(self.where, self.reply.index)


@dataclass(slots=True)
class ApplicationFacts:
    """One application. ``aid`` is what was sent in SELECT, ``df_name`` what came back (84);
    ``checksum``: it was asked for a cryptographic checksum (magnetic-stripe mode)."""

    aid: bytes
    select: Reply
    fci: tlv.TlvTree
    gpo: Reply | None = None
    gpo_tree: tlv.TlvTree | None = None
    records: list[RecordFacts] = field(default_factory=list)
    get_data: dict[int, Reply] = field(default_factory=dict)
    internal_authenticate: list[Reply] = field(default_factory=list)
    cryptograms: list[Reply] = field(default_factory=list)
    data: list[Datum] = field(default_factory=list)
    log: list[RecordFacts] = field(default_factory=list)
    checksum: bool = False

    @property
    def log_entry(self) -> tuple[int, int] | None:
        """SFI and number of records of the transaction log (9F4D), or None without one."""
        value = self.get(0x9F4D) or b""
        return (value[0], value[1]) if len(value) == 2 and 11 <= value[0] <= 30 else None

    @property
    def df_name(self) -> bytes:
        """Tag 84 of the FCI, or nothing."""
        node = self.fci.find(0x84)
        return node.value if node else b""

    def find(self, tag: int) -> Datum | None:
        """First datum with this tag."""
        return next((datum for datum in self.data if datum.tag == tag), None)

    def find_all(self, tag: int) -> list[Datum]:
        """All data with this tag, in reading order."""
        return [datum for datum in self.data if datum.tag == tag]

    def get(self, tag: int) -> bytes | None:
        """Value of the first datum with this tag."""
        datum = self.find(tag)
        return datum.value if datum else None

    @property
    def contactless(self) -> bool:
        """Do its own data say that it was read through the air, whatever directory it was found
        by? It answered processing options with the cryptogram (one tap), or it has the track of
        magnetic-stripe mode (9F6B) and not the chip's, or was asked for its checksum."""
        tap = self.gpo_tree is not None and self.gpo_tree.find(0x9F26) is not None
        stripe = self.get(0x9F6B) is not None and self.get(0x57) is None
        return tap or stripe or self.checksum

    @property
    def aip(self) -> bytes | None:
        """Application Interchange Profile, two bytes, or None when it was not read."""
        value = self.get(AIP)
        return value if value is not None and len(value) == 2 else None

    @property
    def afl(self) -> tuple[AflEntry, ...] | None:
        """Entries of the AFL, or None when it was not read or cannot be parsed."""
        value = self.get(AFL)
        if value is None:
            return None
        try:
            return tuple(parse_afl(value))
        except CodecError:
            return None

    @property
    def complete(self) -> bool:
        """True when absence can be judged: GPO and every record of the AFL answered 9000, and
        nothing in them is masked."""
        if self.gpo is None or not self.gpo.whole or not self.select.whole or self.afl is None:
            return False
        have = {(record.sfi, record.number) for record in self.records if record.reply.whole}
        return all(
            (entry.sfi, number) in have
            for entry in self.afl
            for number in range(entry.first, entry.last + 1)
        )

    @property
    def signed_records(self) -> list[RecordFacts]:
        """Records that take part in offline data authentication, in AFL order."""
        return [record for record in self.records if record.signed]


@dataclass(slots=True)
class PseFacts:
    """The payment system environment: its FCI, and the directory records in order."""

    select: Reply
    fci: tlv.TlvTree
    records: list[RecordFacts] = field(default_factory=list)

    @property
    def entries(self) -> list[tuple[RecordFacts, tlv.Tlv]]:
        """The 61 templates, each with the directory record that holds it."""
        return [(record, entry) for record in self.records for entry in record.tree.find_all(0x61)]


@dataclass(slots=True)
class CardFacts:
    """Everything that a read-through gave, in order. ``ended`` names the failure that cut it.
    ``partial`` are the DF names that SELECT with ``partial_rid`` and next occurrence gave;
    ``contactless`` is set when the card was read through the contactless directory. ``unread`` is
    None for a card that was there; of a transcript, the number of answers that it does not show."""

    atr: bytes = b""
    pse: PseFacts | None = None
    applications: list[ApplicationFacts] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    ended: Reply | None = None
    partial_rid: bytes = b""
    contactless: bool = False
    partial: list[bytes] = field(default_factory=list)
    unread: int | None = None
