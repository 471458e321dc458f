"""Does the card complete a transaction?"""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.cryptograms import transaction
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, ok
from harness.checks.registry import check
from harness.core.i18n import N_
from harness.records.result import Evidence


@check(
    "TXN-01",
    N_("Completes an online transaction with the simulated issuer"),
    suite="card",
    spec=(book3("chapter 10"),),
    sends=("GENERATE AC", "EXTERNAL AUTHENTICATE"),
)
def completes(view: CardView) -> Finding:
    """The harness's kernel and the simulated issuer approve a purchase of 12.34.

    It says what happened with this kernel and this configuration, not with a shop's terminal.
    """
    found = transaction(view)
    if isinstance(found, Finding):
        return found
    seen = (Evidence("GENERATE AC", found.exchange),) if found.exchange is not None else ()
    if not found.completed:
        return fail(found.text or found.error or found.outcome, *seen)
    return ok(found.text, *seen)
