"""The transaction counter over two transactions of the same card."""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.cryptograms import transaction
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok
from harness.checks.registry import check
from harness.codec.tlv import parse
from harness.core.i18n import N_, _
from harness.records.result import Evidence

ATC = 0x9F36


@check(
    "ATC-02",
    N_("The transaction counter counts"),
    suite="card",
    spec=(book3("10.1"),),
    sends=("GENERATE AC", "EXTERNAL AUTHENTICATE"),
)
def counts(view: CardView) -> Finding:
    """9F36 of GENERATE AC is one more than GET DATA said in the transaction before it."""
    found = transaction(view)
    if isinstance(found, Finding):
        return found
    reply = view.app.get_data.get(ATC)
    node = parse(reply.data).find(ATC) if reply is not None and reply.ok else None
    if reply is None or node is None or len(node.value) != 2:
        return not_examined(_("transaction counter not given by GET DATA (ATC-01)"))
    if found.request is not None and found.request.aid != view.aid:
        return not_examined(_("the transaction ran with another application"))
    given = found.generate_ac[0].fields.get(ATC, b"") if found.generate_ac else b""
    if len(given) != 2:
        return not_examined(_("no GENERATE AC gave the transaction counter"))
    before, now = int.from_bytes(node.value, "big"), int.from_bytes(given, "big")
    seen = Evidence("GENERATE AC", found.generate_ac[0].index)
    if now == before + 1:
        return ok(_("ATC {before}, then {now}").format(before=before, now=now), seen)
    return fail(
        _("ATC {before}, and {now} in the next transaction").format(before=before, now=now),
        Evidence(reply.label, reply.index),
        seen,
        advice=_("issuers take a counter that stands still or jumps for a copied card"),
    )
