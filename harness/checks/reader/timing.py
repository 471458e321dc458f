"""Commands that take their time, and what others can do meanwhile."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, Task, desk, expect, service_check
from harness.checks.reader.spread import three_digits
from harness.checks.registry import Needs, check
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link import service as sv
from harness.link.api import is_virtual
from harness.profiles.testcard import CLA, TestIns
from harness.records.result import Measurement

TENTHS = (1, 5, 10)
SOON_MS, LONG_MS = 50.0, 500.0
"""Time for an answer while another client waits, and how long that one waits."""


@check(
    "TIM-01",
    N_("A card that takes its time"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec("ISO/IEC 7816-3", "10.3 and 11.6.2, waiting times"),),
)
def long_commands(bench: Bench) -> Finding:
    """Commands of 0.1, 0.5 and 1 s: 9000, not earlier and not much later."""
    bench.select_test_card()
    measured = []
    for tenths in TENTHS:
        began = bench.clock.monotonic()
        answer = bench.raw(bytes((CLA, TestIns.WAIT, 0, tenths)))
        took = (bench.clock.monotonic() - began) * 1000
        # Two clocks: that of the card may run a millisecond ahead of this one.
        low, high = tenths * 100.0 - 1.0, tenths * 105.0 + 150.0
        one = Measurement(f"wait of {tenths * 100} ms", round(took, 1), "ms", low=low, high=high)
        measured.append(one)
        if answer != b"\x90\x00":
            return fail(
                _("{ms} ms: answered {sw}").format(ms=tenths * 100, sw=answer.hex().upper())
            )
        if not one.within:
            return fail(
                _("a wait of {ms} ms took {took:.0f} ms").format(ms=tenths * 100, took=took),
                measurements=tuple(measured),
            )
    return ok(_("0.1, 0.5 and 1 s, each in its time"), measurements=tuple(measured))


@service_check("TIM-02", N_("Others are answered meanwhile"), needs=Needs.TEST_CARD)
def other_client(bench: Bench) -> Finding:
    """While one client's command takes 0.5 s, another's list and state come within 50 ms (WARN when
    they take longer, FAIL when they only come after it)."""
    with desk(bench) as made:
        handle, other = made.handle(), made.client()
        other.readers()
        waiting = Task(lambda: handle.transmit(bytes((CLA, TestIns.WAIT, 0, 5))))
        began = bench.clock.monotonic()
        expect(other.readers()[0], sv.SUCCESS, doing=_("list of readers"))
        expect(other.state(made.slot)[0], sv.SUCCESS, doing=_("state"))
        took = (bench.clock.monotonic() - began) * 1000
        code, answer = waiting.value()
        expect(code, sv.SUCCESS, doing=_("the long command"))
        if answer != b"\x90\x00":
            raise Broken(_("the long command answered {sw}").format(sw=answer.hex().upper()))
    text = _("answered in {ms:g} ms").format(ms=three_digits(took))
    if is_virtual(bench.reader):
        return ok(text)  # its time is counted, and the long command counts for both
    measured = Measurement("list and state", round(took, 2), "ms", high=SOON_MS)
    if took >= LONG_MS:
        return fail(text, measurements=(measured,))
    return (ok if measured.within else warn)(text, measurements=(measured,))
