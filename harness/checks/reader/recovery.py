"""Does a good command still work after a bad one?"""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import PSE, Bench
from harness.checks.registry import Needs, check
from harness.codec.apdu import select
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.profiles import testcard

BAD = {
    "an unknown instruction": bytes.fromhex("80FE0000"),
    "an unknown class": bytes.fromhex("F0A40000"),
    "Lc beyond the data": bytes.fromhex("00A404000800"),
}


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
        if (after.sw, after.data) != (before.sw, before.data):
            return fail(
                _("after {what} ({apdu}) SELECT answers {now}, before it {then}").format(
                    what=what, apdu=to_hex(command), now=after.sw, then=before.sw
                )
            )
    return ok(_("SELECT as before after {n} bad commands").format(n=len(BAD)))
