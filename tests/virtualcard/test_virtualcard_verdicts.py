"""A run with a fault reports the verdict that the fault's file promises, and blames the card."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(fault_names()), min_size=2, max_size=4, unique=True),
    st.sampled_from(["visa-credit", "mastercard-debit", "unionpay-ecash"]),
    st.integers(0, 9),
)
def test_faults_together_are_the_cards_fault(names: list[str], image: str, seed: int) -> None:
    """Whatever is wrong at once: no ERROR, and something is found to be wrong or not examined."""
    options = AcceptanceOptions(
        faults=tuple(load_fault(name).example for name in names),
        images=(image,),
        clock=ManualClock(),
        suites=("card",),
        seed=seed,
    )
    results = run_acceptance(options).results
    verdicts = {item.verdict for item in results}
    assert "ERROR" not in verdicts, [item.message for item in results if item.verdict == "ERROR"]
    assert len(results) > 50
