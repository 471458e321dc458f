"""Reading the payment system environment: the directory of a contact card.

EMV 4.4 Book 1, 12.2 (directory structure) and 12.3.2 (using the PSE).
"""

from __future__ import annotations

from dataclasses import field

from harness.codec.apdu import read_record, select
from harness.codec.status_word import StatusWord
from harness.codec.tlv import Tlv, TlvTree, parse
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.channel import Channel

PSE_NAME = b"1PAY.SYS.DDF01"
SPEC_PSE = Spec("EMV 4.4 Book 1", "12.3.2")

MAX_DIRECTORY_RECORDS = 64
"""More directory records than any card has; a card that never says 6A83 stops here."""


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One application of the directory. ``priority`` is the whole byte 87, None where absent;
    ``place`` is ``record 1 offset 4``."""

    aid: bytes
    label: bytes
    preferred_name: bytes
    priority: int | None
    place: str


@dataclass(slots=True)
class Directory:
    """What the PSE gave. ``sw`` is the answer to SELECT; ``faults`` say what broke its format;
    ``records`` are the raw answers by number."""

    sw: StatusWord
    fci: TlvTree | None = None
    sfi: int = 0
    records: list[tuple[int, StatusWord, bytes]] = field(default_factory=list)
    entries: list[DirectoryEntry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def card_blocked(self) -> bool:
        """6A81: card blocked, or SELECT not supported."""
        return self.sw == 0x6A81

    @property
    def usable(self) -> bool:
        """A directory with at least one entry and no format fault."""
        return bool(self.entries) and not self.faults


def read_directory(channel: Channel) -> Directory:
    """SELECT the PSE and read its directory file. Raises LinkError."""
    answer = channel.send(select(PSE_NAME))
    found = Directory(answer.sw)
    if not answer.ok:
        return found
    found.fci = parse(answer.data)
    sfi = found.fci.find(0x88)
    if sfi is None or len(sfi.value) != 1 or not 1 <= sfi.value[0] <= 10:
        found.faults.append(_("the FCI of the PSE has no SFI from 1 to 10 (tag 88)"))
        return found
    name = found.fci.find(0x84)
    if name is None or name.value != PSE_NAME:
        found.faults.append(_("the FCI of the PSE names another file (tag 84)"))
    found.sfi = sfi.value[0]
    _read_records(channel, found)
    return found


def _read_records(channel: Channel, found: Directory) -> None:
    for number in range(1, MAX_DIRECTORY_RECORDS + 1):
        answer = channel.send(read_record(found.sfi, number))
        found.records.append((number, answer.sw, answer.data))
        if answer.sw == 0x6A83:
            return
        if not answer.ok:
            found.faults.append(
                _("directory record {number} answered {sw}").format(number=number, sw=answer.sw)
            )
            return
        _take_entries(found, number, answer.data)
    found.faults.append(
        _("the directory has no end: {count} records read").format(count=MAX_DIRECTORY_RECORDS)
    )


def _take_entries(found: Directory, number: int, data: bytes) -> None:
    tree = parse(data)
    if tree.errors:
        found.faults.append(
            _("directory record {number}: {fault}").format(
                number=number, fault=tree.errors[0].message
            )
        )
    if len(tree.nodes) != 1 or tree.nodes[0].tag != 0x70:
        found.faults.append(
            _("directory record {number} is not one template 70").format(number=number)
        )
        return
    for entry in tree.nodes[0].children:
        if entry.tag == 0x61:
            _take_entry(found, number, entry)


def _take_entry(found: Directory, number: int, entry: Tlv) -> None:
    aid = entry.find(0x4F)
    place = f"record {number} offset {entry.offset}"
    if aid is None or not 5 <= len(aid.value) <= 16:
        found.faults.append(_("directory entry without an AID: {place}").format(place=place))
        return
    found.entries.append(
        DirectoryEntry(
            aid=aid.value,
            label=_value(entry, 0x50),
            preferred_name=_value(entry, 0x9F12),
            priority=_priority(entry),
            place=place,
        )
    )


def _value(node: Tlv, tag: int) -> bytes:
    found = node.find(tag)
    return found.value if found else b""


def _priority(node: Tlv) -> int | None:
    value = _value(node, 0x87)
    return value[0] if len(value) == 1 else None
