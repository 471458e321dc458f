"""The flight recorder: exchanges in memory that two processes share, with heartbeat and deadline.

The worker writes every command before it goes out and every answer when it came; the parent reads
them after the worker has ended in whatever way. Nothing is sent between the processes per APDU.
"""

from __future__ import annotations

import mmap
import os
import struct
import time

from harness.core.plain import dataclass
from harness.link.flight import Flight, Transmit, describe, noted
from harness.records.exchange import Exchange

KINDS = ("apdu", "reset", "power")

_HALF = 4 << 20
_BEAT = struct.Struct("<d")
_PULSE = struct.Struct("<ddd")
"""Heartbeat, deadline and start of what is in flight (0: nothing is)."""
_DEPART = struct.Struct("<dddIHd")
"""The pulse; then length, kind and started ms of the command in flight, which follows."""
_ARRIVE = struct.Struct("<QQQQddd")
"""The active half, bytes used in each, exchanges given up; at ``_AT_PULSE`` the pulse."""
_PLACE = struct.Struct("<QQQQ")
_RECORD = struct.Struct("<IIIHBdd")
"""Lengths of command and answer, index, length of the error text, kind, started and elapsed ms."""
_AT_PLACE = 0
_AT_PULSE = _PLACE.size
_AT_FLYING = _AT_PULSE + _DEPART.size
_LONGEST = 66_000
"""More than any command or answer over PC/SC: 65,544 bytes of extended case 4."""
_HEADER = _AT_FLYING + _LONGEST
_NO_ANSWER = 0xFFFFFFFF
_MAX_ERROR = 2000
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Pulse:
    """Times in seconds of ``time.monotonic``, which all processes of a machine share."""

    beat: float
    deadline: float
    started: float


class Board:
    """The same in shared memory: two halves of 4 MiB, the older one is given up for room.

    What is in flight has a place of its own; a record is written when it is complete.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _HEADER + 2 * _HALF)
        self._index = 0
        self._opened = time.monotonic()
        self._open: tuple[bytes, int, float] | None = None
        place: tuple[int, int, int, int] = _PLACE.unpack_from(self._memory, _AT_PLACE)
        self._active = place[0] & 1
        self._used = [place[1], place[2]]
        self._began = [0, 0]
        self._dropped = place[3]

    @classmethod
    def create(cls) -> Board:
        """A new board in an anonymous file, which disappears with its last user. In memory where
        the system has such files: pages of a disk are written out again and again meanwhile."""
        if hasattr(os, "memfd_create"):
            descriptor = os.memfd_create("emv-harness board")
        else:
            import tempfile  # brings much along, and Linux does not need it

            with tempfile.TemporaryFile() as handle:
                descriptor = os.dup(handle.fileno())
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
        now = time.monotonic()
        if len(command) > _LONGEST:
            command = command[:_LONGEST]
        number = _NUMBER[kind]
        self._open = (command, number, now)
        leaving = (
            _DEPART.pack(
                now, now + deadline_s, now, len(command), number, (now - self._opened) * 1000
            )
            + command
        )
        self._memory[_AT_PULSE : _AT_PULSE + len(leaving)] = leaving

    def end(self, response: bytes | None, error: str = "") -> None:
        """Write down what came back; nothing is in flight any more."""
        if self._open is None:
            return
        command, number, started = self._open
        self._open = None
        now = time.monotonic()
        text = error.encode()[:_MAX_ERROR] if error else b""
        if response is None:
            length, answer = _NO_ANSWER, b""
        else:
            answer = response if len(response) <= _LONGEST else response[:_LONGEST]
            length = len(answer)
        record = (
            _RECORD.pack(
                len(command), length, self._index, len(text), number,
                (started - self._opened) * 1000, (now - started) * 1000,
            )
            + command + answer + text
        )  # fmt: skip
        self._index += 1
        used, active = self._used, self._active
        if used[active] + len(record) > _HALF:
            active = self._turn()
        at = _HEADER + active * _HALF + used[active]
        memory = self._memory
        memory[at : at + len(record)] = record
        used[active] += len(record)
        _ARRIVE.pack_into(
            memory, _AT_PLACE, active, used[0], used[1], self._dropped, now, 0.0, 0.0
        )  # fmt: skip

    def around(self, inner: Transmit, deadline_s: float) -> Transmit:
        """``inner`` with ``begin`` and ``end`` around it, in one piece: it is paid per APDU, and
        the record of each costs what a bare exchange is compared with."""
        memory, opened, clock = self._memory, self._opened, time.monotonic
        depart, record, arrive = _DEPART.pack, _RECORD.pack, _ARRIVE.pack_into
        number = _NUMBER["apdu"]

        def transmit(command: bytes) -> bytes:
            size = len(command)
            if size > _LONGEST:
                return noted(self, inner, deadline_s, command)
            began = clock()
            started = (began - opened) * 1000
            leaving = depart(began, began + deadline_s, began, size, number, started) + command
            memory[_AT_PULSE : _AT_PULSE + len(leaving)] = leaving
            try:
                response = inner(command)
            except BaseException as error:
                self._open = (command, number, began)
                self.end(None, describe(error))
                raise
            now = clock()
            answer = response if len(response) <= _LONGEST else response[:_LONGEST]
            index = self._index
            self._index = index + 1
            row = (
                record(size, len(answer), index, 0, number, started, (now - began) * 1000)
                + command
                + answer
            )
            used, active = self._used, self._active
            if used[active] + len(row) > _HALF:
                active = self._turn()
            at = _HEADER + active * _HALF + used[active]
            memory[at : at + len(row)] = row
            used[active] += len(row)
            arrive(memory, _AT_PLACE, active, used[0], used[1], self._dropped, now, 0.0, 0.0)
            return response

        return transmit

    def _turn(self) -> int:
        """Go on in the other half, giving up what it held: counted by the indices at which the
        halves began, for reading 4 MiB would hold up the exchange that is being noted."""
        left = self._active
        self._active ^= 1
        self._dropped += self._began[left] - self._began[self._active]
        self._began[self._active] = self._index - 1  # the one that is written now
        self._used[self._active] = 0
        return self._active

    def flight(self) -> Flight:
        """What was noted, by either process. Call it when the writer has ended."""
        active, used_0, used_1, dropped = _PLACE.unpack_from(self._memory, _AT_PLACE)
        used, active = (used_0, used_1), active & 1
        done = [*self._records(active ^ 1, used[active ^ 1]), *self._records(active, used[active])]
        pulse = self.pulse()
        allowed_ms = (pulse.deadline - pulse.started) * 1000
        return Flight(tuple(done), self._in_flight(len(done) + dropped), dropped, allowed_ms)

    def _in_flight(self, index: int) -> Exchange | None:
        pulse = self.pulse()
        if not pulse.started:
            return None
        *_pulse, size, number, started = _DEPART.unpack_from(self._memory, _AT_PULSE)
        command = self._memory[_AT_FLYING : _AT_FLYING + min(size, _LONGEST)]
        kind = KINDS[number] if number < len(KINDS) else "apdu"
        return Exchange(index, command, None, started, 0.0, kind)

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
        command = self._memory[start:end]
        response: bytes | None = None
        if length != _NO_ANSWER:
            response = self._memory[end : end + length]
            end += length
        error = self._memory[end : end + words].decode("utf-8", "replace")
        kind = KINDS[number] if number < len(KINDS) else "apdu"
        exchange = Exchange(index, command, response, started, elapsed, kind, error)
        return exchange, end + words
