"""What a way to reach a card offers: ``Provider`` finds readers, ``Reader`` opens a ``Link``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from typing import Protocol

from harness.core.clock import Clock, SystemClock
from harness.core.plain import dataclass

DEFAULT_DEADLINE_S = 5.0
"""How long a card may take over one command before that is reported as no answer."""


class ResetKind(StrEnum):
    """Cold: power off and on. Warm: the reset line only (ISO/IEC 7816-3, 6.2.2 and 6.2.3)."""

    COLD = "cold"
    WARM = "warm"


class Link(Protocol):
    """An open connection to one card. Not shared between threads."""

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        ...

    @property
    def protocol(self) -> str:
        """``T=0``, ``T=1`` or ``raw``."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU as it is; return data and SW1 SW2 as they came.

        61xx and 6Cxx are returned, not followed: that is the caller's business. Raises a
        LinkError (LinkTimeout at the deadline, CardRemoved, CardReset, ...); never for a status.
        """
        ...

    def reset(self, kind: ResetKind) -> bytes:
        """Reset the card and return its ATR."""
        ...

    def close(self) -> None:
        """Let the card go. Safe to call twice."""
        ...


class Reader(Protocol):
    """One slot. ``name`` is what the user sees; ``kind`` is virtual, vpcd or pcsc."""

    name: str
    kind: str

    @property
    def image(self) -> str:
        """Id of the virtual card image in it, or an empty string for a physical card."""
        ...

    def card_present(self) -> bool:
        """Is there a card in it? Raises a LinkError when the reader cannot be asked."""
        ...

    def connect(self) -> Link:
        """Power the card and open a link. Raises NoCard, CardMute, SharingViolation, ..."""
        ...

    def facts(self) -> dict[str, str]:
        """What is known of it: driver, serial, firmware, PC/SC attributes. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """What a provider is told. ``images`` and ``faults`` concern virtual cards only."""

    images: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    deadline_s: float = DEFAULT_DEADLINE_S
    seed: int = 0
    clock: Clock = field(default_factory=SystemClock)


Provider = Callable[[LinkOptions, str], "list[Reader]"]
"""``provider(options, name)``: readers whose name contains ``name`` (all, when it is empty)."""


def is_virtual(reader: Reader) -> bool:
    """True only for a card in the same process: nothing that it changes outlives the run."""
    return reader.kind == "virtual"
