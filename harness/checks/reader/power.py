"""What resets and disconnects do to the state of the card."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, ask, desk, expect, service_check
from harness.checks.reader.spread import held
from harness.checks.registry import Needs, check
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link import service as sv
from harness.link.api import ResetKind
from harness.link.service import Leave
from harness.profiles.testcard import CLA, TestIns

PENDING = bytes((CLA, TestIns.CASE_4, 0, 16, 1, 0))
FETCH = bytes((0, TestIns.GET_RESPONSE, 0, 0, 16))
ISO = Spec("ISO/IEC 7816-3", "6.2, resets")


@service_check("RST-03", N_("Leave leaves the card alone"), needs=Needs.TEST_CARD)
def leave(bench: Bench) -> Finding:
    """Disconnect with LEAVE and connect again: an answer that waited in the card still waits."""
    with desk(bench) as made:
        keeper = made.client()
        handle = made.connected(keeper)
        if ask(handle, PENDING)[:1] != b"\x61":
            raise Broken(_("the card did not announce data with 61xx"))
        expect(handle.disconnect(Leave.LEAVE), sv.SUCCESS, doing=_("disconnect"))
        again = made.connected(keeper)
        if ask(again, FETCH)[-2:] != b"\x90\x00":
            raise Broken(_("the card was reset between the two connections"))
    return ok(_("the card's state was kept"))


@check(
    "RST-01S", N_("A reset ends the session"), suite="reader", needs=Needs.TEST_CARD, spec=(ISO,)
)
def state_lost(bench: Bench) -> Finding:
    """After a warm and after a cold reset, data that waited in the card are gone."""
    for kind in (ResetKind.WARM, ResetKind.COLD):
        if bench.raw(PENDING)[:1] != b"\x61":
            return fail(_("the card did not announce data with 61xx"))
        bench.reset(kind)
        if bench.raw(FETCH)[-2:] == b"\x90\x00":
            return fail(_("a {kind} reset did not reach the card").format(kind=kind.value))
    return ok(_("nothing waits after either reset"))


@check("RST-06", N_("Many resets in a row"), suite="reader", needs=Needs.TEST_CARD, spec=(ISO,))
def storm(bench: Bench) -> Finding:
    """Cold and warm resets in turn: none fails, and the 95th percentile is within the profile."""
    times = []
    for round_ in range(2 * bench.limits.rounds):
        kind = ResetKind.COLD if round_ % 2 else ResetKind.WARM
        began = bench.clock.monotonic()
        atr = bench.reset(kind)
        times.append((bench.clock.monotonic() - began) * 1000)
        if not atr:
            return fail(_("reset {n} gave no ATR").format(n=round_ + 1))
    return held("reset", times, bench.limits.reset_ms, _("{n} resets, p95 {ms:g} ms"))


@service_check("RST-07", N_("Power down and connect, again and again"))
def power_cycles(bench: Bench) -> Finding:
    """Every connect after a power-down gives the ATR."""
    with desk(bench) as made:
        client = made.client()
        seen = set()
        for _round in range(bench.limits.rounds):
            handle = made.connected(client)
            code, atr = handle.status()
            expect(code, sv.SUCCESS, doing=_("status"))
            seen.add(atr)
            expect(handle.disconnect(Leave.UNPOWER), sv.SUCCESS, doing=_("power-down"))
        if len(seen) != 1 or b"" in seen:
            raise Broken(_("{n} different ATRs").format(n=len(seen)))
    return ok(_("{n} times the same ATR").format(n=bench.limits.rounds))
