"""One numbering of exchanges for a whole job, over all the links that it opens.

The job supervisor numbers commands and resets in the same way, so that the index in a piece of
evidence finds its exchange in the trace of the report.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.card.replies import Reply, replies
from harness.core.clock import Clock
from harness.core.i18n import _
from harness.link.api import Link
from harness.link.recorder import RecordingLink
from harness.records.exchange import Exchange


def on_tape(link: Link, clock: Clock, tape: list[Exchange]) -> RecordingLink:
    """``link``, with its exchanges appended to ``tape`` and numbered on from there."""
    recorder = RecordingLink(link, clock)
    recorder.exchanges = tape
    return recorder


def last_command(exchanges: Sequence[Exchange]) -> tuple[str, int | None]:
    """Label and index of the last command, for the message about a failure."""
    for exchange in reversed(exchanges):
        if exchange.kind == "apdu":
            reply = replies([exchange])[0]
            return reply.label if isinstance(reply, Reply) else "", exchange.index
        return _("a reset"), exchange.index
    return "", None
