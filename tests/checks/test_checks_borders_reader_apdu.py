"""APDU cases, every length, extended length: what is sent, and each finding of an odd answer."""

from __future__ import annotations

import pytest
from readerbenches import SpoiledLink, SpoiledReader, bench
from readerscript import run, scripted, sent

from harness.checks.reader import apdu_cases
from harness.checks.reader.apdu_cases import SWEEP, case_1, case_2, case_3, case_4
from harness.checks.reader.bench import Bench
from harness.core.clock import ManualClock
from harness.profiles.testcard import counting

SELECT = "00A4040008F0454D5648544301"
SWEEP_ADVICE = "run the all-lengths sweep (LEN-01) for the pattern"


def data(length: int) -> str:
    return counting(length).hex().upper()


def fetched(length: int) -> str:
    """GET RESPONSE for so many bytes."""
    return f"00C00000{length & 0xFF:02X}"


OPENING = [SELECT, fetched(0x20)]
"""The test card is selected with T=0."""
SHORT = (1, 2, 16, 127, 128, 255)
T1 = "3BE000FF81317C4192"

SENT = {
    "APD-1": ["80300000"],
    "APD-2S": [*(f"8034{n >> 8:02X}{n & 0xFF:02X}{n & 0xFF:02X}" for n in (*SHORT, 256))],
    "APD-3S": [f"803200{n:02X}{n:02X}{data(n)}" for n in SHORT],
    "APD-4S": [part for n in SHORT for part in (f"803C0000{n:02X}{data(n)}", fetched(n))],
}
GOOD = {
    "APD-1": "PASS: 9000, no data",
    "APD-2S": "PASS: lengths 1, 2, 16, 127, 128, 255, 256 intact",
    "APD-3S": "PASS: lengths 1, 2, 16, 127, 128, 255 intact",
    "APD-4S": "PASS: lengths 1, 2, 16, 127, 128, 255 intact",
}


@pytest.mark.parametrize("id", SENT)
def test_a_case_is_sent_as_it_should(id: str) -> None:
    made = bench()
    first = len(made.exchanges)
    assert run(id, made) == GOOD[id]
    assert sent(made, first) == OPENING + SENT[id]


def test_nothing_is_said_of_a_right_answer() -> None:
    made = bench()
    assert [case_1(made), case_2(made, 256), case_3(made, 255), case_4(made, 255)] == [""] * 4


def test_with_t1_the_length_of_the_answer_is_sent() -> None:
    made = scripted({}, T1)
    first = len(made.exchanges)
    assert run("APD-4S", made) == GOOD["APD-4S"]
    echoes = [f"803C0000{n:02X}{data(n)}00" for n in SHORT]
    assert sent(made, first) == [SELECT + "00", *echoes]


ODD = (
    ("APD-1", {"8030": "6D00"}, "FAIL: case 1: answered 6D00"),
    ("APD-1", {"8030": "6280"}, "FAIL: case 1: answered 6280"),
    ("APD-1", {"8030": "009000"}, "FAIL: case 1: 1 bytes came back, 0 expected"),
    (
        "APD-2S",
        {"80340002": "009000"},
        f"FAIL: case 2, Le 2: 1 bytes came back, 2 expected || {SWEEP_ADVICE}",
    ),
    (
        "APD-2S",
        {"80340002": "0001029000"},
        f"FAIL: case 2, Le 2: 3 bytes came back, 2 expected || {SWEEP_ADVICE}",
    ),
    (
        "APD-2S",
        {"80340002": "00119000"},
        f"FAIL: case 2, Le 2: byte 1 is 11, 01 expected || {SWEEP_ADVICE}",
    ),
    (
        "APD-2S",
        {"80340002": "12349000"},
        f"FAIL: case 2, Le 2: byte 0 is 12, 00 expected || {SWEEP_ADVICE}",
    ),
    ("APD-2S", {"80340100": "6A80"}, f"FAIL: case 2, Le 256: answered 6A80 || {SWEEP_ADVICE}"),
    ("APD-3S", {"803200FF": "6A80"}, f"FAIL: case 3, Lc 255: answered 6A80 || {SWEEP_ADVICE}"),
    (
        "APD-3S",
        {"80320010": "AA9000"},
        f"FAIL: case 3, Lc 16: 1 bytes came back, 0 expected || {SWEEP_ADVICE}",
    ),
    ("APD-4S", {"803C000080": "6F00"}, f"FAIL: case 4, Lc 128: answered 6F00 || {SWEEP_ADVICE}"),
    (
        "APD-4S",
        {"803C00007F": "9000"},
        f"FAIL: case 4, Lc 127: 0 bytes came back, 127 expected || {SWEEP_ADVICE}",
    ),
    (
        "LEN-01",
        {"803400FF": "6F00", "80320010": "6A80"},
        "FAIL: 2 of 766 exchanges altered; the first: case 2, Le 255: answered 6F00"
        " [exchanges=766] [mismatches=2 0..0]",
    ),
    (
        "LEN-01",
        {"803C0000FF": "6F00"},
        "FAIL: 1 of 766 exchanges altered; the first: case 4, Lc 255: answered 6F00"
        " [exchanges=766] [mismatches=1 0..0]",
    ),
    ("LEN-01", {}, "PASS: 766 exchanges, no mismatch [exchanges=766] [mismatches=0 0..0]"),
)


