"""Is each required card type accepted?"""

from __future__ import annotations

from harness.checks.finding import Finding, fail, not_applicable, ok, warn
from harness.checks.registry import Needs, Scope, check
from harness.core.i18n import N_, _
from harness.records.run import CoverageRow

TRY_AGAIN = N_(
    "run it again with the same card, and with another of its type: the last run decides, "
    "and --since leaves out what was put right"
)
LOOK = N_(
    "`emv-harness transact -v` with this card shows the step that ended it; where the card checks "
    "find nothing against the card, look at AIDs, limits and CA keys of the terminal configuration"
)


@check(
    "COV",
    N_("Required card type completes a transaction"),
    suite="coverage",
    scope=Scope.COVERAGE,
    needs=Needs.NOTHING,
    sends=("GENERATE AC", "EXTERNAL AUTHENTICATE"),
)
def required_type(row: CoverageRow) -> Finding:
    """One result a required type, ``COV-<type>``: accepted when a card of the type completed a
    transaction with the harness's kernel; rejected or not tried is FAIL, with the reason."""
    if row.state == "accepted":
        return warn(row.note, advice=_(TRY_AGAIN)) if row.flaky else ok(row.note)
    if row.state == "not-required":
        return not_applicable(_("not required by the plan"))
    if row.state == "not-tried":
        return fail(
            _("not tried: {why}").format(why=row.note),
            advice=_("a type that was never tried is not covered: add a card of it to the run"),
        )
    advice = _(TRY_AGAIN) if row.flaky else _(LOOK)
    return fail(_("rejected: {why}").format(why=row.note), advice=advice)
