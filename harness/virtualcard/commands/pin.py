"""VERIFY with a plaintext PIN (EMV Book 3, 6.5.12)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.crypto.pin import format2
from harness.virtualcard.answers import OK, Reply, status
from harness.virtualcard.state import Phase

if TYPE_CHECKING:
    from harness.virtualcard.emv_card import EmvCard

PLAINTEXT = 0x80
NO_PIN, BLOCKED = 0x6984, 0x6983


def verify(card: EmvCard, command: CommandApdu) -> Reply:
    """63Cx with the tries that are left; 6983 when there were none, 6984 without a PIN.

    The whole block is compared, so a malformed one costs a try as a wrong PIN does. It may come
    any time between selection and the first GENERATE AC.
    """
    if command.p1 or command.p2 != PLAINTEXT:
        return status(0x6A86)
    app = card.current
    if app is None or app.txn.phase not in (Phase.SELECTED, Phase.INITIATED):
        return status(0x6985)
    if not app.app.pin:
        return status(NO_PIN)
    if len(command.data) != 8:
        return status(0x6700)
    memory = app.memory
    if not memory.pin_tries:
        app.txn.pin_ok = False
        return status(BLOCKED)
    memory.pin_tries -= 1
    app.txn.pin_ok = hmac.compare_digest(command.data, format2(app.app.pin))
    if not app.txn.pin_ok:
        return status(0x63C0 | memory.pin_tries)
    memory.pin_tries = app.app.pin_tries
    return OK
