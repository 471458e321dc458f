"""Every id of the catalogue is a check, or is left out for a reason."""

from __future__ import annotations

import pytest

from harness.checks.card.catalogue import EXCLUDED, IDS
from harness.checks.card.words import KEY_KIND, RECORDED, WORDS, Word, standing, word_of
from harness.checks.registry import all_checks
from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Measurement

OWN = {"READ-01", "TXN-01"}


def test_every_id_is_registered_or_left_out_with_a_reason() -> None:
    there = {entry.id for entry in all_checks("card")}
    assert set(IDS) - there == set(EXCLUDED)
    assert there - set(IDS) == OWN


def test_no_id_is_there_twice_and_every_reason_says_something() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(len(reason) > 20 for reason in EXCLUDED.values())


@pytest.mark.parametrize("entry", all_checks("card"), ids=lambda entry: entry.id)
def test_every_check_speaks_for_one_of_the_three_words(entry: object) -> None:
    assert word_of(entry.id) in Word


def test_authentic_is_said_by_dynamic_signatures_and_cryptograms_only() -> None:
    assert {check for check, word in WORDS.items() if word is Word.AUTHENTIC} == {
        "ODA-24",
        "ODA-25",
        "AC-05",
    }


def result(check: str, verdict: Verdict, kind: str = "") -> CheckResult:
    measured = (Measurement(KEY_KIND, kind),) if kind else ()
    return CheckResult(check, "", verdict, "card", measurements=measured)


def test_the_three_words_are_said_apart() -> None:
    said = standing([result("TLV-01", Verdict.FAIL), result("TRK-02", Verdict.PASS)])
    assert said[Word.WELL_FORMED].startswith("no: 1 of 1")
    assert said[Word.CONSISTENT] == "nothing against it, checks examined: 1"
    assert said[Word.AUTHENTIC] == "not examined"


@pytest.mark.parametrize(
    ("kind", "begins"), [("live", "yes"), ("test", "yes"), ("own-test", "not")]
)
def test_authentic_is_never_said_under_our_own_test_keys(kind: str, begins: str) -> None:
    said = standing([result("ODA-24", Verdict.PASS, kind), result("AC-05", Verdict.PASS)])
    assert said[Word.AUTHENTIC].startswith(begins)


def test_authentic_is_never_said_of_a_recording() -> None:
    measured = (Measurement(KEY_KIND, "live"), Measurement(RECORDED, True))
    said = standing([CheckResult("ODA-24", "", Verdict.PASS, "card", measurements=measured)])
    assert said[Word.AUTHENTIC] == "not shown: recorded signatures answer no fresh number"