@pytest.mark.parametrize(("id", "script", "wanted"), ODD)
def test_an_odd_answer_is_told(id: str, script: dict[str, str], wanted: str) -> None:
    assert run(id, scripted(script)) == wanted


def test_the_sweep_is_every_short_length_once() -> None:
    assert len(set(SWEEP)) == len(SWEEP) == 766
    made = bench()
    first = len(made.exchanges)
    run("LEN-01", made)
    told = sent(made, first)
    assert told[:2] == OPENING
    tried = [raw for raw in told[2:] if not raw.startswith("00C0")]
    every = [f"8034{n >> 8:02X}{n & 0xFF:02X}{n & 0xFF:02X}" for n in range(1, 257)]
    every += [f"803200{n:02X}{n:02X}{data(n)}" for n in range(1, 256)]
    every += [f"803C0000{n:02X}{data(n)}" for n in range(1, 256)]
    assert tried[8:] == every
    paced = [every[place] for place in (0, 109, 219, 328, 437, 546, 656, 765)]
    assert tried[:8] == paced


def slow(seconds: float) -> Bench:
    """With T=1 each command is one exchange, which takes ``seconds``."""
    clock = ManualClock()
    made = scripted({}, T1)
    inner = made.reader
    made.close()
    made.reader = SpoiledReader(
        inner, wrap=lambda link: SpoiledLink(link, None, None, clock, seconds)
    )
    made.clock = clock
    return made


@pytest.mark.parametrize(
    ("budget", "tried", "limit"), [(573.75, 765, 574), (2.25, 3, 2), (0.75, 2, 1), (0.5, 2, 0)]
)
def test_a_sweep_tries_what_it_may(
    budget: float, tried: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apdu_cases, "BUDGET_S", budget)
    assert run("LEN-01", slow(0.75)) == (
        f"PASS: {tried} of 766 lengths tried, spread evenly, no mismatch || one exchange takes 750"
        f" ms: all of them would take 574 s, and this check takes at most {limit} s"
        f" [exchanges={tried}] [mismatches=0 0..0]"
    )


def test_a_sweep_that_just_fits_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apdu_cases, "BUDGET_S", 574.5)
    wanted = "PASS: 766 exchanges, no mismatch [exchanges=766] [mismatches=0 0..0]"
    assert run("LEN-01", slow(0.75)) == wanted


def test_a_sweep_of_a_slow_card_is_spread_from_first_to_last() -> None:
    made = slow(10.0)
    first = len(made.exchanges)
    assert run("LEN-01", made).startswith("PASS: 3 of 766 lengths tried")
    told = sent(made, first)[9:]
    assert [raw[:8] for raw in told] == ["80340001", "8032007F", "803C0000"]
    assert told[-1][8:10] == "FF"
