"""One fault of each kind on a card behind a real pcscd: the verdict that its file promises."""

from __future__ import annotations

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock, SystemClock
from harness.profiles.fault_file import KINDS, load_fault
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

DEADLINE_S = 2.0
ONE_OF_EACH = (
    "mute",
    "removed",
    "slow",
    "truncated",
    "wrong-sw",
    "bit-flip",
    "wrong-cryptogram",
    "atc-stuck",
    "expired",
    "afl-to-nothing",
    "indefinite-length",
    "issuer-certificate-revoked",
    "atr-tb1-programming-voltage",
)
SPECIFICATION = {"slow": "slow@every:10"}
"""Each tenth command is enough for the slowest twentieth, and takes a tenth of the time."""


def test_every_kind_is_there() -> None:
    assert {load_fault(name).kind for name in ONE_OF_EACH} == set(KINDS)
    assert len(ONE_OF_EACH) == len(KINDS)


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_fault_behind_pcscd(name: str, daemon: PrivatePcscd) -> None:
    fault = load_fault(name)
    record = run_acceptance(
        AcceptanceOptions(
            readers=("vpcd",),
            images=("test-card",) if fault.suite == "reader" else (fault.image,),
            suites=(fault.suite,),
            faults=(SPECIFICATION.get(name, fault.example),),
            allow_state_change=True,
            own_test_keys=True,
            # Only what is measured needs a clock that goes by itself.
            clock=SystemClock() if fault.kind == "delay" else ManualClock(),
            deadline_s=DEADLINE_S,
            only=(fault.check,) if fault.suite == "reader" else (),
        )
    )
    found = {(item.verdict, item.id): item.message for item in record.results}
    assert (fault.verdict, fault.check) in found
    assert not [key for key in found if key[0] == "ERROR"]
