"""Every shipped image, with our terminal and our issuer: it completes, or it is refused for what
its file says."""

from __future__ import annotations

import pytest

from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.checks.expectation import judged
from harness.core.clock import ManualClock
from harness.core.verdict import SkipReason, Verdict
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader, one_of_each_scheme
from harness.profiles.image import CardImage, list_images, load_image
from harness.records.result import CheckResult

EMV = [image for image in list_images() if image.is_emv]


@pytest.mark.parametrize("image", EMV, ids=lambda image: image.id)
def test_every_image_does_what_it_is_meant_to(image: CardImage) -> None:
    clock = ManualClock()
    reader = VirtualReader(image.id, LinkOptions(clock=clock, images=(image.id,)))
    seen: list[object] = []
    attempt = run_card_suite(reader, seen.append, options=CardSuiteOptions(clock=clock))
    results = [event for event in seen if isinstance(event, CheckResult)]
    wrong = [r for r in results if r.verdict not in (Verdict.PASS, Verdict.WARN, Verdict.SKIP)]
    assert wrong == []
    assert len(results) > 50
    wanted = "accepted" if image.expect == "completes" else "rejected"
    assert attempt.state == wanted, attempt.why
    if wanted == "accepted":
        assert "approved by the simulated issuer" in attempt.why


def test_the_issuer_judged_every_cryptogram() -> None:
    """An ARQC that the issuer cannot judge would be approved as well: so look at the check."""
    for image in EMV:
        if image.expect != "completes":
            continue
        reader = VirtualReader(image.id, LinkOptions(clock=ManualClock(), images=(image.id,)))
        seen: list[object] = []
        run_card_suite(reader, seen.append, options=CardSuiteOptions(clock=ManualClock()))
        verdicts = {r.id: r.verdict for r in seen if isinstance(r, CheckResult)}
        assert verdicts["AC-05"] is Verdict.PASS, image.id


def test_one_image_a_scheme() -> None:
    chosen = one_of_each_scheme(LinkOptions())
    images = [load_image(name) for name in chosen]
    assert {image.scheme for image in EMV} <= {image.scheme for image in images}
    generic = [image.scheme for image in images if image.basis != "public"]
    assert len(generic) == len(set(generic))
    public = [(image.scheme, image.type) for image in images if image.basis == "public"]
    assert len(public) == len(set(public))
    assert {"visa-credit", "mastercard-debit"} <= set(chosen)
    assert one_of_each_scheme(LinkOptions(images=("vpay", "maestro"))) == ["vpay", "maestro"]


class TestExpectation:
    """What a refused card's results mean."""

    def result(self, verdict: Verdict) -> CheckResult:
        reason = SkipReason.NOT_APPLICABLE if verdict is Verdict.SKIP else None
        return CheckResult("SEL-01", "t", verdict, "card", message="m", reason=reason)

    @pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.WARN, Verdict.SKIP])
    def test_not_found_is_a_failure(self, verdict: Verdict) -> None:
        made = judged(self.result(verdict))
        assert made.verdict is Verdict.FAIL
        assert "did not find it: m" in made.message

    def test_found_is_a_pass(self) -> None:
        made = judged(self.result(Verdict.FAIL))
        assert made.verdict is Verdict.PASS
        assert "meant to have it: m" in made.message

    @pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.TIMEOUT])
    def test_what_says_nothing_about_the_card_stays(self, verdict: Verdict) -> None:
        assert judged(self.result(verdict)).verdict is verdict
