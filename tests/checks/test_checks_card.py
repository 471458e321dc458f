"""Every card check: a card that it passes, and one that it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cardcases import CASES as FIRST
from cardcases import Case
from cardcases_more import MORE
from checkviews import MASTERCARD, VISA, good_view

from harness.checks.card.view import CardView
from harness.checks.card_judging import judge_application
from harness.checks.finding import Finding, ok
from harness.checks.registry import CHECKS, Scope, all_checks
from harness.core.verdict import Verdict

all_checks()
CASES = (*FIRST, *MORE)


def run(case_id: str, view: CardView) -> Finding:
    entry = CHECKS["card", case_id]
    return entry.function(view) if entry.scope is Scope.CARD else judge_application(entry, view)


def expect_bad(case: Case) -> None:
    view = good_view(case.image)
    case.bad(view)
    finding = run(case.id, view)
    assert finding.verdict.value == case.verdict, finding
    assert case.says in finding.message


def names(cases: tuple[Case, ...]) -> list[str]:
    return [f"{case.id}-{at}" for at, case in enumerate(cases)]


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_broken_card_is_noticed(case: Case) -> None:
    expect_bad(case)


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_good_card_passes(case: Case) -> None:
    view = good_view(case.image)
    case.good(view)
    finding = run(case.id, view)
    assert finding.verdict is Verdict.PASS, finding
    assert finding.message


@pytest.mark.parametrize("case", CASES, ids=names(CASES))
def test_a_check_that_is_switched_off_is_noticed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("card", case.id)
    silent = replace(CHECKS[key], function=lambda _view: ok("switched off"))
    monkeypatch.setitem(CHECKS, key, silent)
    with pytest.raises(AssertionError):
        expect_bad(case)


def test_every_card_check_has_a_case() -> None:
    assert {case.id for case in CASES} == {entry.id for entry in all_checks("card")}


def test_no_case_is_worse_than_the_declared_severity() -> None:
    for entry in all_checks("card"):
        found = {case.verdict for case in CASES if case.id == entry.id}
        assert entry.severity.value in found, f"{entry.id}: no case with {entry.severity}"
        if entry.severity is not Verdict.FAIL:
            assert found == {entry.severity.value}, entry.id


@pytest.mark.parametrize("image", [VISA, MASTERCARD])
def test_no_check_fails_on_a_shipped_card(image: str) -> None:
    view = good_view(image)
    bad = {
        entry.id: finding.message
        for entry in all_checks("card")
        if (finding := run(entry.id, view)).verdict not in {Verdict.PASS, Verdict.SKIP}
    }
    assert bad == {}


@pytest.mark.parametrize("entry", all_checks("card"), ids=lambda entry: entry.id)
def test_no_message_holds_a_whole_pan(entry: object) -> None:
    for case in (case for case in CASES if case.id == entry.id):
        view = good_view(case.image)
        pan = view.pan
        case.bad(view)
        finding = run(case.id, view)
        text = finding.message + finding.advice + "".join(e.text for e in finding.evidence)
        assert pan not in text
        assert "4761739001010127" not in text
