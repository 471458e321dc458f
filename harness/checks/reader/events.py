"""Card events: insertion, removal, the counter, waits that end in time or by a cancel."""

from __future__ import annotations

import random
from itertools import pairwise

from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, Task, card_out, desk, expect, service_check, settle
from harness.checks.registry import Needs, Tier, Wants
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.link.service import Leave
from harness.records.result import Measurement

CYCLES = 3
HAND = (Wants.HAND,)


@service_check("EVT-01", N_("An empty slot is empty"), wants=HAND)
def empty(bench: Bench) -> Finding:
    """Without a card the state is EMPTY and no ATR is reported."""
    with card_out(bench) as made:
        made.hand.pull()
        state = settle(made, made.client(), present=False)
        if "EMPTY" not in state.flags or state.atr:
            raise Broken(
                _("state {flags}, ATR of {n} bytes").format(
                    flags=" ".join(sorted(state.flags)), n=len(state.atr)
                )
            )
    return ok(_("EMPTY, no ATR"))


@service_check("EVT-02", N_("Insertion is seen in time"), wants=HAND)
def insertion(bench: Bench) -> Finding:
    """A wait that knows the empty slot ends with PRESENT and the ATR, within the profile's time."""
    with card_out(bench) as made:
        client = made.client()
        made.hand.pull()
        known = settle(made, client, present=False)
        began = bench.clock.monotonic()
        made.hand.put_back()
        _code, state = client.state(made.slot, known, 5.0)
        took = (bench.clock.monotonic() - began) * 1000
        if not state.present or not state.atr:
            raise Broken(_("no card, or no ATR, {ms:.0f} ms after insertion").format(ms=took))
        human = made.hand.human
    return _in_time(_("insertion"), took, bench.limits.insert_ms, human=human)


@service_check("EVT-03", N_("Removal is seen in time"), wants=HAND)
def removal(bench: Bench) -> Finding:
    """A wait that knows the card ends with EMPTY, within the profile's time."""
    with card_out(bench) as made:
        client = made.client()
        known = settle(made, client, present=True)
        began = bench.clock.monotonic()
        made.hand.pull()
        _code, state = client.state(made.slot, known, 5.0)
        if state.present:
            state = settle(made, client, present=False)
        took = (bench.clock.monotonic() - began) * 1000
        human = made.hand.human
    return _in_time(_("removal"), took, bench.limits.remove_ms, human=human)


def _in_time(what: str, took: float, limit: float, *, human: bool) -> Finding:
    if human:
        return ok(_("{what} seen; when the hand moved is not known, so no time").format(what=what))
    measured = Measurement(what, round(took, 1), "ms", high=limit)
    text = _("{what} seen after {ms:.0f} ms, limit {limit:g} ms").format(
        what=what, ms=took, limit=limit
    )
    return (ok if measured.within else fail)(text, measurements=(measured,))


@service_check("EVT-04", N_("No event is lost"), wants=HAND)
def counter(bench: Bench) -> Finding:
    """The event counter of pcsc-lite rises by one for each insertion and each removal."""
    seen = []
    with card_out(bench) as made:
        client = made.client()
        seen.append(settle(made, client, present=True).events)
        for _cycle in range(CYCLES):
            made.hand.pull()
            seen.append(settle(made, client, present=False).events)
            made.hand.put_back()
            seen.append(settle(made, client, present=True).events)
    steps = [after - before for before, after in pairwise(seen)]
    if steps != [1] * len(steps):
        return fail(_("the counter went {seen}").format(seen=" ".join(map(str, seen))))
    return ok(
        _("{n} events, each counted once").format(n=len(steps)),
        measurements=(Measurement("events", len(steps)),),
    )


@service_check("EVT-05", N_("Insertion and removal at random times"), wants=HAND)
def random_times(bench: Bench) -> Finding:
    """Cards that stay for random times: the final state is right, and the card is usable."""
    times = random.Random(5)
    with card_out(bench) as made:
        client = made.client()
        for _cycle in range(CYCLES):
            bench.clock.sleep(times.uniform(0.0, 0.3))
            made.hand.pull()
            settle(made, client, present=False)
            bench.clock.sleep(times.uniform(0.0, 0.3))
            made.hand.put_back()
            settle(made, client, present=True)
        expect(made.handle().status()[0], sv.SUCCESS, doing=_("status afterwards"))
    return ok(_("{n} removals and insertions, usable afterwards").format(n=CYCLES))


@service_check("EVT-07", N_("A wait can be cancelled"), needs=Needs.ANY_CARD)
def cancel(bench: Bench) -> Finding:
    """Cancel ends a wait; with nothing that waits it does no harm; the next call is right."""
    with desk(bench) as made:
        client = made.client()
        _code, known = client.state(made.slot)
        expect(client.cancel(), sv.SUCCESS, doing=_("cancel with nothing that waits"))
        waiting = Task(lambda: client.state(made.slot, known, 3.0)[0])
        for _try in range(40):
            if waiting.done(0.05):
                break
            client.cancel()
        expect(waiting.value(), sv.CANCELLED, doing=_("the wait that was cancelled"))
        expect(client.state(made.slot)[0], sv.SUCCESS, doing=_("the next call"))
    return ok(sv.CANCELLED)


@service_check("EVT-08", N_("A wait ends in time"), needs=Needs.ANY_CARD)
def timeout(bench: Bench) -> Finding:
    """Waits of 0 and 200 ms end with a time-out, the second within 50 ms of what was asked."""
    with desk(bench) as made:
        client = made.client()
        _code, known = client.state(made.slot)
        expect(client.state(made.slot, known, 0.0)[0], sv.TIMEOUT, doing=_("a wait of 0 ms"))
        began = bench.clock.monotonic()
        expect(client.state(made.slot, known, 0.2)[0], sv.TIMEOUT, doing=_("a wait of 200 ms"))
        took = round((bench.clock.monotonic() - began) * 1000, 1)
    measured = (Measurement("wait of 200 ms", took, "ms", low=150, high=250),)
    text = _("a wait of 200 ms took {ms:.0f} ms").format(ms=took)
    if took < 150:
        return fail(text, measurements=measured)
    return ok(text, measurements=measured) if took <= 250 else warn(text, measurements=measured)


@service_check("EVT-11", N_("The card stays powered"), tier=Tier.SOAK, limit_s=90.0)
def stays_powered(bench: Bench) -> Finding:
    """Ten seconds after a reconnect the connection still has card and protocol."""
    with desk(bench) as made:
        handle = made.handle()
        expect(handle.reconnect(Leave.RESET), sv.SUCCESS, doing=_("reconnect"))
        bench.clock.sleep(10.0)
        code, atr = handle.status()
        expect(code, sv.SUCCESS, doing=_("status after 10 s"))
        if not handle.protocol or not atr:
            raise Broken(_("no protocol, or no ATR, after 10 s"))
    return ok(_("{protocol} after 10 s").format(protocol=handle.protocol))


@service_check("EVT-12", N_("An idle card is powered down"), tier=Tier.SOAK, limit_s=90.0)
def idle(bench: Bench) -> Finding:
    """With no client for some seconds the card may be powered down; it wakes on connect."""
    with desk(bench) as made:
        bench.clock.sleep(7.0)
        _code, state = made.client().state(made.slot)
        handle = made.handle()
        expect(handle.status()[0], sv.SUCCESS, doing=_("connect after idling"))
    down = "UNPOWERED" in state.flags
    return ok(_("powered down, and woke") if down else _("stayed powered, and answered"))
