"""What the PC/SC library does with little room, and with a context that crosses a fork."""

from __future__ import annotations

import subprocess

from harness.checks.finding import Finding, fail, ok, skip
from harness.checks.reader.bench import Bench
from harness.checks.reader.desk import Broken, desk, expect, service_check
from harness.checks.registry import Needs, Wants
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.verdict import SkipReason
from harness.link import service as sv
from harness.profiles.testcard import CLA, TestIns

LONG = bytes((CLA, TestIns.CASE_2, 0, 200, 200))
NEEDED = 202
ROOMS = (0, 1, 2, 201)


@service_check("LEN-04", N_("A receive buffer that is too small"), needs=Needs.TEST_CARD)
def small_buffer(bench: Bench) -> Finding:
    """An answer of 202 bytes into 0, 1, 2, and 201: refused with the code for it, the bytes behind
    the buffer untouched, and the next command works."""
    try:
        with desk(bench) as made:
            handle = made.handle()
            for room in ROOMS:
                seen = handle.transmit_into(LONG, room)
                doing = _("{n} bytes into a buffer of {room}").format(n=NEEDED, room=room)
                expect(seen.code, sv.INSUFFICIENT_BUFFER, doing=doing)
                if seen.spilled:
                    raise Broken(_("{doing}: bytes behind it were written to").format(doing=doing))
            fits = handle.transmit_into(LONG, NEEDED)
            doing = _("a buffer that is just large enough")
            expect(fits.code, sv.SUCCESS, doing=doing)
            if fits.spilled:
                raise Broken(_("{doing}: bytes behind it were written to").format(doing=doing))
            if fits.length != NEEDED:
                raise Broken(_("{n} bytes were reported, {want} came").format(
                    n=fits.length, want=NEEDED))  # fmt: skip
    except ConfigError as error:
        return skip(SkipReason.DEPENDENCY, error.what, advice=error.todo)
    return ok(_("refused four times, nothing written behind the buffer"))


@service_check(
    "CON-05", N_("A context that crosses a fork"), needs=Needs.NOTHING, wants=(Wants.FORK,)
)
def forked(bench: Bench) -> Finding:
    """A child process that uses its parent's context comes back with a code, and the parent's
    context works on. Where the child is let in, that is told: the two share one connection."""
    bench.close()
    try:
        seen = bench.offered("forked")()
    except (ValueError, subprocess.TimeoutExpired):
        return fail(_("the parent's context did not survive the child's call"))
    if not seen.child:
        return fail(_("the child's call did not come back in 5 s"))
    if seen.parent != sv.SUCCESS:
        return fail(_("the parent's context afterwards: {code}").format(code=seen.parent))
    if seen.child == sv.SUCCESS:
        return ok(
            _("the child is served on its parent's context"),
            advice=_("programs that fork must open a context of their own in the child"),
        )
    return ok(_("the child gets {code}, the parent's context works on").format(code=seen.child))
