"""Reading the records that the AFL lists, with everything that is wrong with them.

EMV 4.4 Book 3, 10.2 (read application data) and 7.5 (erroneous or missing data). The engine only
collects; whether a fault ends the transaction is the caller's business.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from harness.codec.afl import AflEntry
from harness.codec.apdu import read_record
from harness.codec.status_word import StatusWord
from harness.codec.tags import lookup
from harness.codec.tlv import TlvTree, parse
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.carddata import CardData
from harness.terminal.channel import Channel

if TYPE_CHECKING:
    from harness.codec.tlv_lenient import TlvFault

SPEC_READ = Spec("EMV 4.4 Book 3", "10.2", verified=False)
SPEC_MISSING = Spec("EMV 4.4 Book 3", "7.5", verified=False)

MAX_RECORDS = 255
"""Records read for one application; an AFL of 252 bytes can list 16,065."""

MANDATORY = {
    0x5F24: "Application Expiration Date",
    0x5A: "Application PAN",
    0x8C: "CDOL1",
    0x8D: "CDOL2",
}
"""EMV 4.4 Book 3, 7.2."""


class ReadFaultKind(StrEnum):
    """What can be wrong with a record."""

    STATUS = "status"
    TEMPLATE = "template"
    CODING = "coding"
    REPEAT = "repeat"
    EMPTY = "empty"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class ReadFault:
    """One fault. ``text`` names its place, ``place`` is the record's name or the AFL; ``fatal``
    where the books end the transaction for it."""

    kind: ReadFaultKind
    text: str
    place: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class RecordRead:
    """One record as it came. ``signed``: offline data authentication covers it."""

    sfi: int
    number: int
    signed: bool
    sw: StatusWord
    data: bytes
    tree: TlvTree

    @property
    def name(self) -> str:
        """``record 1.2``: SFI 1, record 2."""
        return f"record {self.sfi}.{self.number}"


def read_records(
    channel: Channel, entries: tuple[AflEntry, ...], card: CardData
) -> tuple[list[RecordRead], list[ReadFault]]:
    """Read every listed record into ``card``. Raises LinkError."""
    records: list[RecordRead] = []
    faults: list[ReadFault] = []
    for entry in entries:
        for place, number in enumerate(entry.records):
            if len(records) >= MAX_RECORDS:
                faults.append(_too_many())
                return records, faults
            answer = channel.send(read_record(entry.sfi, number))
            record = RecordRead(
                entry.sfi, number, place < entry.signed, answer.sw, answer.data, parse(answer.data)
            )
            records.append(record)
            faults.extend(take(record, card))
    return records, faults


def take(record: RecordRead, card: CardData) -> list[ReadFault]:
    """Judge one record and put its data objects into ``card``."""
    if record.sw != 0x9000:
        text = _("{name} answered {sw}").format(name=record.name, sw=record.sw)
        return [ReadFault(ReadFaultKind.STATUS, text, record.name)]
    tree = record.tree
    if len(tree.nodes) != 1 or tree.nodes[0].tag != 0x70:
        text = _("{name} is not one template 70").format(name=record.name)
        return [ReadFault(ReadFaultKind.TEMPLATE, text, record.name, fatal=record.sfi <= 10)]
    faults = [_coding(record, error) for error in tree.errors]
    for datum in card.take(tree.nodes, record.name):
        first = card.all(datum.tag)[0]
        text = _("tag {tag} stands at {first} and again at {second}").format(
            tag=f"{datum.tag:02X}", first=first.where, second=datum.where
        )
        fatal = lookup(datum.tag) is not None
        faults.append(ReadFault(ReadFaultKind.REPEAT, text, record.name, fatal=fatal))
    return faults + _empty(record)


def _coding(record: RecordRead, error: TlvFault) -> ReadFault:
    from harness.codec.tlv_lenient import Rule

    return ReadFault(
        ReadFaultKind.CODING,
        f"{record.name} offset {error.offset}: {error.message}",
        record.name,
        fatal=error.rule is not Rule.REPEAT or _known(record.tree, error.offset),
    )


def _known(tree: TlvTree, offset: int) -> bool:
    """Does a terminal know the tag there? What it does not know, it passes over, as often as it
    comes."""
    return any(node.offset == offset and lookup(node.tag) is not None for node in tree.walk())


def _empty(record: RecordRead) -> list[ReadFault]:
    return [
        ReadFault(
            ReadFaultKind.EMPTY,
            _("tag {tag} in {name} is empty").format(tag=node.tag_hex, name=record.name),
            record.name,
            fatal=False,
        )
        for node in record.tree.walk()
        if not node.constructed and not node.value
    ]


def missing(card: CardData) -> list[str]:
    """Mandatory data objects that the card did not give, ``5A Application PAN``."""
    return [f"{tag:02X} {name}" for tag, name in MANDATORY.items() if not card.get(tag)]


def _too_many() -> ReadFault:
    text = _("the AFL lists more than {count} records").format(count=MAX_RECORDS)
    return ReadFault(ReadFaultKind.LIMIT, text, "AFL")
