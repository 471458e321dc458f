"""A run with a fault reports the verdict that the fault's file promises."""

from __future__ import annotations

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.profiles.fault_file import fault_names, load_fault


@pytest.mark.parametrize("name", fault_names())
def test_fault_gives_the_promised_verdict(name: str) -> None:
    fault = load_fault(name)
    record = run_acceptance(
        AcceptanceOptions(
            faults=(fault.example,), images=("visa-credit", "test-card"), clock=ManualClock()
        )
    )
    found = {(result.verdict, result.id) for result in record.results}
    assert (fault.verdict, fault.check) in found
    assert record.totals["ERROR"] == 0, "the misbehaviour is the card's, not ours"
