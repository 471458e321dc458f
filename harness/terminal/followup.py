"""What the host has to be told after the transaction: reversal, advice, offline approval.

EMV 4.4 Book 3, 6.5.5.4 (advice required) and Book 4, 12.1.4 and 12.1.5 (messages). A reversal is
due wherever the issuer may have booked what the card or the terminal did not complete.
"""

from __future__ import annotations

from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.issuer.messages import AuthorisationRequest, Notice, NoticeKind, NoticeTaker
from harness.terminal import online, owed
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome

SPEC_ADVICE = Spec("EMV 4.4 Book 3", "6.5.5.4")
SPEC_MESSAGES = Spec("EMV 4.4 Book 4", "12.1")

ADVICE_REQUIRED = 0x08
REASONS = {
    0x00: N_("no information given"),
    0x01: N_("service not allowed"),
    0x02: N_("PIN try limit exceeded"),
    0x03: N_("issuer authentication failed"),
}
"""Bits 3-1 of the cryptogram information data 9F27."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One notice that was due. ``delivered`` is False where it still has to be sent, None where
    this run's host takes none."""

    kind: NoticeKind
    reason: str
    delivered: bool | None


def due(ctx: Context, ending: Ending) -> tuple[Notice, ...]:
    """The notices that this ending asks for, in the order in which they have to be sent."""
    found = []
    why = owed.reason(ctx, approved=ending.outcome.approved)
    if why and ctx.sent is not None:
        found.append(_notice(ctx, NoticeKind.REVERSAL, ctx.sent, why))
    advice = _advice(ctx)
    if advice:
        found.append(_notice(ctx, NoticeKind.ADVICE, _request(ctx), advice))
    if ending.outcome is Outcome.APPROVED_OFFLINE:
        found.append(
            _notice(ctx, NoticeKind.CAPTURE, _request(ctx), _("approved offline, with a TC"))
        )
    return tuple(found)


def send(ctx: Context, notices: tuple[Notice, ...]) -> tuple[FollowUp, ...]:
    """Tell the host, and say what became of it."""
    ctx.cite(SPEC_MESSAGES)
    if any(notice.kind is NoticeKind.ADVICE for notice in notices):
        ctx.cite(SPEC_ADVICE)
    taker = ctx.host if isinstance(ctx.host, NoticeTaker) else None
    done = []
    for notice in notices:
        delivered = taker.notify(notice) if taker else None
        done.append(FollowUp(notice.kind, notice.reason, delivered))
        ctx.say(
            _("{kind} due: {reason}; {fate}").format(
                kind=_(KINDS[notice.kind]), reason=notice.reason, fate=_(FATES[delivered])
            )
        )
    return tuple(done)


KINDS = {
    NoticeKind.REVERSAL: N_("reversal"),
    NoticeKind.ADVICE: N_("advice"),
    NoticeKind.CAPTURE: N_("capture"),
}
FATES = {
    True: N_("acknowledged by the host"),
    False: N_("not acknowledged yet, kept to be sent again"),
    None: N_("this run's host takes none"),
}


def _advice(ctx: Context) -> str:
    last = ctx.second or ctx.first
    if last is None or not last.cid & ADVICE_REQUIRED:
        return ""
    return _("the card asks for an advice ({why})").format(
        why=_(REASONS.get(last.cid & 0x07, N_("another reason")))
    )


def _request(ctx: Context) -> AuthorisationRequest:
    return ctx.sent or online.request(ctx)


def _notice(ctx: Context, kind: NoticeKind, request: AuthorisationRequest, why: str) -> Notice:
    return Notice(kind, request, why, online.chip_data(ctx))
