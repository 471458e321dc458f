"""Does a good command still work after a bad one?"""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.reader.bench import PSE, Bench
from harness.checks.registry import Needs, check
from harness.codec.apdu import select
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.link.api import ResetKind
from harness.profiles import testcard
from harness.records.result import Measurement

BAD = {
    N_("an unknown instruction"): bytes.fromhex("80FE0000"),
    N_("an unknown class"): bytes.fromhex("F0A40000"),
    N_("Lc beyond the data"): bytes.fromhex("00A404000800"),
}


RUNGS = (N_("leave"), N_("warm reset"), N_("cold reset"), N_("new connection"))


def _climb(bench: Bench, rung: str) -> None:
    if rung == "warm reset":
        bench.reset(ResetKind.WARM)
    elif rung == "cold reset":
        bench.reset(ResetKind.COLD)
    elif rung == "new connection":
        bench.close()


@check(
    "REC-01",
    N_("Which rung brings a card back"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec("PC/SC Specification Part 5", "resource manager"),),
)
def ladder(bench: Bench) -> Finding:
    """After an answer that is none, the first of these that heals is recorded: nothing at all, a
    warm reset, a cold reset, a new connection."""
    good = bytes((testcard.CLA, testcard.TestIns.CASE_1, 0, 0))
    try:
        bench.raw(bytes((testcard.CLA, testcard.TestIns.ONE_BYTE, 0, 0)))
    except (LinkTimeout, CardRemoved):
        raise
    except LinkError:
        pass
    for rung in RUNGS:
        try:
            _climb(bench, rung)
            if bench.raw(good) == b"\x90\x00":
                place = RUNGS.index(rung)
                text = _("healed by: {rung}").format(rung=rung)
                measured = (Measurement("rung", place, high=len(RUNGS) - 2),)
                if place == len(RUNGS) - 1:
                    return warn(text, measurements=measured)
                return ok(text, measurements=measured)
        except (LinkTimeout, CardRemoved):
            raise
        except LinkError:
            continue
    return fail(_("no rung brings the card back after an answer of one byte"))


@check(
    "REC-03",
    N_("A good command works after a bad one"),
    suite="reader",
    needs=Needs.KNOWN_CARD,
    spec=(Spec("ISO/IEC 7816-4", "command-response pairs"),),
)
def good_after_bad(bench: Bench) -> Finding:
    """SELECT answers after each malformed or unknown command as it did before.

    The bad command itself may be refused by the card, the driver or the reader.
    """
    good = select(testcard.AID) if bench.test_card else PSE
    before = bench.send(good)
    for what, command in BAD.items():
        try:
            bench.raw(command)
        except (LinkTimeout, CardRemoved):
            raise
        except LinkError:
            bench.recover()
        after = bench.send(good)
        if after.sw == before.sw and after.data != before.data:
            text = _("after {what} ({apdu}) SELECT answers {sw} with other data than before")
            return fail(text.format(what=what, apdu=to_hex(command), sw=after.sw))
        if after.sw != before.sw:
            return fail(
                _("after {what} ({apdu}) SELECT answers {now}, before it {then}").format(
                    what=what, apdu=to_hex(command), now=after.sw, then=before.sw
                )
            )
    return ok(_("SELECT as before after {n} bad commands").format(n=len(BAD)))
