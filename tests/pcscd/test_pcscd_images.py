"""One image a scheme completes its transaction through a real pcscd."""

from __future__ import annotations

import pytest

from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.core.clock import ManualClock
from harness.link.api import LinkOptions
from harness.link.virtual import one_of_each_scheme
from harness.link.vpcd_reader import VpcdReader
from harness.profiles.image import load_image
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

CARDS = [name for name in one_of_each_scheme(LinkOptions()) if load_image(name).is_emv]
OPTIONS = CardSuiteOptions(
    clock=ManualClock(), allow_state_change=True, own_test_keys=True, judge_card=False
)


@pytest.mark.parametrize("image", CARDS)
def test_an_image_of_each_scheme_completes(daemon: PrivatePcscd, image: str) -> None:
    reader = VpcdReader(image, LinkOptions(images=(image,)))
    try:
        attempt = run_card_suite(reader, lambda _event: None, options=OPTIONS)
    finally:
        reader.close()
    assert attempt.state == "accepted", attempt.why
