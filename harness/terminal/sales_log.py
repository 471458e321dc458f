"""Split sales: earlier sales to the same card count towards the floor limit.

EMV 4.4 Book 3, 10.6.1: a terminal with a transaction log adds the most recent amount of the same
PAN to the amount of the transaction before it compares them with the floor limit.
"""

from __future__ import annotations

from dataclasses import field

from harness.core.plain import dataclass


@dataclass(slots=True)
class SalesLog:
    """The last approved amount by PAN digits, in minor units of the terminal's currency.

    ``capacity`` bounds it; the oldest card is forgotten first. It is never written anywhere.
    """

    capacity: int = 1000
    _amounts: dict[str, int] = field(default_factory=dict)

    def recent(self, pan: str) -> int:
        """Amount of the most recent sale to this card, 0 where there is none."""
        return self._amounts.get(pan, 0)

    def add(self, pan: str, amount: int) -> None:
        """Remember an approved sale."""
        if not pan:
            return
        self._amounts.pop(pan, None)
        while len(self._amounts) >= self.capacity:
            del self._amounts[next(iter(self._amounts))]
        self._amounts[pan] = amount

    def __repr__(self) -> str:
        return f"SalesLog({len(self._amounts)} cards)"
