"""Offline data authentication: dynamic signatures, DDA and CDA (Book 2, 6.5 and 6.6)."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.card.chain import Chain
from harness.checks.card.cites import book2
from harness.checks.card.cryptograms import transaction
from harness.checks.card.initiation import CDA, DDA, aip_bit
from harness.checks.card.oda_steps import judge_steps, standing, trusted
from harness.checks.card.view import CardView
from harness.checks.card.words import KEY_KIND, RECORDED
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.crypto.oda import Recovered
from harness.records.result import Evidence, Measurement


@check(
    "ODA-24",
    N_("Dynamic signature (DDA)"),
    suite="card",
    spec=(book2("6.5.1"), book2("6.5.2, table 17")),
    reads=(0x82,),
)
def dda(view: CardView) -> Finding:
    """Two INTERNAL AUTHENTICATE with fresh numbers: both signatures hold, and they differ."""
    if not aip_bit(view, DDA):
        return not_applicable(_("the AIP does not announce DDA"))
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    if not chain.dynamic:
        return not_examined(_("no ICC key, or no dynamic signature was asked for"))
    for reply in view.app.internal_authenticate:
        if not reply.ok:
            return fail(
                _("INTERNAL AUTHENTICATE answered {sw}").format(sw=reply.status),
                Evidence(reply.label, reply.index),
            )
    seen = tuple(Evidence("INTERNAL AUTHENTICATE", index) for index, _s, _r in chain.dynamic)
    for index, _signature, result in chain.dynamic:
        broken = next((step for step in result.steps if not step.ok), None)
        if broken is not None:
            return fail(
                _("the signature does not verify: {step}: {detail}").format(
                    step=_(broken.name), detail=broken.detail
                ),
                Evidence("INTERNAL AUTHENTICATE", index),
            )
    if len(chain.dynamic) > 1 and len({signature for _i, signature, _r in chain.dynamic}) == 1:
        return fail(_("two unpredictable numbers gave the same signature"), *seen)
    return ok(
        _("{n} dynamic signatures verified, {standing}").format(
            n=len(chain.dynamic), standing=standing(view, chain)
        ),
        *seen,
        measurements=_kind(view, chain),
    )


def _kind(view: CardView, chain: Chain) -> tuple[Measurement, ...]:
    """What kind of CA key the signature stands under, and whether somebody else chose the number
    long ago: *authentic* depends on both."""
    if chain.ca is None:
        return ()
    kind = Measurement(KEY_KIND, chain.ca.kind)
    return (kind,) if view.card.unread is None else (kind, Measurement(RECORDED, True))


def _cda(view: CardView) -> tuple[Chain, Recovered] | Finding:
    """The chain and the combined signature under it, or why that cannot be judged."""
    if not aip_bit(view, CDA):
        return not_applicable(_("the AIP does not announce CDA"))
    run = transaction(view)
    if isinstance(run, Finding):
        return run
    chain = trusted(view)
    if isinstance(chain, Finding):
        return chain
    if run.cda is None:
        return not_examined(_("no cryptogram with a signature was given"))
    return chain, run.cda


@check(
    "ODA-25",
    N_("Combined signature (CDA)"),
    suite="card",
    spec=(book2("6.6.2, table 22"),),
    reads=(0x82,),
    sends=("GENERATE AC",),
)
def cda_signature(view: CardView) -> Finding:
    """9F4B of GENERATE AC: form, hash over the unpredictable number, cryptogram information."""
    known = _cda(view)
    if isinstance(known, Finding):
        return known
    chain, signature = known
    names = ("data", "length", "trailer", "header", "format", "hash", "dynamic number")
    said = _("combined signature verified, {standing}").format(standing=standing(view, chain))
    found = judge_steps(signature, (*names, "cryptogram information"), said)
    return replace(found, measurements=_kind(view, chain))


@check(
    "ODA-26",
    N_("Combined signature: transaction data hash"),
    suite="card",
    spec=(book2("6.6.2, steps 10 to 12"),),
    reads=(0x82,),
    sends=("GENERATE AC",),
)
def cda_hash(view: CardView) -> Finding:
    """The hash inside is over PDOL, CDOL1 and CDOL2 data and the answer, in order."""
    known = _cda(view)
    if isinstance(known, Finding):
        return known
    return judge_steps(known[1], ("transaction data hash",), _("consistent: {details}"))
