"""What the card makes of issuer authentication data, tag 91 (EMV Book 2, 8.2)."""

from __future__ import annotations

from harness.virtualcard.application import CardApplication

CSU_OFFSET, CSU_LENGTH = 4, 4
_TRIES_MASK = 0x0F
_APPROVES, _CARD_BLOCK, _APP_BLOCK, _SET_TRIES, _ONLINE_NEXT = 0x80, 0x40, 0x20, 0x10, 0x08


def check_issuer(app: CardApplication, received: bytes) -> bool:
    """Verify ``received`` against this transaction's ARQC, and obey it where it is right.

    The result goes into the transaction and the memory of the card.
    """
    txn, perso = app.txn, app.perso
    good = perso.cryptograms.verify_arpc(
        perso.master_key,
        txn.cryptogram,
        atc=app.memory.atc.to_bytes(2, "big"),
        un=app.value(0x9F37),
        received=received,
    )
    txn.issuer_authentication = good
    app.memory.issuer_authentication_failed = not good
    if good and perso.cryptograms.arpc_method == 2:
        _obey(app, received[CSU_OFFSET : CSU_OFFSET + CSU_LENGTH])
    return good


def _obey(app: CardApplication, update: bytes) -> None:
    """Card status update of ARPC method 2 (EMV Book 3, Annex C: the common core's coding)."""
    app.txn.issuer_approves = bool(update[1] & _APPROVES)
    if update[1] & _SET_TRIES and app.has_pin:
        app.memory.pin_tries = min(update[0] & _TRIES_MASK, app.app.pin_tries)
    if update[1] & (_APP_BLOCK | _CARD_BLOCK):
        app.memory.blocked = True
    app.memory.go_online_next = bool(update[1] & _ONLINE_NEXT)
