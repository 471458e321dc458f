"""Every reader check: a reader that it passes, and one that it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from readerbenches import (
    VERSIONS,
    Spoil,
    SpoiledLink,
    SpoiledReader,
    atr,
    bench,
    resets,
    spoiled,
    virtual,
)
from readermore import MORE, Case

from harness.checks.finding import Finding, ok
from harness.checks.reader.apdu_cases import BUDGET_S
from harness.checks.reader.bench import Bench
from harness.checks.registry import CHECKS, all_checks
from harness.core.clock import ManualClock
from harness.core.errors import CardMute, LinkError, NoCard, ServiceDown
from harness.core.verdict import Verdict
from harness.records.samples import percentile

all_checks("reader")
GOOD_T1 = "3BE000FF81317C4192"
"""The basic T=1 answer to reset of the EMV books."""


def over_pcsc(**changes: object) -> Callable[[], Bench]:
    return lambda: bench(SpoiledReader(virtual(), kind="pcsc", **changes))


def empty(error: LinkError | None) -> Callable[[], Bench]:
    def make() -> Bench:
        made = bench(SpoiledReader(virtual(), present=False, connect_error=error))
        made.close()
        return made

    return make


def for_the_test_card(command: bytes) -> bool:
    """A command of the test card, or the GET RESPONSE that fetches its answer."""
    return command[0] == 0x80 or command[1] == 0xC0


def shorter(command: bytes, answer: bytes) -> bytes:
    """Every answer to a test command loses its last byte of data."""
    return answer[:-3] + answer[-2:] if for_the_test_card(command) and len(answer) > 2 else answer


def flipped(command: bytes, answer: bytes) -> bytes:
    """The 129th byte of long answers is another one: one of many lengths."""
    at = 128
    if not for_the_test_card(command) or len(answer) < at + 3:
        return answer
    return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]


def refused(command: bytes, answer: bytes) -> bytes:
    return b"\x6d\x00" if command[0] == 0x80 else answer


def lost_after_bad() -> Bench:
    """SELECT answers otherwise once a command was malformed."""
    seen: list[bytes] = []

    def spoil(command: bytes, answer: bytes) -> bytes:
        seen.append(command)
        broken = any(each[0] == 0xF0 for each in seen)
        return b"\x6f\x00" if broken and command[1] == 0xA4 and command[0] == 0 else answer

    return spoiled(spoil)


def slow(seconds: float = 0.02, spoil: Spoil | None = None) -> Bench:
    clock = ManualClock()
    made = bench(
        SpoiledReader(virtual(), wrap=lambda link: SpoiledLink(link, spoil, None, clock, seconds))
    )
    made.clock = clock
    return made


CASES = (
    Case("ENV-01", over_pcsc(presence_error=ServiceDown("not running")), "ERROR", over_pcsc()),
    Case("ENV-04", lambda: bench(versions={"python": "3"}), "WARN", says="emv-harness"),
    Case(
        "ENV-04",
        lambda: bench(SpoiledReader(virtual(), kind="pcsc"), versions={**VERSIONS, "pcscd": ""}),
        "WARN",
        says="pcscd",
    ),
    Case("ENU-01", lambda: bench(listed=("another",)), says="0 times"),
    Case("ENU-01", lambda: bench(listed=("virtual test-card",) * 2), says="2 times"),
    Case("EVT-09", lambda: bench(SpoiledReader(virtual(), present=False)), "ERROR", says="no card"),
    Case("EVT-09", lambda: bench(SpoiledReader(virtual(), connect_error=CardMute("silent")))),
    Case("REC-02", empty(None), good=empty(NoCard("none")), says="could be connected"),
    Case("REC-02", empty(LinkError("odd")), good=empty(NoCard("none")), says="odd"),
    Case("ATR-02", lambda: atr("3B"), says="1 bytes"),
    Case("ATR-02", lambda: atr("3B0F" + "00" * 32), says="34 bytes"),
    Case("ATR-03", lambda: atr("300000"), says="TS is 30"),
    Case("ATR-04", lambda: atr("3B8880"), says="ends before"),
    Case("ATR-04", lambda: atr("3B600000AABB"), says="after the end"),
    Case("ATR-05", lambda: atr(GOOD_T1[:-2] + "93"), good=lambda: atr(GOOD_T1), says="TCK"),
    Case("ATR-06", lambda: atr("3B8081003001"), says="T=0 after T=1"),
    Case("ATR-06", lambda: atr("3B8005" + "05"), "WARN", says="RFU"),
    Case("ATR-07", lambda: atr("3BE000FF81317C" + "F1" + "22"), good=lambda: atr(GOOD_T1)),
    Case("ATR-08", lambda: atr("3BE00000105100"), says="TA2"),
    Case("ATR-09", lambda: atr("3B600500"), says="TB1"),
    Case("ATR-10", lambda: atr("3B600005"), "WARN", says="TC1"),
    Case("ATR-11", lambda: atr("3BE000004000"), says="TC2"),
    Case("ATR-12", lambda: atr("3BE000000E0E"), says="TD1"),
    Case("ATR-13", lambda: atr("3BE000FF81310F41E1"), good=lambda: atr(GOOD_T1), says="TA3"),
    Case("RST-01", lambda: resets(""), says="empty"),
    Case("RST-02", lambda: resets("3B600000"), says="3B600000"),
    Case("ATR-16", lambda: resets("3B600000", "3B600001"), says="2 different"),
    Case("APD-1", lambda: spoiled(refused), says="6D00"),
    Case("APD-2S", lambda: spoiled(shorter), says="0 bytes came back"),
    Case("APD-2S", lambda: spoiled(flipped), says="byte 128 is 81"),
    Case("APD-3S", lambda: spoiled(refused), says="Lc 1"),
    Case("APD-AUTO", lambda: spoiled(refused), says="neither 6108"),
    Case("APD-4S", lambda: spoiled(shorter), says="case 4"),
    Case("LEN-01", lambda: spoiled(flipped), says="255 of 766"),
    Case("PER-02", slow, "WARN", says="p95"),
    Case("REC-03", lost_after_bad, says="6F00"),
    *MORE,
)


def run(case_id: str, made: Bench) -> Finding:
    return CHECKS["reader", case_id].function(made)


def expect_bad(case: Case) -> None:
    finding = run(case.id, case.bad())
    assert finding.verdict.value == case.verdict, finding
    assert case.says in finding.message


NAMES = [f"{case.id}-{at}" for at, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_faulty_reader_is_noticed(case: Case) -> None:
    expect_bad(case)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_good_reader_passes(case: Case) -> None:
    finding = run(case.id, case.good())
    assert finding.verdict is Verdict.PASS, finding
    assert finding.message


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_check_that_is_switched_off_is_noticed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("reader", case.id)
    silent = replace(CHECKS[key], function=lambda _bench: ok("switched off"))
    monkeypatch.setitem(CHECKS, key, silent)
    with pytest.raises(AssertionError):
        expect_bad(case)


def test_every_reader_check_has_a_case() -> None:
    assert {case.id for case in CASES} == {entry.id for entry in all_checks("reader")}


@pytest.mark.parametrize("raw", ["3B600000", GOOD_T1])
def test_the_basic_emv_answers_pass_every_atr_check(raw: str) -> None:
    for entry in all_checks("reader"):
        if entry.id.startswith("ATR") and entry.id != "ATR-16":
            assert run(entry.id, atr(raw)).verdict is Verdict.PASS, entry.id


def test_iso_and_emv_give_two_verdicts_on_one_answer() -> None:
    made = atr("3B600500")
    assert run("ATR-04", made).verdict is Verdict.PASS
    assert run("ATR-07", made).verdict is Verdict.PASS
    assert run("ATR-09", made).verdict is Verdict.FAIL


def test_a_contactless_pseudo_atr_is_not_judged_by_emv() -> None:
    finding = run("ATR-09", atr("3B8880010000000000000000" + "09"))
    assert finding.verdict is Verdict.SKIP


def test_latency_is_measured_with_its_limits() -> None:
    finding = run("PER-02", bench())
    by_name = {m.name: m for m in finding.measurements}
    assert set(by_name) == {
        f"{command} {figure}"
        for command in ("case 1", "case 2, 256 bytes")
        for figure in ("p50", "p95", "p99", "max")
    }
    assert by_name["case 1 p95"].high == 5.0
    assert by_name["case 1 p99"].high is None
    assert {m.unit for m in finding.measurements} == {"ms"}


def test_on_a_payment_card_only_harmless_commands_are_timed() -> None:
    made = bench(virtual("visa-credit"))
    run("PER-02", made)
    assert {exchange.command[1] for exchange in made.exchanges} <= {0xA4, 0xCA, 0xC0}


def test_a_slow_card_is_not_asked_for_all_samples() -> None:
    made = slow()
    made.limits = replace(made.limits, samples=10_000)
    run("PER-02", made)
    assert len(made.exchanges) < 500


def test_on_a_slow_card_the_sweep_keeps_to_its_budget_and_says_so() -> None:
    made = slow(0.05)
    before = made.clock.monotonic()
    finding = run("LEN-01", made)
    assert finding.verdict is Verdict.PASS
    assert made.clock.monotonic() - before < 2 * BUDGET_S
    tried = finding.measurements[0].value
    assert 100 < tried < 766
    assert f"{tried} of 766 lengths tried" in finding.message
    assert "at most 30 s" in finding.advice


def test_a_slow_sweep_still_finds_what_is_altered() -> None:
    assert run("LEN-01", slow(0.05, flip_long)).verdict is Verdict.FAIL


def flip_long(_command: bytes, answer: bytes) -> bytes:
    """Answers of 200 bytes and more lose their last data byte's lowest bit."""
    return answer if len(answer) < 200 else answer[:-3] + bytes([answer[-3] ^ 1]) + answer[-2:]


def test_percentiles_are_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([7.0], 50) == 7.0
