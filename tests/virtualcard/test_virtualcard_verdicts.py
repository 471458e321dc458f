"""A run with a fault reports the verdict that the fault's file promises, and blames the card."""

from __future__ import annotations

from functools import cache

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.profiles.fault_file import fault_names, load_fault
from harness.records.result import CheckResult


def _run(image: str, suite: str, *faults: str) -> tuple[CheckResult, ...]:
    options = AcceptanceOptions(
        faults=faults, images=(image, "test-card"), clock=ManualClock(), suites=(suite,)
    )
    return run_acceptance(options).results


@cache
def _good(image: str, suite: str) -> frozenset[tuple[str, str]]:
    """Verdict and check of a run without faults."""
    return frozenset((item.verdict, item.id) for item in _run(image, suite))


@pytest.mark.parametrize("name", fault_names())
def test_fault_gives_the_promised_verdict(name: str) -> None:
    fault = load_fault(name)
    run = (fault.image, fault.suite)
    found = {(item.verdict, item.id) for item in _run(*run, fault.example)}
    promised = (fault.verdict, fault.check)
    assert promised in found, "the check does not see the fault"
    assert promised not in _good(*run) or fault.verdict == "PASS", "as without the fault"
    ours = {item for item in found - _good(*run) if item[0] == "ERROR"}
    assert not ours, "the misbehaviour is the card's, not ours"


def test_a_warm_atr_of_its_own_is_said() -> None:
    """EMV allows it, so the verdict is PASS; the difference is in the advice."""
    results = [
        item for item in _run("visa-credit", "reader", "warm-atr-differs") if item.id == "RST-01"
    ]
    assert [item.advice for item in results] == ["differs from the cold one, as EMV allows"]
