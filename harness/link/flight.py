"""Exchanges noted while they happen: what a log is, and the one for a job in this process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from harness.core.errors import LinkError
from harness.core.plain import dataclass
from harness.link.recorder import describe as told
from harness.records.exchange import Exchange

Transmit = Callable[[bytes], bytes]


class FlightLog(Protocol):
    """Where exchanges are noted while they happen."""

    def begin(self, kind: str, command: bytes, deadline_s: float) -> None:
        """Something goes out now and should be back within ``deadline_s``."""
        ...

    def end(self, response: bytes | None, error: str = "") -> None:
        """It came back: an answer (or ATR), or an error."""
        ...

    def around(self, inner: Transmit, deadline_s: float) -> Transmit:
        """``inner`` for APDUs, each noted."""
        ...


def noted(log: FlightLog, inner: Transmit, deadline_s: float, command: bytes) -> bytes:
    """One exchange between ``begin`` and ``end``."""
    log.begin("apdu", command, deadline_s)
    try:
        response = inner(command)
    except BaseException as error:
        log.end(None, describe(error))
        raise
    log.end(response)
    return response


def describe(error: BaseException) -> str:
    """An error as the log keeps it."""
    return told(error) if isinstance(error, LinkError) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Flight:
    """What a log holds: finished exchanges, the one in flight, how many were overwritten, and how
    long the one in flight was given (0: nobody said)."""

    exchanges: tuple[Exchange, ...]
    in_flight: Exchange | None
    dropped: int
    allowed_ms: float = 0.0


class MemoryLog:
    """A log for a job in this process. It keeps the last ``limit`` exchanges."""

    def __init__(self, limit: int = 50_000) -> None:
        self._exchanges: deque[Exchange] = deque(maxlen=limit)
        self._count = 0
        self._opened = time.perf_counter()
        self._open: tuple[str, bytes, float] | None = None

    def begin(self, kind: str, command: bytes, deadline_s: float) -> None:
        """Note what goes out. The deadline is the link's own business here."""
        self._open = (kind, command, time.perf_counter())

    def end(self, response: bytes | None, error: str = "") -> None:
        """Note what came back."""
        if self._open is not None:
            self._exchanges.append(self._exchange(response, error))
            self._count += 1
            self._open = None

    def around(self, inner: Transmit, deadline_s: float) -> Transmit:
        """As ``noted``."""
        return lambda command: noted(self, inner, deadline_s, command)

    def _exchange(self, response: bytes | None, error: str) -> Exchange:
        kind, command, started = self._open or ("apdu", b"", 0.0)
        return Exchange(
            index=self._count,
            command=command,
            response=response,
            started_ms=(started - self._opened) * 1000,
            elapsed_ms=(time.perf_counter() - started) * 1000,
            kind=kind,
            error=error,
        )

    def flight(self) -> Flight:
        """What was noted."""
        in_flight = self._exchange(None, "") if self._open is not None else None
        kept = tuple(self._exchanges)
        return Flight(kept, in_flight, self._count - len(kept))
