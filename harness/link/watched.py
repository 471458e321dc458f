"""Reader and link that note what they do in a flight log, with the deadline of each call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from harness.link.api import Link, Reader, ResetKind
from harness.link.flight import FlightLog, describe
from harness.link.wrapped import WrappedLink

CONNECT_S = 15.0
"""Least time for a connect: a slow card, a retry at another voltage, the start of a served card."""
RESET_EXTRA_S = 2.0
QUESTION_S = 6.0


class WatchedLink(WrappedLink):
    """Passes everything on to ``link`` and notes it in ``log``."""

    def __init__(self, link: Link, log: FlightLog, deadline_s: float) -> None:
        super().__init__(link)
        self._log = log
        self._deadline_s = deadline_s
        self.transmit = log.around(link.transmit, deadline_s)

    def reset(self, kind: ResetKind) -> bytes:
        """As the inner link."""
        self._log.begin("reset", b"", self._deadline_s + RESET_EXTRA_S)
        try:
            atr = self._link.reset(kind)
        except BaseException as error:
            self._log.end(None, describe(error))
            raise
        self._log.end(atr)
        return atr

    def close(self) -> None:
        """As the inner link; powering down can hang like anything else."""
        with _limit(self._log, CONNECT_S):
            self._link.close()


@contextmanager
def _limit(log: FlightLog, seconds: float) -> Iterator[None]:
    log.begin("power", b"", seconds)
    try:
        yield
    finally:
        log.end(None)


class WatchedReader:
    """Passes everything on to ``reader``; its links are watched."""

    def __init__(self, reader: Reader, log: FlightLog, deadline_s: float) -> None:
        self.name = reader.name
        self.kind = reader.kind
        self.inner = reader
        self._log = log
        self._deadline_s = deadline_s

    @property
    def image(self) -> str:
        """As the inner reader."""
        return self.inner.image

    def card_present(self) -> bool:
        """As the inner reader."""
        with _limit(self._log, max(QUESTION_S, CONNECT_S)):
            return self.inner.card_present()

    def connect(self) -> WatchedLink:
        """As the inner reader; noted with the ATR as its answer."""
        self._log.begin("power", b"", max(self._deadline_s, CONNECT_S))
        try:
            link = self.inner.connect()
        except BaseException as error:
            self._log.end(None, describe(error))
            raise
        self._log.end(link.atr)
        return WatchedLink(link, self._log, self._deadline_s)

    def facts(self) -> dict[str, str]:
        """As the inner reader."""
        return self.inner.facts()

    def watched(self, seconds: float) -> AbstractContextManager[None]:
        """What happens inside must be over after ``seconds``: calls that no link makes."""
        return _limit(self._log, seconds)

    def watch_again(self, seconds: float) -> None:
        """The time of ``watched`` begins anew."""
        self._log.begin("power", b"", seconds)

    def close(self) -> None:
        """Close the inner reader, where it can be closed."""
        close = getattr(self.inner, "close", None)
        if close is not None:
            close()

    def second(self) -> WatchedReader:
        """The inner reader's second slot. Raises AttributeError where it has none."""
        other: Reader = self.inner.second()  # type: ignore[attr-defined] # as documented
        return WatchedReader(other, self._log, self._deadline_s)
