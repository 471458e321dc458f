"""Issuer script commands, protected by secure messaging (EMV Book 3, 6.5; Book 2, 9).

They are taken once the transaction has its first cryptogram, from which the session keys come.
Every one that is carried out is counted, every one that is not is remembered, and the issuer
reads both in the card verification results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.crypto import messaging
from harness.virtualcard.answers import OK, Reply, status
from harness.virtualcard.risk import LOWER_AMOUNT, LOWER_COUNT, UPPER_AMOUNT, UPPER_COUNT

if TYPE_CHECKING:
    from harness.virtualcard.application import CardApplication
    from harness.virtualcard.emv_card import EmvCard

CLASSES = (0x04, 0x84)
"""Secure messaging without tags (ISO/IEC 7816-4: proprietary format)."""

WRONG_MAC, NO_MAC, WRONG_DATA, SEQUENCE = 0x6988, 0x6987, 0x6A80, 0x6985
BALANCE, PURSE_LIMIT, SINGLE_LIMIT, THRESHOLD = 0x9F79, 0x9F77, 0x9F78, 0x9F6D
PURSE_TAGS = (BALANCE, PURSE_LIMIT, SINGLE_LIMIT, THRESHOLD)
_AMOUNT = 6
WRITABLE = {LOWER_COUNT: 1, UPPER_COUNT: 1, LOWER_AMOUNT: _AMOUNT, UPPER_AMOUNT: _AMOUNT}
"""What PUT DATA may write beside the purse, and how long it is."""

_BY_NUMBER = 0x04
_MAX_RECORD = 254
Action = Callable[["EmvCard", "CardApplication", CommandApdu, bytes], Reply]


def script_command(card: EmvCard, command: CommandApdu) -> Reply:
    """Any command of ``ACTIONS``: 6985 before the first cryptogram, 6987 without a MAC, 6988 where
    it (or the padding of enciphered data) is wrong."""
    app = card.current
    if app is None or app.txn.first is None:
        return status(SEQUENCE)
    method = messaging.method_of(app.perso.cryptograms)
    if len(command.data) < method.mac:
        return status(NO_MAC)
    plain = messaging.open_command(
        app.perso.cryptograms,
        app.perso.master_keys,
        command.to_bytes()[: 5 + len(command.data)],
        atc=app.memory.atc.to_bytes(2, "big"),
        arqc=app.txn.cryptogram,
        secret=command.ins == messaging.PIN_CHANGE_INS and command.p2 in (1, 2),
    )
    reply = status(WRONG_MAC) if plain is None else ACTIONS[command.ins](card, app, command, plain)
    if reply.sw == 0x9000:
        app.memory.scripts += 1
    else:
        app.memory.script_failed = True
    return reply


def _no_parameters(command: CommandApdu, plain: bytes) -> Reply | None:
    if command.p1 or command.p2:
        return status(0x6A86)
    return status(WRONG_DATA) if plain else None


def _block_application(
    card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes
) -> Reply:
    refused = _no_parameters(command, plain)
    app.memory.blocked = app.memory.blocked or refused is None
    return refused or OK


def _unblock_application(
    card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes
) -> Reply:
    refused = _no_parameters(command, plain)
    app.memory.blocked = app.memory.blocked and refused is not None
    return refused or OK


def _block_card(card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes) -> Reply:
    """For good: no application can be selected from now on, and no command takes it back."""
    refused = _no_parameters(command, plain)
    card.blocked = card.blocked or refused is None
    return refused or OK


def _change_pin(card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes) -> Reply:
    """P2 00 sets the try counter, 01 and 02 change the PIN as well (EMV Book 3, 6.5.10)."""
    if command.p1 or command.p2 > 2:
        return status(0x6A86)
    if not app.has_pin:
        return status(SEQUENCE)
    if command.p2:
        perso, memory = app.perso, app.memory
        new = messaging.pin_of_change(
            perso.cryptograms, perso.master_keys, command.p2, plain, current=memory.pin
        )
        if new is None:
            return status(WRONG_DATA)
        memory.pin = new
    elif plain:
        return status(WRONG_DATA)
    app.memory.pin_tries = app.app.pin_tries
    return OK


def _put_data(card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes) -> Reply:
    """6A88 for a tag that is not the issuer's to write, 6A80 for a value that cannot be."""
    tag = command.p1 << 8 | command.p2
    size = _AMOUNT if app.app.purse and tag in PURSE_TAGS else WRITABLE.get(tag)
    if size is None:
        return status(0x6A88)
    if len(plain) != size or (size == _AMOUNT and not plain.hex().isdigit()):
        return status(WRONG_DATA)
    if tag == BALANCE:
        return _load(app, int(plain.hex()))
    app.memory.objects[tag] = plain
    return OK


def _load(app: CardApplication, balance: int) -> Reply:
    purse = app.app.purse
    if purse is None or balance > app.stored(PURSE_LIMIT, purse.limit):
        return status(WRONG_DATA)
    app.memory.balance = balance
    return OK


def _update_record(
    card: EmvCard, app: CardApplication, command: CommandApdu, plain: bytes
) -> Reply:
    """A whole record; one that is not there cannot be made."""
    if command.p2 & 0x07 != _BY_NUMBER or not command.p1:
        return status(0x6A86)
    place = (command.p2 >> 3, command.p1)
    if place[0] not in app.perso.sfis:
        return status(0x6A82)
    if place not in app.perso.records:
        return status(0x6A83)
    if not plain or len(plain) > _MAX_RECORD:
        return status(WRONG_DATA)
    app.memory.records[place] = plain
    return OK


ACTIONS: dict[int, Action] = {
    0x16: _block_card,
    0x18: _unblock_application,
    0x1E: _block_application,
    0x24: _change_pin,
    0xDA: _put_data,
    0xDC: _update_record,
}
"""INS to what it does (EMV Book 3, 6.5; PUT DATA and UPDATE RECORD: ISO/IEC 7816-4)."""
