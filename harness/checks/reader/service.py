"""The service itself: lost and back, and contexts that are used after their end."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, desk, expect, service_check
from harness.checks.registry import Needs, Tier, Wants
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.records.result import Measurement

BACK_S = 5.0


@service_check("ENV-03", N_("A context after its end"), needs=Needs.NOTHING, tier=Tier.SMOKE)
def stale_context(bench: Bench) -> Finding:
    """Every call with a released context is refused with a code, and a new context works."""
    with desk(bench) as made:
        client = made.client()
        expect(client.release(), sv.SUCCESS, doing=_("release of a context"))
        calls = {
            "SCardListReaders": client.readers()[0],
            "SCardGetStatusChange": client.state(made.slot)[0],
            "SCardConnect": client.connect(made.slot)[0],
            "SCardReleaseContext": client.release(),
        }
        for call, code in calls.items():
            if code == sv.SUCCESS:
                raise Broken(_("{call} works with a released context").format(call=call))
        expect(made.client().readers()[0], sv.SUCCESS, doing=_("a new context"))
    return ok(_("refused: {codes}").format(codes=", ".join(sorted(set(calls.values())))))


@service_check(
    "ENV-02", N_("Service lost and back"), needs=Needs.NOTHING, wants=(Wants.OWN_DAEMON,)
)
def lost_and_back(bench: Bench) -> Finding:
    """Calls on an old context fail with a code when the service is gone; once it is back, a new
    context works within 5 s. Only on a daemon that the harness started."""
    daemon = bench.own()
    if daemon is None:
        return fail(_("the harness's own pcscd is not running"))
    try:
        with desk(bench) as made:
            client = made.client()
            expect(client.readers()[0], sv.SUCCESS, doing=_("before"))
            daemon.kill()
            try:
                gone = client.readers()[0]
            finally:
                started = bench.clock.monotonic()
                daemon.restart()
            if gone == sv.SUCCESS:
                raise Broken(_("a call succeeds although the service is gone"))
            while True:
                _code, fresh = made.service.open()
                names = fresh.readers()[1] if fresh is not None else []
                if fresh is not None:
                    fresh.release()
                took = bench.clock.monotonic() - started
                if made.slot in names:
                    break
                if took > BACK_S:
                    raise Broken(_("no reader {s:g} s after the service came back").format(s=took))
                bench.clock.sleep(0.05)
    finally:
        _wait_for_card(bench)
    measured = Measurement("service back", round(took * 1000, 1), "ms", high=BACK_S * 1000)
    text = _("{code} while it was gone, a new context works {ms:.0f} ms after the restart")
    said = text.format(code=gone, ms=took * 1000)
    return (ok if measured.within else fail)(said, measurements=(measured,))


def _wait_for_card(bench: Bench) -> None:
    """A served card comes back by itself; the next check wants it in the slot."""
    end = bench.clock.monotonic() + 2 * BACK_S
    while not bench.reader.card_present() and bench.clock.monotonic() < end:
        bench.clock.sleep(0.05)
