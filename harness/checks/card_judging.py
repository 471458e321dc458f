"""One application check on one application: run it, or say why it was not run."""

from __future__ import annotations

from harness.checks.card.catalogue import CONTACT_ONLY
from harness.checks.card.facts import ApplicationFacts
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, not_applicable
from harness.checks.judge import missing_data
from harness.checks.registry import CheckDef
from harness.core.i18n import _


def judge_application(entry: CheckDef, view: CardView) -> Finding:
    """The finding of an application check, or why it was not run on this application."""
    if not view.app.select.ok and entry.id != "SEL-01":
        return not_applicable(_("the application was not selected"))
    if view.contactless and entry.id in CONTACT_ONLY:
        return not_applicable(_("a rule about an application read over the contacts"))
    missing = missing_data(entry, view.app.get, view.app.complete)
    return missing if missing is not None else entry.function(view)


def empty_application() -> ApplicationFacts:
    """An application of which nothing was read."""
    from harness.checks.card.replies import Reply
    from harness.codec import tlv

    return ApplicationFacts(b"", Reply(b"\x00\xa4\x04\x00", b"", None, 0), tlv.parse(b""))
