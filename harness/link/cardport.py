"""What the link layer asks of a virtual card; ``virtualcard.card.Card`` offers it."""

from __future__ import annotations

from typing import Protocol


class CardAnswer(Protocol):
    """One answer of a virtual card. ``response`` None: the card stays silent (mute).

    ``delay_s`` is how long the card takes, in seconds; ``removed``: it leaves the slot now.
    """

    @property
    def response(self) -> bytes | None:
        """Data and SW1 SW2, or None."""
        ...

    @property
    def delay_s(self) -> float:
        """Seconds that the card takes before it answers."""
        ...

    @property
    def removed(self) -> bool:
        """True when the card goes away in the middle of this command."""
        ...


class CardPort(Protocol):
    """The contacts of a virtual card. The object is its memory: counters survive resets."""

    def power_on(self) -> bytes:
        """Cold reset; the ATR (ISO/IEC 7816-3, 6.2.2)."""
        ...

    def power_off(self) -> None:
        """Deactivate the contacts."""
        ...

    def warm_reset(self) -> bytes:
        """Warm reset; the ATR (ISO/IEC 7816-3, 6.2.3)."""
        ...

    def process(self, command: bytes) -> CardAnswer:
        """One command APDU. Never raises for what is in it."""
        ...


OTHER_ATR = bytes.fromhex("3B650000") + b"OTHER"
"""What a card with another ATR says: T=0 by EMV's basic values, and historical bytes of its own."""


class OtherCard:
    """Another card in the slot: the same behaviour under ``OTHER_ATR``."""

    def __init__(self, card: CardPort) -> None:
        self._card = card
        self.process, self.power_off = card.process, card.power_off

    def power_on(self) -> bytes:
        """As the card, with the other ATR."""
        self._card.power_on()
        return OTHER_ATR

    def warm_reset(self) -> bytes:
        """As the card, with the other ATR."""
        self._card.warm_reset()
        return OTHER_ATR


class WrongWayCard:
    """A card the wrong way round: it is there, and its contacts touch nothing."""

    def __init__(self, card: CardPort) -> None:
        self.process, self.power_off = card.process, card.power_off

    def power_on(self) -> bytes:
        """Silence."""
        return b""

    def warm_reset(self) -> bytes:
        """Silence."""
        return b""


def offered_protocol(atr: bytes) -> str:
    """First protocol that an ATR offers: ``T=0``, ``T=1``, ... (T=0 where it names none).

    T0's bit 8 says whether TD1 follows TA1, TB1 and TC1, and TD1's low nibble names the protocol
    (ISO/IEC 7816-3, 8.2.3). A truncated ATR counts as naming none; judging it is a check's work.
    """
    if len(atr) < 2 or not atr[1] & 0x80:
        return "T=0"
    place = 2 + sum(1 for bit in (0x10, 0x20, 0x40) if atr[1] & bit)
    return f"T={atr[place] & 0x0F}" if place < len(atr) else "T=0"
