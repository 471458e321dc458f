"""What must cross untouched: status words, class bytes, chains, awkward data, bad commands."""

from __future__ import annotations

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.apdu_cases import wrong
from harness.checks.reader.bench import PSE, Bench
from harness.checks.registry import Needs, check
from harness.codec.apdu import CommandApdu, ResponseApdu, select
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.profiles import testcard
from harness.profiles.testcard import CHAIN, CLA, TestIns, counting
from harness.records.result import Measurement

ISO4 = "ISO/IEC 7816-4"
CLASSES = (0x00, 0x01, 0x02, 0x03, 0x40, 0x4F, 0x80, 0x84, 0xE0)
PATTERNS = (
    b"\x00" * 255,
    b"\xff" * 255,
    bytes(range(255)),
    b"\x60" * 200,
    b"\x61\x6c\x90\x00" * 60,
    b"\xc3\x3c" * 120,
)
MALFORMED = {
    N_("two bytes"): "80FE",
    N_("three bytes"): "80FE00",
    N_("Lc beyond the data"): "00A404000800",
    N_("bytes after Le"): "8034001010AABBCC",
    N_("an extended header cut short"): "80340000000001",
}


def _odd(answer: bytes, expected: bytes, what: str, sw: int = 0x9000) -> str:
    """``wrong`` for an answer as it came."""
    return wrong(ResponseApdu.parse(answer), expected, what, sw)


@check(
    "APD-61",
    N_("61xx and GET RESPONSE"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO4, "5.3.4"),),
)
def get_response(bench: Bench) -> Finding:
    """61xx arrives as the card sent it, GET RESPONSE brings the data, in pieces too. A driver that
    fetches by itself is told apart, not failed."""
    bench.select_test_card()
    answer = bench.raw(bytes((CLA, TestIns.CASE_4, 0, 200, 1, 0)))
    if answer == counting(200) + b"\x90\x00":
        return ok(_("reader or driver fetches the data by itself"))
    if answer != b"\x61\xc8":
        return fail(_("61C8 expected, {got} came").format(got=to_hex(answer[-4:])))
    first = bench.raw(bytes((0, TestIns.GET_RESPONSE, 0, 0, 100)))
    second = bench.raw(bytes((0, TestIns.GET_RESPONSE, 0, 0, 100)))
    odd = _odd(first, counting(100), "GET RESPONSE 1", 0x6164) or _odd(
        second, counting(200)[100:], "GET RESPONSE 2"
    )
    if odd:
        return fail(odd)
    if bench.raw(bytes((0, TestIns.GET_RESPONSE, 0, 0, 100)))[-2:] == b"\x90\x00":
        return fail(_("data that were fetched came once more"))
    return ok(_("61C8, 6164, 9000"))


@check(
    "APD-AUTO",
    N_("Who sends GET RESPONSE"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO4, "5.3.4"),),
)
def who_fetches(bench: Bench) -> Finding:
    """After a case 4 command either the application sees 61xx, or reader or driver has fetched
    the data by itself: told which, and FAIL when it is neither."""
    bench.select_test_card()
    answer = bench.raw(bytes((CLA, TestIns.CASE_4, 0, 8, 1, 0)))
    if answer == b"\x61\x08":
        return ok(_("the application: 61xx is passed on"))
    if answer == counting(8) + b"\x90\x00":
        return ok(
            _("reader or driver"),
            advice=_("traces of this reader show no GET RESPONSE: compare them with care"),
        )
    return fail(_("neither 6108 nor the data: {got}").format(got=to_hex(answer[-4:])))


@check(
    "APD-6C",
    N_("6Cxx, and the command once more"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec("ISO/IEC 7816-3", "12.2.1"), Spec("EMV 4.4 Book 1", "9.3.1")),
)
def wrong_le(bench: Bench) -> Finding:
    """A wrong Le is answered 6Cxx; with that length the data come."""
    bench.select_test_card()
    answer = bench.raw(bytes((CLA, TestIns.CASE_2, 0, 32, 16)))
    if answer == counting(32) + b"\x90\x00":
        return ok(_("reader or driver repeats the command by itself"))
    if answer != b"\x6c\x20":
        return fail(_("6C20 expected, {got} came").format(got=to_hex(answer[-4:])))
    odd = _odd(bench.raw(bytes((CLA, TestIns.CASE_2, 0, 32, 32))), counting(32), "6C20, Le 20")
    return fail(odd) if odd else ok("6C20, 9000")


