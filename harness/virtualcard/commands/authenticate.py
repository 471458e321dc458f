"""INTERNAL AUTHENTICATE, GET CHALLENGE, EXTERNAL AUTHENTICATE (EMV Book 3, 6.5.9, 6.5.6, 6.5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.codec.dol import dol_length
from harness.codec.tlv import encode
from harness.crypto.certificates import dda_dynamic_data, sign_dynamic
from harness.profiles.image import AIP_DDA, AIP_ISSUER_AUTHENTICATION
from harness.virtualcard.answers import OK, Reply, status
from harness.virtualcard.issuer_data import check_issuer
from harness.virtualcard.state import Phase

if TYPE_CHECKING:
    from harness.virtualcard.emv_card import EmvCard

CHALLENGE_LENGTH = 8
DEFAULT_DDOL_LENGTH = 4


def internal_authenticate(card: EmvCard, command: CommandApdu) -> Reply:
    """Signed dynamic application data over the data sent (EMV Book 2, 6.5.1).

    6D00 where the AIP does not claim DDA, 6700 where the data does not have the DDOL's length
    (that of an unpredictable number, where the card has no DDOL).
    """
    if command.p1 or command.p2:
        return status(0x6A86)
    app = card.current
    if app is None or app.txn.phase is not Phase.INITIATED:
        return status(0x6985)
    if not app.app.aip[0] & AIP_DDA:
        return status(0x6D00)
    wanted = dol_length(app.perso.ddol) if app.perso.ddol else DEFAULT_DDOL_LENGTH
    if len(command.data) != wanted:
        return status(0x6700)
    number = card.random_bytes(8)
    signature = sign_dynamic(app.perso.icc_key, dda_dynamic_data(number), command.data)
    app.txn.dynamic_number = number
    app.txn.dda_done = True
    if app.app.ac_format == 1:
        return Reply(encode(0x80, signature), 0x9000)
    return Reply(encode(0x77, encode(0x9F4B, signature)), 0x9000)


def get_challenge(card: EmvCard, command: CommandApdu) -> Reply:
    """Eight unpredictable bytes (reproducible: they come from the card's seed)."""
    if command.p1 or command.p2:
        return status(0x6A86)
    if command.data:
        return status(0x6700)
    if card.current is None:
        return status(0x6985)
    challenge = card.random_bytes(CHALLENGE_LENGTH)
    card.current.txn.challenge = challenge
    return Reply(challenge, 0x9000)


def external_authenticate(card: EmvCard, command: CommandApdu) -> Reply:
    """Issuer authentication data, once in a transaction and only while the card waits for the
    issuer: 6300 where it is wrong, 6985 out of sequence.

    6D00 where the AIP does not offer it: such a card takes tag 91 in CDOL2.
    """
    if command.p1 or command.p2:
        return status(0x6A86)
    app = card.current
    if app is None:
        return status(0x6985)
    if not app.app.aip[0] & AIP_ISSUER_AUTHENTICATION:
        return status(0x6D00)
    if not 8 <= len(command.data) <= 16:
        return status(0x6700)
    if app.txn.phase is not Phase.ONLINE or app.txn.issuer_authentication is not None:
        return status(0x6985)
    return OK if check_issuer(app, command.data) else status(0x6300)
