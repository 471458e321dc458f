"""Data that a contact card has to have, and data that it is expected to have."""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict

MANDATORY = (0x5F24, 0x5A, 0x8C, 0x8D)
EXPECTED = (0x57, 0x5F20, 0x5F28, 0x5F34, 0x9F07, 0x9F08, 0x9F0D, 0x9F0E, 0x9F0F)


def _missing(view: CardView, tags: tuple[int, ...]) -> str:
    return ", ".join(f"{tag:02X}" for tag in tags if view.app.get(tag) is None)


@check(
    "DAT-01",
    N_("Mandatory data are present"),
    suite="card",
    spec=(book3("7.2, table 29"),),
    judges_absence=True,
)
def mandatory(view: CardView) -> Finding:
    """Expiration date 5F24, PAN 5A, CDOL1 8C and CDOL2 8D."""
    missing = _missing(view, MANDATORY)
    if missing:
        return fail(_("not on the card: {tags}").format(tags=missing))
    return ok(
        _("5F24, 5A, 8C and 8D present"),
        *(d.evidence for t in MANDATORY if (d := view.app.find(t))),
    )


@check(
    "DAT-02",
    N_("Expected optional data are present"),
    suite="card",
    spec=(book3("annex A1"),),
    severity=Verdict.WARN,
    judges_absence=True,
)
def expected(view: CardView) -> Finding:
    """Track 2, name, country, sequence number, usage control, version, action codes."""
    missing = _missing(view, EXPECTED)
    if missing:
        return warn(
            _("optional by EMV, expected on a payment card, not there: {tags}").format(tags=missing)
        )
    return ok(_("{n} optional data objects present").format(n=len(EXPECTED)))
