"""Readers and cards that tell nonsense: each ends as a finding, never as an error of ours."""

from __future__ import annotations

import random

import pytest
from readerbenches import card_with_atr
from readertalk import FEATURES, talking

from harness.checks.reader.bench import Limits
from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite
from harness.checks.registry import CHECKS, all_checks
from harness.core.verdict import Verdict
from harness.records.result import CheckResult

all_checks("reader")
ATRS = {
    "of one byte": "3B",
    "of two bytes": "3B00",
    "of 40 bytes": "3B" + "00" * 39,
    "cut short": "3B8880",
    "of an unknown convention": "3000",
    "that offers no protocol of ours": "3B8002" + "02",
    "of an endless chain": "3B" + "F0" + "80" * 31,
    "full of ones": "FF" * 33,
}


def suite(atr: str) -> dict[str, CheckResult]:
    reader = card_with_atr(atr)
    events: list[object] = []
    options = ReaderSuiteOptions(
        clock=reader.clock,
        limits=Limits("test", 25.0, resets=2, samples=20, rounds=5),
        listed=(reader.name,),
        versions={"emv-harness": "1", "python": "3"},
    )
    run_reader_suite(reader, events.append, options=options)
    return {one.id: one for one in events if isinstance(one, CheckResult)}


@pytest.mark.parametrize("name", ATRS)
def test_an_odd_atr_is_a_finding_and_breaks_nothing(name: str) -> None:
    results = suite(ATRS[name])
    errors = {id: one.message for id, one in results.items() if one.verdict is Verdict.ERROR}
    assert errors == {}
    faults = {id for id, one in results.items() if one.verdict is Verdict.FAIL}
    wanted = {"of two bytes": "ATR-09", "of one byte": "ATR-02", "of 40 bytes": "ATR-02",
              "cut short": "ATR-04", "of an endless chain": "ATR-04"}  # fmt: skip
    assert faults
    assert wanted.get(name) in {None, *faults}


PART_10 = ("P10-01", "P10-02", "P10-03", "P10-04", "P10-05", "ATT-01", "ATT-02", "ATT-03", "ENU-03")
LISTS = {
    "empty": "", "one byte": "06", "length beyond the end": "06FF4233", "no value": "0600",
    "a long code": "0605423300060A", "zeros": "00" * 40, "ones": "FF" * 80,
    "the same tag twice": "0604423300060604423300FF",
}  # fmt: skip


@pytest.mark.parametrize("id", PART_10)
@pytest.mark.parametrize("raw", LISTS.values(), ids=LISTS)
def test_an_odd_part_10_list_is_a_finding(id: str, raw: str) -> None:
    for answers in ({3400: raw}, {**FEATURES, 0x42330012: raw, 0x4233000A: raw}):
        bench = talking(answers, values={"ICC_PRESENCE": raw, "MAXINPUT": raw})
        assert CHECKS["reader", id].function(bench).verdict is not Verdict.ERROR


def test_random_part_10_answers_never_break_a_check() -> None:
    rng = random.Random(10)
    for _round in range(150):
        answers = {
            code: rng.randbytes(rng.randrange(30)).hex() for code in (0x42330012, 0x4233000A)
        }
        first = FEATURES[3400] if rng.random() < 0.7 else rng.randbytes(rng.randrange(40)).hex()
        bench = talking({3400: first, **answers})
        for id in PART_10[:5]:
            assert CHECKS["reader", id].function(bench).verdict in Verdict
