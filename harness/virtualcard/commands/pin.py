"""VERIFY with a plaintext or an enciphered PIN (EMV Book 3, 6.5.12; Book 2, 7.2)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.crypto.pin import format2, open_enciphered_pin
from harness.virtualcard.answers import OK, Reply, status
from harness.virtualcard.state import Phase

if TYPE_CHECKING:
    from harness.virtualcard.application import CardApplication
    from harness.virtualcard.emv_card import EmvCard

PLAINTEXT, ENCIPHERED = 0x80, 0x88
NO_PIN, BLOCKED = 0x6984, 0x6983


def verify(card: EmvCard, command: CommandApdu) -> Reply:
    """63Cx with the tries that are left; 6983 when there were none, 6984 without a PIN.

    The whole block is compared, so a malformed one costs a try as a wrong PIN does. It may come
    any time between selection and the first GENERATE AC; enciphered, right after a GET CHALLENGE
    (6985), under the card's own key, as long as that key (6700).
    """
    if command.p1 or command.p2 not in (PLAINTEXT, ENCIPHERED):
        return status(0x6A86)
    app = card.current
    if app is None or app.txn.phase not in (Phase.SELECTED, Phase.INITIATED):
        return status(0x6985)
    if not app.has_pin:
        return status(NO_PIN)
    challenge, app.txn.challenge = app.txn.challenge, b""
    if command.p2 == ENCIPHERED:
        if not app.app.keys.icc:
            return status(0x6A86)
        if len(command.data) != app.perso.icc_key.public.length:
            return status(0x6700)
        if not challenge:
            return status(0x6985)
    elif len(command.data) != 8:
        return status(0x6700)
    if not app.memory.pin_tries:
        app.txn.pin_ok = False
        return status(BLOCKED)
    block: bytes | None = command.data
    if command.p2 == ENCIPHERED:
        block = open_enciphered_pin(app.perso.icc_key, command.data, challenge)
    return _compare(app, block)


def _compare(app: CardApplication, block: bytes | None) -> Reply:
    """The try is taken before the comparison, so that pulling the card cannot save it."""
    memory = app.memory
    memory.pin_tries -= 1
    app.txn.pin_ok = block is not None and hmac.compare_digest(block, format2(memory.pin))
    if not app.txn.pin_ok:
        return status(0x63C0 | memory.pin_tries)
    memory.pin_tries = app.app.pin_tries
    return OK
