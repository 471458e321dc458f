"""Many cards: the same finding once, with what to do about it."""

from __future__ import annotations

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.profiles.image import list_images
from harness.report.console import run_lines

ADVICE = "-> compare with the issuer's data for this card"


def test_the_same_finding_on_many_cards_says_once_what_to_do():
    images = tuple(image.id for image in list_images() if image.is_emv)[:20]
    options = AcceptanceOptions(
        images=images, suites=("card",), faults=("wrong-check-digit",), clock=ManualClock()
    )
    shown = "\n".join(text for text, _style in run_lines(run_acceptance(options)))
    assert shown.count("so or alike on") == 1
    assert shown.count(ADVICE) == 1
