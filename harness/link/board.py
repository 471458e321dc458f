"""The flight recorder: exchanges in memory that two processes share, with heartbeat and deadline.

The worker writes every command before it goes out and every answer when it came; the parent reads
them after the worker has ended in whatever way. Nothing is sent between the processes per APDU.
"""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from harness.records.exchange import Exchange

KINDS = ("apdu", "reset", "power")

_HALF = 4 << 20
_BEAT = struct.Struct("<d")
_PULSE = struct.Struct("<ddd")
"""Heartbeat, deadline and start of what is in flight (0: nothing is)."""
_PLACE = struct.Struct("<QQQQ")
"""Active half, bytes used in each half, exchanges lost to make room."""
_AT_PULSE, _AT_PLACE, _HEADER = 0, 32, 64
_RECORD = struct.Struct("<IIIHBdd")
"""Lengths of command and answer, index, length of the error text, kind, started and elapsed ms."""
_NO_ANSWER = 0xFFFFFFFF
_ROOM = _RECORD.size + 65538 + 4096
_MAX_ERROR = 2000


class FlightLog(Protocol):
    """Where exchanges are noted while they happen."""

    def begin(self, kind: str, command: bytes, deadline_s: float) -> None:
        """Something goes out now and should be back within ``deadline_s``."""
        ...

    def end(self, response: bytes | None, error: str = "") -> None:
        """It came back: an answer (or ATR), or an error."""
        ...


@dataclass(frozen=True, slots=True)
class Flight:
    """What a log holds: finished exchanges, the one in flight, and how many were overwritten."""

    exchanges: tuple[Exchange, ...]
    in_flight: Exchange | None
    dropped: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """Times in seconds of ``time.monotonic``, which all processes of a machine share."""

    beat: float
    deadline: float
    started: float


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


class Board:
    """The same in shared memory: two halves of 4 MiB, the older one is given up for room."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _HEADER + 2 * _HALF)
        self._index = 0
        self._opened = time.monotonic()
        self._started = 0.0
        self._open: tuple[int, int, int] | None = None
        self._active, *used, self._dropped = _PLACE.unpack_from(self._memory, _AT_PLACE)
        self._used = list(used)

    @classmethod
    def create(cls) -> Board:
        """A new board in an anonymous file, which disappears with its last user."""
        handle = tempfile.TemporaryFile()  # noqa: SIM115 - only its descriptor is kept
        descriptor = os.dup(handle.fileno())
        handle.close()
        os.ftruncate(descriptor, _HEADER + 2 * _HALF)
        board = cls(descriptor)
        board.beat()
        return board

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.descriptor)

    def beat(self) -> None:
        """Say that the process is alive."""
        _BEAT.pack_into(self._memory, _AT_PULSE, time.monotonic())

    def pulse(self) -> Pulse:
        """Heartbeat, and the deadline of what is in flight."""
        return Pulse(*_PULSE.unpack_from(self._memory, _AT_PULSE))

    def begin(self, kind: str, command: bytes, deadline_s: float) -> None:
        """Write the command down before it goes out, and until when its answer is expected."""
        size = len(command)
        if self._used[self._active] + _ROOM + size > _HALF:
            self._turn()
        at = _HEADER + self._active * _HALF + self._used[self._active]
        now = time.monotonic()
        body = at + _RECORD.size
        number = KINDS.index(kind) if kind != "apdu" else 0
        _RECORD.pack_into(
            self._memory, at, size, _NO_ANSWER, self._index, 0, number,
            (now - self._opened) * 1000, 0.0,
        )  # fmt: skip
        self._memory[body : body + size] = command
        self._started = now
        self._open = (at, body + size, number)
        _PULSE.pack_into(self._memory, _AT_PULSE, now, now + deadline_s, now)

    def end(self, response: bytes | None, error: str = "") -> None:
        """Write down what came back; nothing is in flight any more."""
        if self._open is None:
            return
        at, end, number = self._open
        self._open = None
        now = time.monotonic()
        start = at + _RECORD.size
        size = end - start
        length = _NO_ANSWER
        if response is not None:
            # No answer over PC/SC is longer; a link of another kind must not overrun the half.
            response = response[:65538]
            length = len(response)
            self._memory[end : end + length] = response
            end += length
        text = error.encode()[:_MAX_ERROR] if error else b""
        if text:
            self._memory[end : end + len(text)] = text
            end += len(text)
        started = self._started
        _RECORD.pack_into(
            self._memory, at, size, length, self._index, len(text), number,
            (started - self._opened) * 1000, (now - started) * 1000,
        )  # fmt: skip
        self._index += 1
        used = self._used
        used[self._active] += end - at
        _PLACE.pack_into(self._memory, _AT_PLACE, self._active, used[0], used[1], self._dropped)
        _PULSE.pack_into(self._memory, _AT_PULSE, now, 0.0, 0.0)

    def _turn(self) -> None:
        """Go on in the other half, giving up what it held."""
        self._active ^= 1
        self._dropped += sum(1 for _ in self._records(self._active, self._used[self._active]))
        self._used[self._active] = 0
        _PLACE.pack_into(self._memory, _AT_PLACE, self._active, *self._used, self._dropped)

    def flight(self) -> Flight:
        """What was noted, by either process. Call it when the writer has ended."""
        active, *used, dropped = _PLACE.unpack_from(self._memory, _AT_PLACE)
        active &= 1
        done = [
            exchange
            for half in (active ^ 1, active)
            for exchange in self._records(half, used[half])
        ]
        pulse = self.pulse()
        in_flight = None
        if pulse.started:
            at = _HEADER + active * _HALF + used[active]
            in_flight, _end = self._read(at)
        return Flight(tuple(done), in_flight, dropped)

    def _records(self, half: int, used: int) -> list[Exchange]:
        at = _HEADER + half * _HALF
        last = at + min(used, _HALF)
        found = []
        while at + _RECORD.size <= last:
            exchange, at = self._read(at)
            found.append(exchange)
        return found

    def _read(self, at: int) -> tuple[Exchange, int]:
        size, length, index, words, number, started, elapsed = _RECORD.unpack_from(self._memory, at)
        start = at + _RECORD.size
        end = start + size
        response: bytes | None = None
        command = self._memory[start:end]
        if length != _NO_ANSWER:
            response = self._memory[end : end + length]
            end += length
        error = self._memory[end : end + words].decode("utf-8", "replace")
        kind = KINDS[number] if number < len(KINDS) else "apdu"
        exchange = Exchange(index, command, response, started, elapsed, kind, error)
        return exchange, end + words
