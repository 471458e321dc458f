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
        self.memory = Memory(pin_tries=app.pin_tries if app.pin else 0, blocked=app.blocked)
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
