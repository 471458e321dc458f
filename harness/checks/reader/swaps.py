"""Another card, a card the wrong way round, a card that leaves while it is being powered."""

from __future__ import annotations

import random

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import (
    SEEN_S,
    Broken,
    Desk,
    Task,
    card_out,
    expect,
    service_check,
    settle,
)
from harness.checks.registry import Tier, Wants
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.link.service import Client, Leave
from harness.records.result import Measurement

HAND = (Wants.HAND,)
DEAD = (sv.REMOVED, sv.RESET, sv.NO_CARD, sv.READER_UNAVAILABLE)
SILENT = (sv.UNPOWERED, sv.UNRESPONSIVE)
PULLS = 3
OUT_S = 1.0
STALL_MS = 1000.0


@service_check("EVT-06", N_("One card swapped for another"), wants=HAND)
def swap(bench: Bench) -> Finding:
    """Another card put in at once: the new ATR is reported, and the old connection is dead."""
    with card_out(bench) as made:
        client = made.client()
        handle = made.connected(client)
        before = settle(made, client, present=True)
        made.hand.swap()
        atr = _new_atr(made, client, before.atr, before.events)
        if atr == before.atr:
            if made.hand.human:
                raise Broken(_("the ATR is still {atr}: was it another card?").format(
                    atr=to_hex(atr)))  # fmt: skip
            raise Broken(_("the ATR is still that of the first card"))
        if not atr:
            raise Broken(_("no ATR of the other card in {s:g} s").format(s=SEEN_S))
        expect(handle.status()[0], *DEAD, doing=_("status on the old connection"))
        _back(made, client)
    return ok(_("{old}, then {new}; the old connection was dead").format(
        old=to_hex(before.atr), new=to_hex(atr)))  # fmt: skip


def _new_atr(made: Desk, client: Client, old: bytes, events: int) -> bytes:
    """The ATR once the service shows a card that is not the old one; what it shows after 5 s."""
    clock = made.bench.clock
    end = clock.monotonic() + SEEN_S
    while True:
        code, state = client.state(made.slot)
        expect(code, sv.SUCCESS, doing=_("state of the reader"))
        changed = state.events != events and state.present and state.atr and state.atr != old
        if changed or clock.monotonic() > end:
            return state.atr
        clock.sleep(0.05)


def _back(made: Desk, client: Client) -> None:
    """The card under test again, and usable."""
    made.hand.pull()
    settle(made, client, present=False)
    made.hand.put_back()
    settle(made, client, present=True)
    expect(made.handle().status()[0], sv.SUCCESS, doing=_("the card under test afterwards"))


@service_check("EVT-10", N_("A card the wrong way round"), wants=HAND)
def wrong_way(bench: Bench) -> Finding:
    """A card without an answer to reset: the state is MUTE, a connection is refused with the code
    for it and without a stall, and the next good card works."""
    with card_out(bench) as made:
        client = made.client()
        made.hand.turn_round()
        clock = bench.clock
        end = clock.monotonic() + SEEN_S
        code, state = client.state(made.slot)
        while not (state.present and not state.atr) and clock.monotonic() < end:
            clock.sleep(0.05)
            code, state = client.state(made.slot)
        expect(code, sv.SUCCESS, doing=_("state of the reader"))
        if "MUTE" not in state.flags:
            if state.atr or not state.present:
                what = _("a card the wrong way round is not noticed in {s:g} s")
                raise Broken(what.format(s=SEEN_S))
            raise Broken(_("a card without an ATR is shown as {flags}").format(
                flags=" ".join(sorted(state.flags))))  # fmt: skip
        began = clock.monotonic()
        code = Task(lambda: client.connect(made.slot)[0]).value(SEEN_S)
        expect(code, *SILENT, doing=_("connect to a mute card"))
        expect(made.client().readers()[0], sv.SUCCESS, doing=_("the list of readers"))
        took = (clock.monotonic() - began) * 1000
        _back(made, client)
    stall = Measurement("refused", round(took, 1), "ms", high=STALL_MS)
    text = _("MUTE, {code} after {ms:.0f} ms, and the next card works").format(code=code, ms=took)
    return ok(text, measurements=(stall,)) if stall.within else fail(text, measurements=(stall,))


@service_check("REM-03", N_("Pulled at power-on and power-off"), wants=HAND, limit_s=120.0)
def at_power(bench: Bench) -> Finding:
    """Cards that leave at random moments of power-up and power-down: every call comes back, the
    removal is seen, and the next card works."""
    times = random.Random(3)
    with card_out(bench) as made:
        client = made.client()
        for _round in range(1 if made.hand.human else PULLS):
            powering = Task(lambda: _power(made))
            bench.clock.sleep(times.uniform(0.0, 0.1))
            made.hand.pull()
            powering.value(SEEN_S)
            settle(made, client, present=False)
            # A power-up that fails tells of the empty slot before pcscd's own look at it, every
            # 0.4 s. A card that is back before that look is never seen (pcscd 1.9.9); no hand is.
            bench.clock.sleep(OUT_S)
            made.hand.put_back()
            settle(made, client, present=True)
        handle = made.handle()
        expect(handle.status()[0], sv.SUCCESS, doing=_("status afterwards"))
    return ok(_("every call came back, usable afterwards"))


def _power(made: Desk) -> None:
    """Power up and down some times; what the calls return while the card goes is their business."""
    client = made.client()
    for _round in range(10):
        _code, handle = client.connect(made.slot)
        if handle is not None:
            handle.disconnect(Leave.UNPOWER)


@service_check("PER-06", N_("Insertion endurance"), wants=HAND, tier=Tier.SOAK, limit_s=600.0)
def endurance(bench: Bench) -> Finding:
    """Many insertions: each is seen with an ATR and counted; the first that is not is named."""
    with card_out(bench) as made:
        client = made.client()
        first = settle(made, client, present=True)
        cycles = 3 if made.hand.human else bench.limits.rounds
        for number in range(cycles):
            made.hand.pull()
            settle(made, client, present=False)
            made.hand.put_back()
            state = settle(made, client, present=True)
            counted = state.events - first.events
            if state.atr != first.atr or counted != 2 * (number + 1):
                return fail(_("insertion {n}: ATR {atr}, {count} events counted").format(
                    n=number + 1, atr=to_hex(state.atr) or "-", count=counted))  # fmt: skip
    return ok(
        _("{n} insertions, each seen with its ATR").format(n=cycles),
        measurements=(Measurement("insertions", cycles),),
    )
