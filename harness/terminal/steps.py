"""The step log: what was decided, why, and what it left in TVR and TSI."""

from __future__ import annotations

from typing import Protocol

from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.records.exchange import Exchange


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One finished step.

    ``lines`` say what was decided and why; ``tvr_set`` and ``tsi_set`` name the bits that this
    step left set (``byte 4 bit 8: transaction exceeds floor limit``); ``exchanges`` are indexes
    into the exchanges of the transaction, first and one past the last; ``details`` are the single
    steps of a verification, for whoever wants to know.
    """

    number: int
    title: str
    lines: tuple[str, ...]
    tvr_set: tuple[str, ...] = ()
    tsi_set: tuple[str, ...] = ()
    tvr: bytes = b""
    tsi: bytes = b""
    spec: tuple[Spec, ...] = ()
    exchanges: tuple[int, int] = (0, 0)
    details: tuple[str, ...] = ()


class Listener(Protocol):
    """Who wants to follow a transaction live. Callbacks must be quick and must not raise."""

    def step(self, record: StepRecord) -> None:
        """A step is over."""
        ...

    def exchange(self, exchange: Exchange) -> None:
        """A command crossed the link."""
        ...

    def notice(self, text: str) -> None:
        """Something is about to happen that the user should know beforehand."""
        ...


class Silent:
    """A listener that does nothing."""

    def step(self, record: StepRecord) -> None:
        """Ignore."""

    def exchange(self, exchange: Exchange) -> None:
        """Ignore."""

    def notice(self, text: str) -> None:
        """Ignore."""
