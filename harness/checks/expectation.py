"""Cards that are wrong on purpose: what they must be refused for is what they are held to.

An image with ``expect = "refused"`` names the checks that have to fail (``fails``). On that card
such a FAIL is what was wanted, and is reported as PASS with these words; that check's PASS would
be the failure. Every other check counts as on any card.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core.i18n import _
from harness.core.verdict import Verdict
from harness.records.result import CheckResult

Emit = Callable[[object], None]


def expecting(image: str, emit: Emit) -> Emit:
    """``emit``, with the results of a card that is wrong on purpose turned into what they mean.

    ``image`` is the id or file of a virtual card's image, empty for a physical card. Raises as
    ``load_image``.
    """
    if not image:
        return emit
    from harness.profiles.image import load_image

    wanted = load_image(image).fails
    if not wanted:
        return emit

    def turned(event: object) -> None:
        known = isinstance(event, CheckResult) and event.id in wanted
        emit(judged(event) if known and isinstance(event, CheckResult) else event)

    return turned


def judged(result: CheckResult) -> CheckResult:
    """The result of a check that has to fail on this card. ERROR and TIMEOUT stay what they are:
    they say nothing about the card."""
    if result.verdict is Verdict.FAIL:
        text = _("found, as this card is meant to have it: {message}")
        return replace(
            result, verdict=Verdict.PASS, message=text.format(message=result.message), advice=""
        )
    if result.verdict in (Verdict.PASS, Verdict.WARN, Verdict.SKIP):
        text = _("this card is wrong on purpose, and the check did not find it: {message}")
        return replace(
            result, verdict=Verdict.FAIL, message=text.format(message=result.message), reason=None
        )
    return result
