"""Completion: what to ask for at the end, the second GENERATE AC, and the final decision.

EMV 4.4 Book 3, 10.11; Book 4, 6.3.8 and 6.3.2.1 (CDA failure).
"""

from __future__ import annotations

from harness.core.errors import LinkError
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.issuer.messages import HostState
from harness.terminal import action, cryptogram, online, outcome, owed, scripts
from harness.terminal.authentication import SPEC_CDA_FAILURE
from harness.terminal.bits import Open, TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending

SPEC_COMPLETION = Spec("EMV 4.4 Book 3", "10.11")
SPEC_CARD_ACTION = Spec("EMV 4.4 Book 4", "6.3.7", verified=True)
SPEC_ONLINE_END = Spec("EMV 4.4 Book 4", "6.3.8", verified=True)

REFERRING = ("01", "02")
"""Response codes (tag 8A) by which an issuer wants to be called (EMV 4.4 Book 4, Annex A6)."""


def after_first(ctx: Context) -> Ending | None:
    """Is the transaction over after the first GENERATE AC? None: it goes on."""
    first = ctx.first
    if first is None:
        return outcome.terminated(_("no cryptogram"))
    ctx.cite(SPEC_CARD_ACTION)
    failed = cda_failed(ctx)
    if first.kind == "TC":
        if failed:
            ctx.cite(SPEC_CDA_FAILURE)
            return outcome.declined(
                _("TC returned, but CDA failed: {why}").format(why=failed), online=False
            )
        return outcome.offline("TC", first.ac)
    if first.kind == "AAC":
        return outcome.offline("AAC", first.ac, _why_declined(ctx))
    ctx.say(_("the card leaves the decision to the issuer (ARQC)"))
    return None


def _why_declined(ctx: Context) -> str:
    return _("by the terminal") if ctx.asked == "AAC" else _("by the card")


def cda_failed(ctx: Context) -> str:
    """Why the signature of GENERATE AC did not hold, or an empty string."""
    if ctx.tvr.has(TvrBit.CDA_FAILED) and ctx.oda and ctx.oda.method == "CDA" and ctx.cda_sent:
        return ctx.oda.text
    return ""


def run(ctx: Context) -> Ending | None:
    """Second GENERATE AC with scripts around it. Always gives an Ending."""
    ctx.cite(SPEC_COMPLETION, SPEC_ONLINE_END)
    failed = cda_failed(ctx)
    if failed:
        ctx.cite(SPEC_CDA_FAILURE)
        ctx.terminal[0x8A] = action.DECLINED
        ctx.say(_("CDA failed with the ARQC: the second GENERATE AC asks for AAC"))
        stop = cryptogram.run_second(ctx, "AAC")
        return stop or outcome.declined(failed, online=False)
    answer = ctx.answer
    if answer is None or answer.state is not HostState.ANSWERED:
        return _without_issuer(ctx)
    approved = ctx.approved_by_issuer = _approved(ctx, answer.arc)
    owed.note(ctx)
    scripts.run(ctx, answer.scripts, scripts.BEFORE)
    ctx.say(
        _("the issuer answered {arc}: ask for {kind}").format(
            arc=answer.arc, kind="TC" if approved else "AAC"
        )
    )
    stop = cryptogram.run_second(ctx, "TC" if approved else "AAC")
    ending = stop or _final(ctx, approved=approved)
    owed.note(ctx, approved=ending.outcome.approved)
    _scripts_after(ctx, answer.scripts)
    return ending


def _scripts_after(ctx: Context, given: tuple[bytes, ...]) -> None:
    """Scripts 72. The card has decided by now: a link that fails here fails the script, not the
    transaction."""
    try:
        scripts.run(ctx, given, scripts.AFTER)
    except LinkError as error:
        if ctx.second is None:
            raise
        ctx.settle(Open.SCRIPT_AFTER, TvrBit.SCRIPT_FAILED_AFTER)
        ctx.say(_("the link failed during the script: {what}").format(what=error.what))


def _approved(ctx: Context, arc: str) -> bool:
    """Does the issuer approve? A referral is asked of whoever can call; nobody: it is declined."""
    if arc not in REFERRING:
        return arc in online.APPROVING
    if ctx.request.referral is None:
        ctx.say(_("the issuer answered {arc}, a referral, and nobody can call it").format(arc=arc))
        return False
    approved = ctx.request.referral(arc)
    ctx.say(
        _("referral ({arc}): {result} on the telephone").format(
            arc=arc, result=_("approved") if approved else _("declined")
        )
    )
    return approved


def _final(ctx: Context, *, approved: bool) -> Ending:
    answer, second = ctx.answer, ctx.second
    if answer is None or second is None:
        return outcome.terminated(_("no second cryptogram"))
    failed = cda_failed(ctx)
    if failed:
        ctx.cite(SPEC_CDA_FAILURE)
        return outcome.declined(failed, online=True)
    return outcome.online(
        answer.name, answer.arc, ctx.arpc, second.kind, second.ac, approved=approved
    )


def _without_issuer(ctx: Context) -> Ending:
    """Nobody answered: the default action codes decide what to ask for."""
    kind = action.unable_online(ctx)
    stop = cryptogram.run_second(ctx, kind)
    if stop:
        return stop
    second = ctx.second
    if second is None:
        return outcome.terminated(_("no second cryptogram"))
    failed = cda_failed(ctx)
    if failed:
        ctx.cite(SPEC_CDA_FAILURE)
        return outcome.declined(failed, online=False)
    return outcome.offline(second.kind, second.ac, _("unable to go online"))
