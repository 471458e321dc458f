"""A link that keeps every exchange with its time."""

from __future__ import annotations

from harness.core.clock import Clock
from harness.core.errors import LinkError
from harness.link.api import Link, ResetKind
from harness.link.wrapped import WrappedLink
from harness.records.exchange import Exchange


class RecordingLink(WrappedLink):
    """Wraps ``link`` and appends an Exchange to ``exchanges`` for each command and each reset.

    ``step`` may be set at any time and labels what follows. Times are the link's own, on
    ``clock``, in milliseconds; ``started_ms`` counts from the creation of this object.
    """

    def __init__(self, link: Link, clock: Clock, step: str = "") -> None:
        super().__init__(link)
        self._now = clock.monotonic
        self._opened = clock.monotonic()
        self.step = step
        self.exchanges: list[Exchange] = []

    def transmit(self, command: bytes) -> bytes:
        """As the wrapped link; a failure is recorded with its message and raised again."""
        started = self._now()
        try:
            response = self._link.transmit(command)
        except LinkError as error:
            self._keep(command, None, started, "apdu", describe(error))
            raise
        self._keep(command, response, started, "apdu")
        return response

    def reset(self, kind: ResetKind) -> bytes:
        """As the wrapped link; recorded with kind ``reset``, the ATR as its response."""
        started = self._now()
        try:
            atr = self._link.reset(kind)
        except LinkError as error:
            self._keep(b"", None, started, "reset", describe(error))
            raise
        self._keep(b"", atr, started, "reset")
        return atr

    def _keep(
        self, command: bytes, response: bytes | None, started: float, kind: str, error: str = ""
    ) -> None:
        kept = self.exchanges
        since, took = (started - self._opened) * 1000, (self._now() - started) * 1000
        kept.append(Exchange(len(kept), command, response, since, took, kind, error, self.step))


def describe(error: LinkError) -> str:
    """``LinkTimeout: no answer in 5,000 ms``: class and what happened, on one line."""
    return f"{type(error).__name__}: {error.what}"
