"""Waivers: a known failure is shown as waived, and is red again the day it expires."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.campaign.waivers import Waiver, load_waivers, waive
from harness.core.clock import ManualClock
from harness.core.errors import ConfigErrors
from harness.core.verdict import Verdict
from harness.records.result import CheckResult

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats" / "waivers.md"
WAIVER = Waiver("TRK-03", "visa-*", "Ada", "old batch", date(2026, 12, 31))


def result(verdict: Verdict, check: str = "TRK-03", subject: str = "visa-credit") -> CheckResult:
    return CheckResult(check, "", verdict, "card", subject=subject, message="2712 and 2812")


def one(found: CheckResult, day: date = date(2026, 12, 31)) -> CheckResult:
    (made,) = waive([found], [WAIVER], day)
    return made


def test_a_failure_is_waived_up_to_the_last_day_and_never_passed() -> None:
    made = one(result(Verdict.FAIL))
    assert made.verdict is Verdict.WARN
    assert made.message == "waived until 2026-12-31 by Ada: old batch · 2712 and 2812"


def test_the_day_after_it_is_red_again_and_says_why() -> None:
    made = one(result(Verdict.FAIL), date(2027, 1, 1))
    assert made.verdict is Verdict.FAIL
    assert "ran out on 2026-12-31" in made.message


@pytest.mark.parametrize("verdict", [Verdict.ERROR, Verdict.PASS, Verdict.WARN])
def test_only_failures_can_be_waived(verdict: Verdict) -> None:
    assert one(result(verdict)) == result(verdict)


def test_another_check_or_another_card_is_not_waived() -> None:
    for other in (result(Verdict.FAIL, "TRK-04"), result(Verdict.FAIL, subject="maestro")):
        assert one(other) == other


def test_the_worked_file_of_the_page_loads(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "w.toml"
    path.write_text(text, encoding="utf-8")
    (waiver,) = load_waivers(path)
    assert (waiver.check, waiver.until) == ("TRK-03", date(2026, 12, 31))


def test_a_waiver_without_owner_reason_or_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text('schema = 1\n[[waiver]]\ncheck = "TRK-03"\n')
    with pytest.raises(ConfigErrors) as refused:
        load_waivers(path)
    assert len(refused.value.problems) == 3


def test_a_run_with_a_waiver() -> None:
    waiver = Waiver("ODA-24", "*", "Ada", "known", date(2030, 1, 1))
    options = AcceptanceOptions(
        images=("visa-credit",),
        suites=("card",),
        faults=("wrong-sw@internal-authenticate",),
        clock=ManualClock(),
    )
    bare = {r.id: r.verdict for r in run_acceptance(options).results}
    assert bare["ODA-24"] is Verdict.FAIL
    from dataclasses import replace

    waived = {r.id: r.verdict for r in run_acceptance(replace(options, waivers=(waiver,))).results}
    assert waived["ODA-24"] is Verdict.WARN
