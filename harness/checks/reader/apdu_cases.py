"""APDU cases 1 to 4 and every short length, with the co-operating test card."""

from __future__ import annotations

from collections.abc import Callable

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.registry import Needs, check
from harness.codec.apdu import CommandApdu, ResponseApdu
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.profiles.testcard import CLA, TestIns, counting
from harness.records.result import Measurement

CASES = Spec("ISO/IEC 7816-3", "12.1, APDU cases")
SOME = (1, 2, 16, 127, 128, 255)


def case_1(bench: Bench) -> str:
    """Send a case 1 command; what is wrong with the answer, or nothing."""
    response = bench.send(CommandApdu(CLA, TestIns.CASE_1, 0, 0))
    return wrong(response, b"", "case 1")


def case_2(bench: Bench, length: int) -> str:
    """Ask for ``length`` bytes (1 to 256) of counting data; what is wrong, or nothing."""
    command = CommandApdu(CLA, TestIns.CASE_2, length >> 8, length & 0xFF, le=length)
    return wrong(bench.send(command), counting(length), f"case 2, Le {length}")


def case_3(bench: Bench, length: int) -> str:
    """Send ``length`` bytes (1 to 255) that the card compares; what is wrong, or nothing."""
    command = CommandApdu(CLA, TestIns.CASE_3, 0, length, data=counting(length))
    return wrong(bench.send(command), b"", f"case 3, Lc {length}")


def case_4(bench: Bench, length: int) -> str:
    """Send ``length`` bytes and have them echoed; what is wrong, or nothing."""
    command = CommandApdu(CLA, TestIns.ECHO, 0, 0, data=counting(length), le=256)
    return wrong(bench.send(command), counting(length), f"case 4, Lc {length}")


def wrong(response: ResponseApdu, expected: bytes, what: str, sw: int = 0x9000) -> str:
    """In what the answer differs from ``expected`` data and ``sw``, after ``what``; or nothing."""
    if response.sw != sw:
        return _("{what}: answered {sw}").format(what=what, sw=response.sw)
    if response.data == expected:
        return ""
    if len(response.data) != len(expected):
        return _("{what}: {got} bytes came back, {want} expected").format(
            what=what, got=len(response.data), want=len(expected)
        )
    at = next(i for i, byte in enumerate(response.data) if byte != expected[i])
    return _("{what}: byte {at} is {got}, {want} expected").format(
        what=what, at=at, got=to_hex(response.data[at : at + 1]), want=to_hex(expected[at : at + 1])
    )


def _lengths(bench: Bench, case: Callable[[Bench, int], str], lengths: tuple[int, ...]) -> Finding:
    bench.select_test_card()
    for length in lengths:
        odd = case(bench, length)
        if odd:
            return fail(odd, advice=_("run the all-lengths sweep (LEN-01) for the pattern"))
    return ok(_("lengths {list} intact").format(list=", ".join(map(str, lengths))))


@check("APD-1", N_("APDU case 1"), suite="reader", needs=Needs.TEST_CARD, spec=(CASES,))
def apd_1(bench: Bench) -> Finding:
    """No data either way: four bytes out, 9000 back."""
    bench.select_test_card()
    odd = case_1(bench)
    return fail(odd) if odd else ok(_("9000, no data"))


@check("APD-2S", N_("APDU case 2, short"), suite="reader", needs=Needs.TEST_CARD, spec=(CASES,))
def apd_2s(bench: Bench) -> Finding:
    """Some lengths from 1 to 256 come back exactly."""
    return _lengths(bench, case_2, (*SOME, 256))


@check("APD-3S", N_("APDU case 3, short"), suite="reader", needs=Needs.TEST_CARD, spec=(CASES,))
def apd_3s(bench: Bench) -> Finding:
    """Some lengths from 1 to 255 arrive exactly: the card compares them."""
    return _lengths(bench, case_3, SOME)


@check("APD-4S", N_("APDU case 4, short"), suite="reader", needs=Needs.TEST_CARD, spec=(CASES,))
def apd_4s(bench: Bench) -> Finding:
    """Some lengths from 1 to 255 go out and come back (with T=0 through GET RESPONSE)."""
    return _lengths(bench, case_4, SOME)


SWEEP = (
    *((case_2, length) for length in range(1, 257)),
    *((case_3, length) for length in range(1, 256)),
    *((case_4, length) for length in range(1, 256)),
)
BUDGET_S = 30.0
"""What the sweep may take: beyond that it tries lengths spread over all of them, and says so."""
_PACE = 8
"""Exchanges, spread over the sweep, that tell how long all of them would take."""


def _spread(count: int) -> list[int]:
    """``count`` places (at least 2) of the sweep, first and last among them."""
    last = len(SWEEP) - 1
    return sorted({round(n * last / (count - 1)) for n in range(count)})


def _affordable(bench: Bench) -> tuple[list[int], float]:
    """Places of the sweep that fit into the budget, and what one exchange takes in seconds."""
    started = bench.clock.monotonic()
    for place in _spread(_PACE):
        case, length = SWEEP[place]
        case(bench, length)
    each_s = (bench.clock.monotonic() - started) / _PACE
    if each_s * len(SWEEP) <= BUDGET_S:
        return list(range(len(SWEEP))), each_s
    return _spread(max(2, int(BUDGET_S / each_s))), each_s


@check("LEN-01", N_("Every short length"), suite="reader", needs=Needs.TEST_CARD, spec=(CASES,))
def all_lengths(bench: Bench) -> Finding:
    """Case 2 with Le 1 to 256, cases 3 and 4 with Lc 1 to 255: 766 exchanges, no mismatch.

    Where that would take more than ``BUDGET_S``, as many of them as fit, evenly spread.
    """
    bench.select_test_card()
    places, each_s = _affordable(bench)
    odd = [text for place in places if (text := SWEEP[place][0](bench, SWEEP[place][1]))]
    tried = len(places)
    count = (Measurement("exchanges", tried), Measurement("mismatches", len(odd), low=0, high=0))
    if odd:
        return fail(
            _("{n} of {tried} exchanges altered; the first: {first}").format(
                n=len(odd), tried=tried, first=odd[0]
            ),
            measurements=count,
        )
    if tried < len(SWEEP):
        return ok(
            _("{tried} of {all} lengths tried, spread evenly, no mismatch").format(
                tried=tried, all=len(SWEEP)
            ),
            measurements=count,
            advice=_(
                "one exchange takes {ms:.3g} ms: all of them would take {whole:.0f} s, and this "
                "check takes at most {limit:.0f} s"
            ).format(ms=each_s * 1000, whole=each_s * len(SWEEP), limit=BUDGET_S),
        )
    return ok(_("{n} exchanges, no mismatch").format(n=tried), measurements=count)
