"""Names, slots, and readers that are not there."""

from __future__ import annotations

import re

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import MANAGER, Task, desk, expect, service_check
from harness.checks.registry import Needs, Tier, Wants, check
from harness.core.errors import LinkError, LinkTimeout
from harness.core.i18n import N_, _
from harness.link import service as sv
from harness.profiles.testcard import CLA, TestIns

NAME = re.compile(
    r"^(?P<model>.+?)(?: \[(?P<interface>[^]]+)\])?(?: \((?P<serial>[^)]+)\))?"
    r" (?P<reader>[0-9A-F]{2}) (?P<slot>[0-9A-F]{2})$"
)
"""How pcsc-lite names a slot: model, interface, serial, reader number, slot number."""


@service_check("ENU-02", N_("Name and slot"), needs=Needs.NOTHING, tier=Tier.SMOKE)
def name_and_slot(bench: Bench) -> Finding:
    """The name can be taken apart: model, interface, serial, two hexadecimal numbers."""
    name = bench.service().slot
    parts = NAME.match(name)
    if parts is None:
        return fail(_("{name!r} does not end in two hexadecimal numbers").format(name=name))
    known = ", ".join(f"{key} {value}" for key, value in parts.groupdict().items() if value)
    return ok(known)


@service_check("ENU-09", N_("A reader that is not there"), needs=Needs.NOTHING, tier=Tier.SMOKE)
def unknown_reader(bench: Bench) -> Finding:
    """State of, and connection to, an invented name are refused as an unknown reader."""
    with desk(bench) as made:
        client = made.client()
        name = "No Such Reader 7F 7F"
        expect(client.state(name)[0], sv.UNKNOWN_READER, doing=_("state"))
        expect(
            client.connect(name)[0], sv.UNKNOWN_READER, sv.READER_UNAVAILABLE, doing=_("connect")
        )
    return ok(sv.UNKNOWN_READER)


@check(
    "ENU-08",
    N_("Two slots do not mix"),
    suite="reader",
    needs=Needs.TEST_CARD,
    wants=(Wants.SECOND_SLOT,),
    spec=(MANAGER,),
)
def two_slots(bench: Bench) -> Finding:
    """Two cards at once: every answer belongs to its own card, and one leaves alone."""
    bench.close()
    second = bench.offered("second")()
    try:
        first_link, second_link = bench.link, second.connect()
        for length in range(1, 51):
            for link, size in ((first_link, length), (second_link, 256 - length)):
                command = bytes((CLA, TestIns.CASE_2, 0, size, size))
                if link.transmit(command) != bytes(range(size)) + b"\x90\x00":
                    return fail(_("the answer of one slot came out of the other"))
        waiting = Task(lambda: second_link.transmit(bytes((CLA, TestIns.WAIT, 0, 3))))
        for _round in range(20):
            bench.raw(bytes((CLA, TestIns.CASE_1, 0, 0)))
        waiting.value()
        second_link.close()
        if not bench.reader.card_present():
            return fail(_("letting one card go took the other away"))
        bench.raw(bytes((CLA, TestIns.CASE_1, 0, 0)))
    except LinkTimeout:
        raise
    except LinkError as error:
        return fail(_("two slots at once: {what}").format(what=error.what))
    finally:
        second.close()
    return ok(_("100 exchanges in turns, each answer from its own slot"))
