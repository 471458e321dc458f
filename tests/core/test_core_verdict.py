"""Exit codes are a promise to scripts: every row of docs/exit-codes.md, by verdicts."""

from __future__ import annotations

from itertools import combinations

import pytest

from harness.core.verdict import ExitCode, SkipReason, Verdict, exit_code, totals
from harness.records.result import CheckResult

P, W, F, S, E, T = (
    Verdict.PASS,
    Verdict.WARN,
    Verdict.FAIL,
    Verdict.SKIP,
    Verdict.ERROR,
    Verdict.TIMEOUT,
)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([P], 0),
        ([P, S], 0),
        ([W], 0),
        ([P, W, S], 0),
        ([F], 1),
        ([T], 1),
        ([P, F], 1),
        ([S], 5),
        ([], 5),
        ([E], 3),
        ([E, F, T, P], 3),
        ([S, F], 1),
        ([S, W], 0),
    ],
)
def test_exit_code(verdicts: list[Verdict], expected: int) -> None:
    assert exit_code(verdicts) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"), [([W], 1), ([P], 0), ([W, S], 1), ([W, E], 3), ([S], 5)]
)
def test_strict_turns_a_warning_into_a_failure(verdicts: list[Verdict], expected: int) -> None:
    assert exit_code(verdicts, strict=True) == expected


def test_error_outranks_everything() -> None:
    for size in range(len(Verdict)):
        for others in combinations(Verdict, size):
            assert exit_code([*others, E]) is ExitCode.ERROR


def test_totals_keep_every_verdict_apart() -> None:
    count = totals([P, P, F, E])
    assert count == {"PASS": 2, "WARN": 0, "FAIL": 1, "SKIP": 0, "ERROR": 1, "TIMEOUT": 0}


def test_a_skip_has_a_reason_and_nothing_else_has() -> None:
    with pytest.raises(ValueError, match="reason"):
        CheckResult("X-1", "title", S, "card")
    with pytest.raises(ValueError, match="reason"):
        CheckResult("X-1", "title", P, "card", reason=SkipReason.NOT_EXAMINED)
    assert CheckResult("X-1", "title", S, "card", reason=SkipReason.NOT_EXAMINED).reason
