"""The card leaves: in the middle of a command, inside a transaction; and a card that is mute."""

from __future__ import annotations

from harness.checks.finding import Finding, Unjudged, ok, skip
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import (
    Broken,
    Desk,
    Task,
    ask,
    card_out,
    expect,
    service_check,
    settle,
)
from harness.checks.registry import Needs, Wants
from harness.core.i18n import N_, _
from harness.core.verdict import SkipReason
from harness.link import service as sv
from harness.link.service import Handle, Leave
from harness.profiles.testcard import CLA, TestIns
from harness.records.result import Measurement

CASE_1 = bytes((CLA, TestIns.CASE_1, 0, 0))
GONE = (sv.REMOVED, sv.NO_CARD, sv.READER_UNAVAILABLE)
HAND = (Wants.HAND,)
LONG_S = 20


@service_check("REM-01", N_("Pulled in the middle of a command"), needs=Needs.TEST_CARD, wants=HAND)
def mid_command(bench: Bench) -> Finding:
    """A card that leaves while it works: the command ends with an error or an empty answer within
    2 s, and the slot is empty then."""
    with card_out(bench) as made:
        handle = made.handle()
        if made.hand.human:
            return _pulled_by_hand(made, handle)
        began = bench.clock.monotonic()
        code, answer = handle.transmit(bytes((CLA, TestIns.EJECT, 0, 0)))
        took = (bench.clock.monotonic() - began) * 1000
        if code == sv.SUCCESS and len(answer) >= 2:
            raise Broken(_("the card left, and still answered"))
        settle(made, made.client(), present=False)
        if took > 2000:
            raise Broken(_("told after {ms:.0f} ms").format(ms=took))
    return ok(
        code if code != sv.SUCCESS else _("an empty answer, then EMPTY"),
        measurements=(Measurement("removal told", round(took, 1), "ms", high=2000.0),),
    )


def _pulled_by_hand(made: Desk, handle: Handle) -> Finding:
    """The same where a person pulls the card out of a command that takes ``LONG_S``."""
    waiting = Task(lambda: handle.transmit(bytes((CLA, TestIns.WAIT, 0, LONG_S * 10))))
    made.hand.pull()
    began = made.bench.clock.monotonic()
    code, answer = waiting.value(LONG_S + 5.0)
    took = (made.bench.clock.monotonic() - began) * 1000
    if code == sv.SUCCESS and len(answer) >= 2:
        late = _("the command was over before the card was out")
        raise Unjudged(skip(SkipReason.NEEDS_OPERATOR, late))
    if took > 2000:
        raise Broken(_("told after {ms:.0f} ms").format(ms=took))
    return ok(code if code != sv.SUCCESS else _("an empty answer, then EMPTY"))


@service_check("REM-02", N_("The old connection is dead"), needs=Needs.TEST_CARD, wants=HAND)
def old_handle(bench: Bench) -> Finding:
    """After a removal the connection says so, also when a card is back, until it reconnects."""
    with card_out(bench) as made:
        client = made.client()
        handle = made.connected(client)
        made.hand.pull()
        settle(made, client, present=False)
        expect(handle.transmit(CASE_1)[0], *GONE, doing=_("a command without a card"))
        made.hand.put_back()
        settle(made, client, present=True)
        expect(handle.transmit(CASE_1)[0], *GONE, doing=_("a command on the old connection"))
        expect(handle.reconnect(Leave.LEAVE), sv.SUCCESS, doing=_("reconnect"))
        if ask(handle, CASE_1) != b"\x90\x00":
            raise Broken(_("no good answer after the reconnect"))
    return ok(_("dead until the reconnect, also with a card back in"))


@service_check("REM-04", N_("Pulled inside a transaction"), needs=Needs.TEST_CARD, wants=HAND)
def inside_transaction(bench: Bench) -> Finding:
    """The holder is told, its lock is freed, and others go on with the next card."""
    with card_out(bench) as made:
        client = made.client()
        holder = made.connected(client)
        expect(holder.begin(), sv.SUCCESS, doing=_("begin"))
        made.hand.pull()
        settle(made, client, present=False)
        expect(holder.transmit(CASE_1)[0], *GONE, doing=_("a command without a card"))
        holder.end()
        holder.disconnect()
        made.hand.put_back()
        settle(made, client, present=True)
        other = made.handle()
        expect(Task(other.begin).value(), sv.SUCCESS, doing=_("the next client's begin"))
        if ask(other, CASE_1) != b"\x90\x00":
            raise Broken(_("no good answer for the next client"))
        expect(other.end(), sv.SUCCESS, doing=_("its end"))
    return ok(_("told, freed, usable"))


@service_check(
    "TIM-03", N_("A mute card does not hold the harness"), needs=Needs.TEST_CARD, wants=HAND
)
def mute(bench: Bench) -> Finding:
    """A card that never answers: the call fails, or blocks until the card is pulled; other calls
    are answered meanwhile."""
    with card_out(bench) as made:
        client = made.client()
        handle = made.connected(client)
        waiting = Task(lambda: handle.transmit(bytes((CLA, TestIns.MUTE, 0, 0))))
        blocked = not waiting.done(1.0)
        other = Task(lambda: made.client().readers()[0])
        expect(other.value(2.0), sv.SUCCESS, doing=_("the list of readers meanwhile"))
        made.hand.pull()
        code, answer = waiting.value(5.0)
        if code == sv.SUCCESS and len(answer) >= 2:
            raise Broken(_("a mute card answered {answer}").format(answer=answer.hex().upper()))
        settle(made, client, present=False)
    how = _("blocked until the card was pulled") if blocked else code
    return ok(_("{how}; other calls were answered").format(how=how))


@service_check("TIM-04", N_("The service after a mute card"), needs=Needs.TEST_CARD, wants=HAND)
def after_mute(bench: Bench) -> Finding:
    """After a card that never answered, and its removal: a new connection works, exchanges
    included, and the old context can still ask for the state."""
    with card_out(bench) as made:
        client = made.client()
        handle = made.connected(client)
        waiting = Task(lambda: handle.transmit(bytes((CLA, TestIns.MUTE, 0, 0))))
        waiting.done(0.3)
        made.hand.pull()
        waiting.value(5.0)
        settle(made, client, present=False)
        made.hand.put_back()
        settle(made, client, present=True)
        expect(client.state(made.slot)[0], sv.SUCCESS, doing=_("state of the reader"))
        if ask(made.handle(), CASE_1) != b"\x90\x00":
            raise Broken(_("not usable after the mute card"))
    return ok(_("usable afterwards"))
