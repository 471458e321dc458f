"""The issuer's answer as the card takes it, and why a cryptogram does not verify."""

from __future__ import annotations

from harness.checks.card.cites import book2
from harness.checks.card.cryptograms import transaction
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, skip
from harness.checks.registry import check
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import SkipReason
from harness.issuer.messages import HostState

_ONLINE = ("GENERATE AC", "EXTERNAL AUTHENTICATE")


@check(
    "AC-06",
    N_("The card accepts its issuer's answer"),
    suite="card",
    spec=(book2("8.2"),),
    sends=_ONLINE,
)
def issuer_answer(view: CardView) -> Finding:
    """A right ARPC: EXTERNAL AUTHENTICATE answers 9000, or the second cryptogram is a TC. A wrong
    one is never sent: it would count against the card."""
    run = transaction(view)
    if isinstance(run, Finding):
        return run
    response = run.response
    if response is None or response.state is not HostState.ANSWERED:
        return not_examined(_("no authorisation took place: {text}").format(text=run.text))
    if not response.issuer_authentication_data:
        return not_examined(_("the issuer gave no authentication data (AC-05)"))
    if run.external_authenticate_sw is not None:
        sw = run.external_authenticate_sw
        text = _("EXTERNAL AUTHENTICATE answered {sw:04X}").format(sw=sw)
        return ok(text) if sw == 0x9000 else fail(text)
    if len(run.generate_ac) < 2:
        return not_applicable(_("the card takes no issuer authentication data"))
    cid = run.generate_ac[1].fields.get(0x9F27, b"")
    if cid and cid[0] & 0xC0 == 0x40:
        return ok(_("TC after a right ARPC"))
    text = _("no TC after a right ARPC and approval: 9F27 is {v}")
    return fail(text.format(v=to_hex(cid) or "-"))


@check(
    "AC-09",
    N_("Why a cryptogram does not verify"),
    suite="card",
    spec=(book2("annex A1.4"), book2("8.1")),
    sends=_ONLINE,
)
def cause(view: CardView) -> Finding:
    """A wrong cryptogram is tried with each other PAN sequence number, key derivation option,
    padding, session key, coverage and order of data: the one that fits is named."""
    run = transaction(view)
    if isinstance(run, Finding):
        return run
    response = run.response
    if response is None or response.state is not HostState.ANSWERED:
        return not_examined(_("no authorisation took place: {text}").format(text=run.text))
    if response.cryptogram_ok is None:
        return skip(SkipReason.UNKNOWN_KEY, _("no issuer key for this card"))
    if response.cryptogram_ok:
        return ok(_("nothing to explain: the cryptogram verifies"))
    if run.variation:
        return fail(run.variation)
    return fail(
        _("none of the known variations fits: another key, another PAN, or changed data"),
        advice=_("compare the key check values of the issuer's master key first"),
    )
