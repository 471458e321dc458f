"""Several clients of one card: who gets in, who waits, who is told."""

from __future__ import annotations

from harness.checks.finding import Finding, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, Task, ask, desk, echo, expect, service_check
from harness.checks.registry import Needs
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.link.service import Leave, Share
from harness.records.result import Measurement

HOLD_S = 0.3


@service_check("SHR-01", N_("Exclusive means alone"))
def exclusive(bench: Bench) -> Finding:
    """Shared keeps exclusive out, exclusive keeps everybody out."""
    with desk(bench) as made:
        first = made.handle()
        other = made.client()
        expect(
            other.connect(made.slot, Share.EXCLUSIVE)[0],
            sv.SHARING,
            doing=_("exclusive while it is shared"),
        )
        expect(first.disconnect(), sv.SUCCESS, doing=_("disconnect"))
        made.handle(Share.EXCLUSIVE)
        expect(
            other.connect(made.slot, Share.SHARED)[0],
            sv.SHARING,
            doing=_("shared while it is exclusive"),
        )
    return ok(_("{code} both ways").format(code=sv.SHARING))


@service_check("SHR-02", N_("A transaction keeps others waiting"), needs=Needs.TEST_CARD)
def transaction_blocks(bench: Bench) -> Finding:
    """Of two shared clients, one holds a transaction: the other's command waits for its end."""
    with desk(bench) as made:
        first, second = made.handle(), made.handle()
        expect(first.begin(), sv.SUCCESS, doing=_("begin"))
        began = bench.clock.monotonic()
        waiting = Task(lambda: echo(second, b"second"))
        early = waiting.done(0.05)
        bench.clock.sleep(HOLD_S)
        early = early or waiting.done(0.01)
        if echo(first, b"first") != b"first":
            raise Broken(_("the holder of the transaction got another answer"))
        expect(first.end(), sv.SUCCESS, doing=_("end"))
        if waiting.value() != b"second":
            raise Broken(_("the client that waited got another answer"))
        waited = (bench.clock.monotonic() - began) * 1000
        if early:
            raise Broken(_("a command went through somebody else's transaction"))
    return ok(
        _("waited {ms:.0f} ms for a transaction of {hold:.0f} ms").format(
            ms=waited, hold=HOLD_S * 1000
        ),
        measurements=(Measurement("waited", round(waited, 1), "ms", low=HOLD_S * 1000),),
    )


@service_check("SHR-03", N_("End without begin"))
def extra_end(bench: Bench) -> Finding:
    """EndTransaction without a transaction is refused, and nothing else breaks."""
    with desk(bench) as made:
        handle = made.handle()
        expect(handle.end(), sv.NOT_TRANSACTED, doing=_("end without begin"))
        expect(handle.begin(), sv.SUCCESS, doing=_("begin"))
        expect(handle.end(), sv.SUCCESS, doing=_("end"))
        expect(handle.end(), sv.NOT_TRANSACTED, doing=_("end once more"))
    return ok(sv.NOT_TRANSACTED)


@service_check("SHR-04", N_("A third client's end changes nothing"), needs=Needs.TEST_CARD)
def third_client(bench: Bench) -> Finding:
    """Releasing a third context does not end the transaction of another."""
    with desk(bench) as made:
        holder, waiter = made.handle(), made.handle()
        third = made.client()
        made.connected(third)
        expect(holder.begin(), sv.SUCCESS, doing=_("begin"))
        waiting = Task(lambda: echo(waiter, b"waiter"))
        third.release()
        early = waiting.done(0.15)
        echo(holder, b"holder")
        expect(holder.end(), sv.SUCCESS, doing=_("end"))
        waiting.value()
        if early:
            raise Broken(_("the end of a third client ended the transaction"))
    return ok(_("the transaction held"))


@service_check("SHR-05", N_("Nested transactions, and a client that goes away"))
def nested(bench: Bench) -> Finding:
    """A transaction begun twice ends at the second end; a context released inside one frees the
    card."""
    with desk(bench) as made:
        owner = made.client()
        first, second = made.connected(owner), made.handle()
        for _round in range(2):
            expect(first.begin(), sv.SUCCESS, doing=_("begin"))
        expect(first.end(), sv.SUCCESS, doing=_("the first end"))
        waiting = Task(second.begin)
        if waiting.done(0.1):
            raise Broken(_("the first of two ends freed the card"))
        owner.release()
        code = waiting.value()
        expect(code, sv.SUCCESS, sv.RESET, doing=_("begin after the other client went away"))
        if code == sv.RESET:
            # pcsc-lite resets the card of a client that goes away in the middle.
            expect(second.reconnect(Leave.LEAVE), sv.SUCCESS, doing=_("reconnect"))
            expect(second.begin(), sv.SUCCESS, doing=_("begin after the reconnect"))
        expect(second.end(), sv.SUCCESS, doing=_("end"))
    return ok(_("counted, and freed with its owner"))


@service_check("RST-04", N_("A reset is told to the others"), needs=Needs.TEST_CARD)
def reset_notice(bench: Bench) -> Finding:
    """When one client resets the card, the other's next call says so, until it reconnects."""
    with desk(bench) as made:
        first, second = made.handle(), made.handle()
        expect(second.reconnect(Leave.RESET), sv.SUCCESS, doing=_("reset by the second client"))
        code, _answer = first.transmit(b"\x80\x30\x00\x00")
        expect(code, sv.RESET, doing=_("the first client's next command"))
        expect(first.reconnect(Leave.LEAVE), sv.SUCCESS, doing=_("its reconnect"))
        if ask(first, b"\x80\x30\x00\x00") != b"\x90\x00":
            raise Broken(_("the card does not answer as before after the reconnect"))
    return ok(_("{code} once, healed by a reconnect").format(code=sv.RESET))


@service_check("RST-05", N_("No reset through a transaction"))
def reset_refused(bench: Bench) -> Finding:
    """A reset is refused, or waits, while another client holds a transaction."""
    with desk(bench) as made:
        first, second = made.handle(), made.handle()
        expect(first.begin(), sv.SUCCESS, doing=_("begin"))
        trying = Task(lambda: second.reconnect(Leave.RESET))
        early = trying.done(0.3)
        held = first.status()[0]
        expect(first.end(), sv.SUCCESS, doing=_("end"))
        code = trying.value()
        expect(held, sv.SUCCESS, doing=_("the holder's card"))
        waited = () if early else (sv.SUCCESS,)
        expect(code, sv.SHARING, *waited, doing=_("reset during a transaction"))
    return ok(code if code == sv.SHARING else _("the reset waited for the end"))
