"""One application on the card: its personalisation, its memory, the transaction in progress."""

from __future__ import annotations

from harness.profiles.image import Application
from harness.virtualcard.personalise import Personalised
from harness.virtualcard.state import Memory, Transaction


class CardApplication:
    """Personalisation (never changes), memory (survives resets), transaction (does not)."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.perso = Personalised(app)
        self.memory = Memory(
            pin_tries=app.pin_tries if app.pin else 0,
            blocked=app.blocked,
            pin=app.pin,
            balance=app.purse.balance if app.purse else 0,
        )
        self.txn = Transaction()

    def restart(self) -> None:
        """Forget the transaction in progress: at SELECT, which every reset makes necessary."""
        self.txn = Transaction()

    @property
    def offline_since_online(self) -> int:
        """Transactions since the last one that was online (EMV Book 3, 10.6.3)."""
        return self.memory.atc - self.memory.last_online_atc

    def value(self, tag: int) -> bytes:
        """What the terminal sent for ``tag`` in this transaction; empty where it did not."""
        return self.txn.values.get(tag, b"")

    @property
    def has_pin(self) -> bool:
        """Does this application check a PIN offline?"""
        return bool(self.memory.pin)

    def stored(self, tag: int, personalised: int) -> int:
        """A number that the issuer may have written since the card was issued (PUT DATA): binary
        for a limit of transactions, format n for an amount."""
        value = self.memory.objects.get(tag)
        if value is None:
            return personalised
        return value[0] if len(value) == 1 else int(value.hex())
