"""The matrix: every reader fault is found by a check, and makes no check an ERROR of ours."""

from __future__ import annotations

import pytest
from readerfaults import suite
from readermore import FOUND_BY

from harness.core.clock import ManualClock
from harness.core.errors import ConfigError
from harness.core.verdict import Verdict
from harness.link.api import LinkOptions
from harness.link.faults import fault_names, fault_text, with_faults
from harness.link.virtual import VirtualReader

FOUND = (Verdict.FAIL, Verdict.WARN, Verdict.TIMEOUT)


def bad(results: dict) -> set[str]:
    return {id for id, one in results.items() if one.verdict in FOUND}


def test_without_a_fault_nothing_is_found() -> None:
    results = suite()
    assert bad(results) == set()
    passed = [one for one in results.values() if one.verdict is Verdict.PASS]
    assert len(passed) >= 80
    assert all(one.message for one in results.values())


@pytest.mark.parametrize("name", fault_names())
def test_a_fault_is_found_and_breaks_nothing(name: str) -> None:
    good, spoiled = suite(), suite(name)
    assert set(spoiled) == set(good)
    assert bad(spoiled), f"no check finds {name}"
    errors = {id: one.message for id, one in spoiled.items() if one.verdict is Verdict.ERROR}
    assert errors == {}
    expected = {check for check, fault in FOUND_BY.items() if fault == name}
    assert expected & bad(spoiled) or not expected
    assert fault_text(name)


def test_faults_add_up() -> None:
    both = bad(suite("hide-wrong-le", "lost-event"))
    assert {"APD-6C", "EVT-04"} <= both


@pytest.mark.parametrize("name", ["drop", "reorder", "corrupt-under-load", "jitter"])
def test_a_seed_gives_the_same_run_again(name: str) -> None:
    first = {id: one.verdict for id, one in suite(name, seed=7).items()}
    suite.cache_clear()
    assert {id: one.verdict for id, one in suite(name, seed=7).items()} == first


def test_the_seed_of_a_fault_may_be_named() -> None:
    assert bad(suite("reorder@5"))


@pytest.mark.parametrize("text", ["no-such", "drop@x", ""])
def test_an_unknown_fault_is_told_with_the_list(text: str) -> None:
    clock = ManualClock()
    reader = VirtualReader("test-card", LinkOptions(("test-card",), clock=clock))
    with pytest.raises(ConfigError) as caught:
        with_faults(reader, (text,), 0, clock)
    assert "swallow-get-response" in caught.value.todo


def test_a_physical_card_gets_no_faults() -> None:
    class Physical(VirtualReader):
        image = ""

    reader = Physical("test-card", LinkOptions())
    with pytest.raises(ConfigError, match="virtual cards only"):
        with_faults(reader, ("drop",), 0, ManualClock())
