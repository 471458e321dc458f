"""The card's transaction log: where it is, what a record of it means, and the records.

EMV 4.4 Book 3, Annex D: the log entry 9F4D stands in the FCI issuer discretionary data (BF0C), the
log format 9F4F is a DOL that GET DATA gives, and the records are plain values without tags.
"""

from __future__ import annotations

from harness.codec.apdu import get_data, read_record
from harness.codec.dol import DolEntry, parse_dol, split_dol
from harness.codec.tlv import TlvTree, parse
from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.channel import Channel

SPEC_LOG = Spec("EMV 4.4 Book 3", "Annex D")

LOG_ENTRY, LOG_FORMAT = 0x9F4D, 0x9F4F
FIRST_SFI, LAST_SFI = 11, 30


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One transaction in the card's log: its number (1 is the last one) and its values by tag."""

    number: int
    values: tuple[tuple[int, bytes], ...]
    raw: bytes

    def get(self, tag: int) -> bytes | None:
        """Value of ``tag``, None where the log does not keep it."""
        return dict(self.values).get(tag)


@dataclass(frozen=True, slots=True)
class CardLog:
    """``fault`` says why there is none, or why it ends early; empty where all is well. ``dol`` is
    the log format 9F4F as it came, ``format`` the same taken apart."""

    sfi: int = 0
    size: int = 0
    format: tuple[DolEntry, ...] = ()
    records: tuple[LogRecord, ...] = ()
    fault: str = ""
    dol: bytes = b""


def log_entry(fci: TlvTree) -> tuple[int, int] | None:
    """SFI and greatest number of records out of 9F4D; None where the application keeps no log, or
    names an SFI that cannot be one."""
    node = fci.find(LOG_ENTRY)
    if node is None or node.length != 2 or not FIRST_SFI <= node.value[0] <= LAST_SFI:
        return None
    return node.value[0], node.value[1]


def read_log(channel: Channel, fci: TlvTree) -> CardLog:
    """Read the log of the application that is selected, whose FCI is ``fci``.

    At most as many records are read as 9F4D says. Raises LinkError.
    """
    place = log_entry(fci)
    if place is None:
        return CardLog(fault=_("the application names no transaction log (9F4D)"))
    sfi, size = place
    given = _format(channel)
    if isinstance(given, str):
        return CardLog(sfi, size, fault=given)
    dol, entries = given
    records: list[LogRecord] = []
    fault = ""
    for number in range(1, size + 1):
        answer = channel.send(read_record(sfi, number))
        if answer.sw == 0x6A83:
            break
        if not answer.ok:
            fault = _("log record {number} answered {sw}").format(number=number, sw=answer.sw)
            break
        try:
            values = tuple(split_dol(entries, answer.data))
        except CodecError as error:
            fault = _("log record {number}: {why}").format(number=number, why=error.what)
            break
        records.append(LogRecord(number, values, answer.data))
    return CardLog(sfi, size, entries, tuple(records), fault, dol)


def _format(channel: Channel) -> tuple[bytes, tuple[DolEntry, ...]] | str:
    answer = channel.send(get_data(LOG_FORMAT))
    if not answer.ok:
        return _("the log format (9F4F) cannot be read: {sw}").format(sw=answer.sw)
    node = parse(answer.data).find(LOG_FORMAT)
    if node is None:
        return _("the answer holds no log format (9F4F)")
    try:
        entries = parse_dol(node.value)
    except CodecError as error:
        return _("the log format is malformed: {why}").format(why=error.what)
    return (node.value, entries) if entries else _("the log format (9F4F) is empty")
