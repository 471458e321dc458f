"""GET PROCESSING OPTIONS (EMV Book 3, 6.5.8 and 10.1): a transaction begins, the ATC goes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.codec.dol import dol_length, split_dol
from harness.codec.tlv import encode
from harness.virtualcard.answers import Reply, status
from harness.virtualcard.state import Phase

if TYPE_CHECKING:
    from harness.virtualcard.application import CardApplication
    from harness.virtualcard.emv_card import EmvCard

LAST_TRANSACTION = 0xFFFF


def get_processing_options(card: EmvCard, command: CommandApdu) -> Reply:
    """6985 outside a fresh selection and for a worn-out counter; 6700 where the data does not have
    the length that the PDOL asks for. A blocked application begins too, and declines (EMV Book 3,
    6.5.1)."""
    if command.p1 or command.p2:
        return status(0x6A86)
    app = card.current
    if app is None or app.txn.phase is not Phase.SELECTED:
        return status(0x6985)
    if app.memory.atc >= LAST_TRANSACTION:
        return status(0x6985)
    data = command.data
    if len(data) < 2:
        return status(0x6700)
    if data[0] != 0x83:
        return status(0x6A80)
    value = _value(data)
    if value is None or len(value) != dol_length(app.perso.pdol):
        return status(0x6700)
    app.txn.pdol_data = value
    app.txn.values.update(split_dol(app.perso.pdol, value))
    app.txn.past = app.memory.past()
    app.memory.atc += 1
    app.txn.phase = Phase.INITIATED
    return Reply(_options(app), 0x9000)


def _value(data: bytes) -> bytes | None:
    """Value of the command template; None where its length does not fit the data."""
    if data[1] < 0x80:
        return data[2:] if len(data) == 2 + data[1] else None
    if data[1] == 0x81 and len(data) >= 3:
        return data[3:] if len(data) == 3 + data[2] else None
    return None


def _options(app: CardApplication) -> bytes:
    """Format 1: 80 with AIP and AFL in a row; format 2: 77 with the objects."""
    aip, afl = app.app.aip, app.perso.afl
    if app.app.gpo_format == 1:
        return encode(0x80, aip + afl)
    return encode(0x77, encode(0x82, aip) + encode(0x94, afl))
