"""Many clients at once: no answer lost, none mixed up, no deadlock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import MANAGER, Broken, Task, desk, echo, expect, service_check
from harness.checks.registry import Needs, Wants, check
from harness.core.errors import LinkError, LinkTimeout
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.link.api import Link
from harness.profiles.testcard import CLA, TestIns
from harness.records.result import Measurement

CLIENTS = 4
MANY = 24


def _all_at_once(work: Callable[[int], None]) -> None:
    tasks = [Task(partial(work, number)) for number in range(CLIENTS)]
    for task in tasks:  # none is left behind in the next check when another one has failed
        task.done(30.0)
    for task in tasks:
        task.value(0.0)


@service_check("CON-01", N_("Contexts opened and released at once"), needs=Needs.NOTHING)
def contexts(bench: Bench) -> Finding:
    """Four threads open, use and release contexts again and again."""
    with desk(bench) as made:

        def work(_number: int) -> None:
            for _round in range(bench.limits.rounds):
                client = made.client()
                expect(client.readers()[0], sv.SUCCESS, doing=_("list of readers"))
                expect(client.release(), sv.SUCCESS, doing=_("release"))

        _all_at_once(work)
    return ok(_("{n} contexts in {k} threads").format(n=CLIENTS * bench.limits.rounds, k=CLIENTS))


@service_check("CON-02", N_("Connections made and ended at once"))
def connections(bench: Bench) -> Finding:
    """Four threads connect, ask for the status and disconnect again and again."""
    with desk(bench) as made:
        clients = [made.client() for _number in range(CLIENTS)]

        def work(number: int) -> None:
            for _round in range(bench.limits.rounds):
                handle = made.connected(clients[number])
                expect(handle.status()[0], sv.SUCCESS, doing=_("status"))
                expect(handle.disconnect(), sv.SUCCESS, doing=_("disconnect"))

        _all_at_once(work)
    return ok(
        _("{n} connections in {k} threads").format(n=CLIENTS * bench.limits.rounds, k=CLIENTS)
    )


@service_check("CON-03", N_("Answers belong to their questions"), needs=Needs.TEST_CARD)
def nonces(bench: Bench) -> Finding:
    """Four clients of one card echo nonces inside transactions: each gets its own back."""
    with desk(bench) as made:
        handles = [made.handle() for _number in range(CLIENTS)]

        def work(number: int) -> None:
            for round_ in range(bench.limits.rounds):
                nonce = bytes((number,)) + round_.to_bytes(4, "big")
                expect(handles[number].begin(), sv.SUCCESS, doing=_("begin"))
                try:
                    answer = echo(handles[number], nonce)
                finally:
                    handles[number].end()
                if answer != nonce:
                    raise Broken(
                        _("{nonce} came back as {answer}").format(
                            nonce=nonce.hex().upper(), answer=answer.hex().upper()
                        )
                    )

        _all_at_once(work)
    count = Measurement("exchanges", CLIENTS * bench.limits.rounds)
    return ok(_("every nonce came back to its client"), measurements=(count,))


@check(
    "CON-04",
    N_("Two slots in parallel"),
    suite="reader",
    needs=Needs.TEST_CARD,
    wants=(Wants.SECOND_SLOT,),
    spec=(MANAGER,),
)
def parallel(bench: Bench) -> Finding:
    """Two threads, one slot each: nothing stands still, no answer changes sides."""
    bench.close()
    second = bench.offered("second")()
    links: list[Link] = []
    try:
        for reader in (bench.reader, second):
            links.append(reader.connect())  # the first is given back when there is no second
        count = bench.limits.rounds * 4

        def work(number: int) -> int:
            wrong = 0
            for round_ in range(count):
                size = 100 * number + round_ % 100 + 1
                command = bytes((CLA, TestIns.CASE_2, 0, size, size))
                wrong += links[number].transmit(command) != bytes(range(size)) + b"\x90\x00"
            return wrong

        tasks = [Task(partial(work, number)) for number in range(2)]
        mixed = sum(task.value(30.0) for task in tasks)
    except LinkTimeout:
        raise
    except LinkError as error:
        return fail(_("two slots in parallel: {what}").format(what=error.what))
    finally:
        for link in links:
            link.close()
        second.close()
    if mixed:
        return fail(_("{n} answers were not the slot's own").format(n=mixed))
    return ok(_("{n} exchanges on each of two slots").format(n=count))


@service_check("CON-06", N_("Too many connections end in a code"))
def limits(bench: Bench) -> Finding:
    """Connections to one reader until it refuses (or 24 are open): a code, and all go on."""
    with desk(bench) as made:
        handles = [made.handle()]
        code = sv.SUCCESS
        while code == sv.SUCCESS and len(handles) < MANY:
            code, handle = made.client().connect(made.slot)
            if handle is not None:
                handles.append(handle)
        if code != sv.SUCCESS and not code.startswith("SCARD_"):
            raise Broken(_("refused with the unknown code {code}").format(code=code))
        for handle in handles:
            expect(handle.status()[0], sv.SUCCESS, doing=_("an open connection"))
    refused = "" if code == sv.SUCCESS else f", {code}"
    text = _("{n} connections at once{refused}") if refused else _("{n} connections at once")
    return ok(text.format(n=len(handles), refused=refused))
