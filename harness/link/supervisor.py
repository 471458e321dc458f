"""The parent of a worker process: it reads the flight recorder, and ends what has gone silent."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path

from harness.core.i18n import _, language
from harness.core.plain import dataclass
from harness.link.board import Board
from harness.link.flight import Flight
from harness.link.jobs import JobEnd, JobSpec, with_flight
from harness.link.worker import LENGTH, send, unpack_error
from harness.records.exchange import Exchange

TICK_S = 0.05
SILENCE_S = 30.0
"""A worker that does not even beat for so long is stuck outside any call that has a deadline."""


@dataclass()
class Supervisor:
    """One worker, from its start to the end of its last process."""

    spec: JobSpec
    on_event: Callable[[object], None]
    _buffer: bytearray = field(default_factory=bytearray)
    _end: JobEnd | None = None

    def run(self) -> JobEnd:
        board = Board.create()
        life_theirs, life = os.pipe()
        events, events_theirs = os.pipe()
        worker: subprocess.Popen[bytes] | None = None
        try:
            worker = _start(life_theirs, events_theirs, board.descriptor)
            os.close(life_theirs)
            os.close(events_theirs)
            life_theirs = events_theirs = -1
            self._brief(life)
            end = self._watch(worker, events, board)
        except KeyboardInterrupt:
            end = JobEnd("interrupted")
        finally:
            if worker is not None:
                _kill(worker)
            with suppress(KeyboardInterrupt):
                self._drain(events)
            flight = board.flight()
            for descriptor in (life, events, life_theirs, events_theirs):
                if descriptor >= 0:
                    os.close(descriptor)
            board.close()
        if end.kind == "hung":
            # The last word may have come in while the limit passed.
            end = self._end or self._describe_hang(end, flight)
        return with_flight(end, flight)

    def _brief(self, life: int) -> None:
        with suppress(BrokenPipeError):
            send(life, sys.path)
            send(life, (self.spec, language()))

    def _watch(self, worker: subprocess.Popen[bytes], events: int, board: Board) -> JobEnd:
        """Until the worker says how the job ended, or a limit is passed."""
        started = changed = time.monotonic()
        beat = 0.0
        limit = self.spec.limit_s
        while True:
            ready, _w, _x = select.select([events], [], [], TICK_S)
            if ready:
                data = os.read(events, 1 << 16)
                if not data:
                    return self._end or _died(worker)
                self._feed(data)
                if self._end is not None:
                    return self._end
            # Before the board is read: what is then still in flight has been so until now.
            now = time.monotonic()
            pulse = board.pulse()
            if pulse.deadline and now > pulse.deadline:
                return JobEnd("hung")
            # The worker may be writing right now, and what was read be half of it: only a beat
            # that stays the same is silence.
            if pulse.beat != beat:
                beat, changed = pulse.beat, now
            if now - changed > SILENCE_S:
                return JobEnd("hung", error=_("the worker gave no sign of life for 30 s"))
            if limit is not None and now - started > limit:
                text = _("the job was not done after {ms:,.0f} ms").format(ms=limit * 1000)
                return JobEnd("hung", error=text)

    def _feed(self, data: bytes) -> None:
        """Take what came over the pipe; hand on complete messages."""
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._buffer)
            if len(self._buffer) < LENGTH.size + size:
                return
            body = bytes(self._buffer[LENGTH.size : LENGTH.size + size])
            del self._buffer[: LENGTH.size + size]
            kind, value = pickle.loads(body)  # noqa: S301 - our own worker wrote it
            if kind == "event":
                self.on_event(value)
            elif kind == "done":
                self._end = JobEnd("done", value)
            elif kind == "error":
                error = unpack_error(value)
                self._end = JobEnd("crashed", error=error.what, exception=error)
            else:
                self._end = JobEnd("crashed", error=str(value))

    def _drain(self, events: int) -> None:
        """What the worker had emitted before it ended."""
        while select.select([events], [], [], 0)[0]:
            data = os.read(events, 1 << 16)
            if not data:
                return
            self._feed(data)

    def _describe_hang(self, end: JobEnd, flight: Flight) -> JobEnd:
        if end.error:
            return end
        if flight.in_flight is None:
            return replace(end, error=_("a call came back after its deadline"))
        if flight.in_flight.kind != "apdu":
            text = _("the reader did not come back from a connect, reset or power-down")
        else:
            text = _("no answer in {ms:,.0f} ms, cause not established").format(
                ms=flight.allowed_ms
            )
        in_flight: Exchange = replace(
            flight.in_flight, elapsed_ms=flight.allowed_ms, error=f"LinkTimeout: {text}"
        )
        return replace(end, error=text, in_flight=in_flight)


def _start(life: int, events: int, board: int) -> subprocess.Popen[bytes]:
    """A fresh interpreter in a process group of its own: Ctrl-C in the terminal reaches only the
    parent, and a kill reaches the served card that the worker started as well."""
    package = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [
            sys.executable, "-m", "harness.link.worker",
            str(life), str(events), str(board), str(os.getpid()),
        ],
        stdin=subprocess.DEVNULL,
        stdout=2,
        pass_fds=(life, events, board),
        process_group=0,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


def _kill(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and everything in its process group, and wait until it is gone.

    A worker that had its last word has closed what it opened before that.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _died(worker: subprocess.Popen[bytes]) -> JobEnd:
    """The worker closed its pipe without a word."""
    code = worker.wait()
    if code < 0:
        name = signal.Signals(-code).name
        return JobEnd("crashed", error=_("killed by {signal}").format(signal=name))
    return JobEnd("crashed", error=_("exit code {code}").format(code=code))
