"""Settling with the host for a transaction whose process was killed before it could.

A worker that hangs on a card, or is interrupted, sends nothing any more. Until then it said what
the host would have to be told (``Owed``); this process tells it.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.cli.transact_job import Order, Owed, end, issuer
from harness.core.i18n import _
from harness.issuer.messages import Notice, NoticeKeeper, NoticeKind
from harness.terminal.followup import FATES, KINDS, FollowUp


def settle(order: Order, owed: Owed | None, emit: Callable[[object], None]) -> FollowUp | None:
    """Send the reversal that ``owed`` asks for; None where nothing is owed.

    ``delivered`` is None where the host ran inside the process that was killed: its books ended
    with it. A reversal that the worker had sent already does no harm, the host counts it once.
    """
    if owed is None or not owed.reason:
        return None
    notice = Notice(NoticeKind.REVERSAL, owed.request, owed.reason, dict(owed.request.data))
    delivered: bool | None = None
    host = issuer(order, owed.request.terminal)
    if isinstance(host, NoticeKeeper):
        delivered = host.notify(notice)
        end(host, emit)
    return FollowUp(notice.kind, notice.reason, delivered)


def describe(done: FollowUp) -> str:
    """``reversal due: ...; acknowledged by the host``."""
    fate = (
        _(FATES[done.delivered])
        if done.delivered is not None
        else _("the simulated issuer ended with the process that was killed")
    )
    return _("{kind} due: {reason}; {fate}").format(
        kind=_(KINDS[done.kind]), reason=done.reason, fate=fate
    )
