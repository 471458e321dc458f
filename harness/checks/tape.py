"""One numbering of exchanges for a whole job, over all the links that it opens.

The job supervisor numbers commands and resets in the same way, so that the index in a piece of
evidence finds its exchange in the trace of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from harness.checks.card.replies import Reply, replies
from harness.core.clock import Clock
from harness.core.errors import LinkError
from harness.core.i18n import _
from harness.link.api import Link, ResetKind
from harness.link.recorder import RecordingLink, describe
from harness.link.wrapped import WrappedLink
from harness.records.exchange import Exchange

_Row = tuple[bytes, bytes | None, float, float, str, str]


def on_tape(link: Link, clock: Clock, tape: list[Exchange]) -> RecordingLink:
    """``link``, with its exchanges appended to ``tape`` and numbered on from there."""
    recorder = RecordingLink(link, clock)
    recorder.exchanges = tape
    return recorder


class Tape(Sequence[Exchange]):
    """Exchanges of a job in which every microsecond counts: rows when they are written, values
    when they are read."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []

    def append(self, row: _Row) -> None:
        """Command, answer or None, started and ended (s), kind, error."""
        self._rows.append(row)

    def keep(self, first: int) -> None:
        """Forget everything after the ``first`` ones."""
        del self._rows[first:]

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Exchange: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Exchange]: ...
    def __getitem__(self, at: int | slice) -> Exchange | Sequence[Exchange]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        place = range(len(self._rows))[at]
        command, response, started, ended, kind, error = self._rows[place]
        first = self._rows[0][2]
        elapsed = (ended - started) * 1000
        return Exchange(place, command, response, (started - first) * 1000, elapsed, kind, error)


class TapedLink(WrappedLink):
    """``link`` with every command and reset on ``tape``, and no more work than that."""

    def __init__(self, link: Link, clock: Clock, tape: Tape) -> None:
        super().__init__(link)
        self._now = clock.monotonic
        self._note = tape.append
        self.transmit = self._taped(link.transmit)

    def _taped(self, inner: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        now, note = self._now, self._note

        def transmit(command: bytes) -> bytes:
            started = now()
            try:
                response = inner(command)
            except LinkError as error:
                note((command, None, started, now(), "apdu", describe(error)))
                raise
            note((command, response, started, now(), "apdu", ""))
            return response

        return transmit

    def reset(self, kind: ResetKind) -> bytes:
        """As the inner link; the ATR is its answer."""
        started = self._now()
        try:
            atr = self._link.reset(kind)
        except LinkError as error:
            self._note((b"", None, started, self._now(), "reset", describe(error)))
            raise
        self._note((b"", atr, started, self._now(), "reset", ""))
        return atr


def last_command(exchanges: Sequence[Exchange]) -> tuple[str, int | None]:
    """Label and index of the last command, for the message about a failure."""
    for exchange in reversed(exchanges):
        if exchange.kind == "apdu":
            reply = replies([exchange])[0]
            return reply.label if isinstance(reply, Reply) else "", exchange.index
        return _("a reset"), exchange.index
    return "", None
