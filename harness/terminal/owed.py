"""What the host would have to be told if the transaction ended now: the journal of a reversal.

The process that runs a transaction can be killed at any command, and then sends nothing any more.
So whoever started it is told beforehand, through ``TransactionRequest.journal``, and settles.
"""

from __future__ import annotations

from harness.core.i18n import _
from harness.terminal.context import Context


def reason(ctx: Context, *, approved: bool) -> str:
    """Why the authorisation would have to be taken back, or an empty string. ``approved``: the
    transaction is complete, and approved."""
    if ctx.sent is None:
        return ""
    if ctx.answer is None or ctx.answer.state.unknown:
        return _("the request was sent and no valid answer came")
    if ctx.approved_by_issuer and not approved:
        return _("the issuer approved, the transaction was not completed")
    return ""


def note(ctx: Context, *, approved: bool = False) -> None:
    """Enter what holds from now on."""
    if ctx.request.journal is not None and ctx.sent is not None:
        ctx.request.journal(ctx.sent, reason(ctx, approved=approved))


def settled(ctx: Context) -> None:
    """The host has been told, or its keeper has it: nothing is owed any more."""
    if ctx.request.journal is not None and ctx.sent is not None:
        ctx.request.journal(ctx.sent, "")
