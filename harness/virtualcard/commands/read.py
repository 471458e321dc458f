"""READ RECORD (EMV Book 1, 11.2; Book 3, 6.5.11) and GET DATA (Book 3, 6.5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.codec.tlv import encode
from harness.virtualcard.answers import Reply, status
from harness.virtualcard.commands.scripts import PURSE_TAGS
from harness.virtualcard.state import Phase

if TYPE_CHECKING:
    from harness.virtualcard.application import CardApplication
    from harness.virtualcard.emv_card import EmvCard

_BY_NUMBER = 0x04


def read_record(card: EmvCard, command: CommandApdu) -> Reply:
    """6A82 for an unknown file, 6A83 for an unknown record; the files of an application open
    with GET PROCESSING OPTIONS (6985 before it), its log and the directory with SELECT."""
    if command.p2 & 0x07 != _BY_NUMBER or not command.p1:
        return status(0x6A86)
    if command.data:
        return status(0x6700)
    sfi, number = command.p2 >> 3, command.p1
    if card.selected is None:
        return status(0x6985)
    app = card.current
    if app is None:
        return _directory(card, sfi, number)
    if app.app.log and sfi == app.app.log.sfi:
        return _entry(app.memory.log, number)
    if sfi not in app.perso.sfis:
        return status(0x6A82)
    if app.txn.phase is Phase.SELECTED:
        return status(0x6985)
    data = memory_first(app, sfi, number)
    return status(0x6A83) if data is None else Reply(data, 0x9000)


def memory_first(app: CardApplication, sfi: int, number: int) -> bytes | None:
    """A record as the issuer left it: written later, or personalised."""
    return app.memory.records.get((sfi, number)) or app.perso.records.get((sfi, number))


def _directory(card: EmvCard, sfi: int, number: int) -> Reply:
    pse = card.image.pse
    if pse is None or sfi != pse.sfi:
        return status(0x6A82)
    return _entry(card.directory, number)


def _entry(records: list[bytes], number: int) -> Reply:
    if number > len(records):
        return status(0x6A83)
    return Reply(records[number - 1], 0x9000)


def get_data(card: EmvCard, command: CommandApdu) -> Reply:
    """ATC 9F36, last online ATC register 9F13, PIN try counter 9F17, log format 9F4F, the purse's
    9F79, 9F77, 9F78 and 9F6D; 6A88 for anything else, and for those that this application has
    not."""
    if command.data:
        return status(0x6700)
    app = card.current
    if app is None:
        return status(0x6985)
    tag = command.p1 << 8 | command.p2
    value = _readable(app, tag)
    return status(0x6A88) if value is None else Reply(encode(tag, value), 0x9000)


def _readable(app: CardApplication, tag: int) -> bytes | None:
    memory = app.memory
    match tag:
        case 0x9F36:
            return memory.atc.to_bytes(2, "big")
        case 0x9F13:
            return memory.last_online_atc.to_bytes(2, "big")
        case 0x9F17 if app.has_pin:
            return bytes([memory.pin_tries])
        case 0x9F4F if app.app.log:
            return app.app.log.format
        case _:
            return _limit(app, tag)


def _limit(app: CardApplication, tag: int) -> bytes | None:
    """Balance and limits of the purse, amounts in n12; and what PUT DATA has written."""
    purse = app.app.purse
    if purse is None or tag not in PURSE_TAGS:
        return app.memory.objects.get(tag)
    issued = (app.memory.balance, purse.limit, purse.single_limit, purse.threshold)
    value = app.stored(tag, issued[PURSE_TAGS.index(tag)])
    return bytes.fromhex(f"{value:012d}")