@check(
    "APD-62",
    N_("A warning keeps its data"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO4, "5.6, status bytes"),),
)
def warning(bench: Bench) -> Finding:
    """Data that come with 6282 are delivered with it."""
    bench.select_test_card()
    answer = bench.raw(bytes((CLA, TestIns.WARNING, 0, 10, 10)))
    said = _("10 bytes with 6282")
    odd = _odd(answer, counting(10), said, 0x6282)
    return fail(odd) if odd else ok(said)


@check(
    "APD-CH",
    N_("Command chaining"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO4, "5.3.3"),),
)
def chaining(bench: Bench) -> Finding:
    """Three commands with the chaining bit are one to the card."""
    bench.select_test_card()
    whole = counting(250)
    for part in (whole[:100], whole[100:200]):
        answer = bench.raw(bytes((CLA | CHAIN, TestIns.ECHO, 0, 0, len(part))) + part)
        if answer != b"\x90\x00":
            return fail(_("a link of the chain was answered {sw}").format(sw=to_hex(answer[-4:])))
    last = bench.send(CommandApdu(CLA, TestIns.ECHO, 0, 0, data=whole[200:], le=256))
    said = _("250 bytes in three commands")
    odd = wrong(last, whole, said)
    return fail(odd) if odd else ok(said)


@check(
    "APD-CLA",
    N_("The class byte crosses untouched"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO4, "5.4.1"),),
)
def classes(bench: Bench) -> Finding:
    """Interindustry, channel, and proprietary class bytes arrive at the card as they were sent."""
    bench.select_test_card()
    for cla in CLASSES:
        header = bytes((cla, TestIns.HEADER, 0x12, 0x34))
        answer = bench.raw(header + b"\x04")
        if answer != header + b"\x90\x00":
            return fail(
                _("{sent} was sent, the card saw {seen}").format(
                    sent=to_hex(header), seen=to_hex(answer[:4])
                )
            )
    return ok(" ".join(f"{cla:02X}" for cla in CLASSES))


@check(
    "APD-BAD",
    N_("Malformed commands"),
    suite="reader",
    needs=Needs.KNOWN_CARD,
    spec=(Spec("ISO/IEC 7816-3", "12.1, APDU cases"),),
)
def malformed(bench: Bench) -> Finding:
    """Each is refused by driver, reader or card, and a good command works afterwards."""
    good = select(testcard.AID) if bench.test_card else PSE
    before = bench.send(good)
    refused = 0
    for what, text in MALFORMED.items():
        try:
            answer = bench.raw(bytes.fromhex(text))
        except (LinkTimeout, CardRemoved):
            raise
        except LinkError:
            refused += 1
            bench.recover()
        else:
            if answer[-2:] == b"\x90\x00":
                return fail(_("{what} ({apdu}) was taken as good").format(what=what, apdu=text))
        after = bench.send(good)
        label = _("SELECT after {what}").format(what=what)
        if odd := wrong(after, before.data, label, before.sw):
            return fail(odd)
    return ok(
        _("{n} malformed commands, {link} refused on the way, SELECT as before").format(
            n=len(MALFORMED), link=refused
        )
    )


@check(
    "LEN-03",
    N_("Awkward data cross unchanged"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec("ISO/IEC 7816-3", "10.3.3, procedure bytes"),),
)
def patterns(bench: Bench) -> Finding:
    """Zeros, FF, bytes that look like procedure bytes or status words: echoed as they were."""
    bench.select_test_card()
    for pattern in PATTERNS:
        answer = bench.send(CommandApdu(CLA, TestIns.ECHO, 0, 0, data=pattern, le=256))
        odd = wrong(answer, pattern, f"{to_hex(pattern[:4])}...")
        if odd:
            return fail(odd)
    return ok(
        _("{n} patterns echoed").format(n=len(PATTERNS)),
        measurements=(Measurement("patterns", len(PATTERNS)),),
    )
