"""What depends on the line between reader and card: speed, block size, packets, negotiation.

A virtual card has no line: those checks say so and judge nothing.
"""

from __future__ import annotations

from dataclasses import replace

from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, skip, warn
from harness.checks.reader.bench import PSE, Bench
from harness.checks.reader.desk import Broken, desk, expect, service_check
from harness.checks.reader.spread import measured
from harness.checks.registry import Needs, check
from harness.codec.atr import DI, FI, Atr, parse_atr
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.link import service as sv
from harness.link.service import Leave, Share
from harness.profiles.testcard import CLA, TestIns, counting
from harness.records.result import Measurement
from harness.records.samples import Samples

ISO3 = "ISO/IEC 7816-3"
FAST = (0x13, 0x94, 0x95, 0x96, 0x97)
"""TA1 values that weak readers are known to stumble over (libccid reports)."""
FRAMES = 1000
TIMED = 50
HALF = 0.5
DEFAULT_IFSC = 32
LONG = bytes((CLA, TestIns.CASE_2, 1, 0, 0))


def _atr(bench: Bench) -> Atr | None:
    try:
        return parse_atr(bench.cold_atr)
    except CodecError:
        return None


def _no_line(bench: Bench) -> Finding | None:
    if bench.wired:
        return None
    return skip(SkipReason.NEEDS_HARDWARE, _("a virtual card has no line to the reader"))


@service_check("PRO-03", N_("Direct and back without a reset"), needs=Needs.KNOWN_CARD)
def direct_and_back(bench: Bench) -> Finding:
    """Shared, then direct, then shared again, each left as it is: the protocol stays, and the card
    answers. Whether PPS was made again is not observable."""
    with desk(bench) as made:
        client = made.client()
        handle = made.connected(client)
        before = handle.protocol
        expect(handle.disconnect(Leave.LEAVE), sv.SUCCESS, doing=_("disconnect"))
        code, direct = client.connect(made.slot, Share.DIRECT)
        expect(code, sv.SUCCESS, doing=_("connect ({share})").format(share=Share.DIRECT))
        if direct is not None:
            expect(direct.disconnect(Leave.LEAVE), sv.SUCCESS, doing=_("disconnect"))
        again = made.connected(client)
        if again.protocol != before:
            raise Broken(_("{old} before, {new} after a direct connection").format(
                old=before, new=again.protocol))  # fmt: skip
        code, answer = again.transmit(PSE.to_bytes())
        expect(code, sv.SUCCESS, doing=_("a command afterwards"))
        if len(answer) < 2:
            raise Broken(_("an answer of {n} bytes").format(n=len(answer)))
    return ok(_("{protocol} before and after").format(protocol=before))


@check(
    "PRO-04",
    N_("A card in specific mode"),
    suite="reader",
    needs=Needs.KNOWN_CARD,
    spec=(Spec(ISO3, "8.3"),),
)
def specific_mode(bench: Bench) -> Finding:
    """A card whose TA2 fixes the protocol is used with that one, and answers."""
    atr = _atr(bench)
    if atr is None or 2 not in atr.ta:
        return not_applicable(_("the card is in negotiable mode: no TA2"))
    wanted = f"T={atr.ta[2] & 0x0F}"
    if bench.link.protocol != wanted:
        return fail(_("TA2 fixes {want}, {got} is active").format(
            want=wanted, got=bench.link.protocol))  # fmt: skip
    bench.raw(PSE.to_bytes())
    return ok(_("{protocol}, as TA2 fixes it; the card answers").format(protocol=wanted))


@check(
    "PRO-05",
    N_("High bit rates"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO3, "8.3"),),
)
def high_rates(bench: Bench) -> Finding:
    """A card with TA1 of 13 or 94 to 97: a thousand answers of 256 bytes, each compared."""
    absent = _no_line(bench)
    if absent is not None:
        return absent
    atr = _atr(bench)
    ta1 = atr.ta.get(1, 0x11) if atr is not None else 0x11
    if ta1 not in FAST:
        return not_applicable(_("TA1 is {ta1:02X}: not one of the high rates").format(ta1=ta1))
    bench.select_test_card()
    count = min(FRAMES, bench.limits.soak)
    kept = len(bench.exchanges)
    for number in range(count):
        if bench.raw(LONG) != counting(256) + b"\x90\x00":
            return fail(
                _("answer {n} of {count} is another one").format(n=number + 1, count=count),
                advice=_("unstable at TA1 = {ta1:02X}: try another reader with this card").format(
                    ta1=ta1
                ),
            )
    bench.exchanges.keep(kept + 10)
    return ok(_("{n} answers of 256 bytes at TA1 = {ta1:02X}").format(n=count, ta1=ta1))


@check(
    "PRO-06",
    N_("Data longer than a block"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO3, "11, protocol T=1"),),
)
def chaining(bench: Bench) -> Finding:
    """A T=1 card: data just below, at, and above its block size (IFSC) come back as they went."""
    absent = _no_line(bench)
    if absent is not None:
        return absent
    if bench.link.protocol != "T=1":
        return not_applicable(_("the card uses {p}: no blocks").format(p=bench.link.protocol))
    atr = _atr(bench)
    ifsc = atr.ta.get(3, DEFAULT_IFSC) if atr is not None else DEFAULT_IFSC
    bench.select_test_card()
    sizes = {ifsc - 6, ifsc - 5, ifsc - 4, ifsc - 2, ifsc - 1, ifsc, ifsc + 1, 2 * ifsc, 254, 255}
    for size in sorted(size for size in sizes if 0 < size <= 255):
        data = counting(size)
        answer = bench.raw(bytes((CLA, TestIns.ECHO, 0, 0, size)) + data + b"\0")
        if answer != data + b"\x90\x00":
            return fail(_("{size} bytes with blocks of {ifsc}: another answer").format(
                size=size, ifsc=ifsc))  # fmt: skip
    return ok(_("intact around blocks of {ifsc} bytes").format(ifsc=ifsc))


@check(
    "LEN-02",
    N_("Packets of 258 and 259 bytes"),
    suite="reader",
    needs=Needs.TEST_CARD,
    spec=(Spec(ISO3, "12.1, APDU cases"),),
)
def packets(bench: Bench) -> Finding:
    """256 bytes with SW1 SW2 are 258; a T=1 block of 254 bytes is 258, or 259 with a CRC."""
    bench.select_test_card()
    answer = bench.raw(LONG)
    if answer != counting(256) + b"\x90\x00":
        return fail(_("256 bytes and SW1 SW2 were asked, {n} bytes came").format(n=len(answer)))
    for size in (253, 254, 255):
        sw = bench.raw(bytes((CLA, TestIns.CASE_3, 0, 0, size)) + counting(size))
        if sw != b"\x90\x00":
            return fail(_("{size} bytes sent: {sw}").format(size=size, sw=sw.hex().upper()))
    return ok(_("258 bytes came; 253 to 255 bytes arrived"))


@check("LEN-05", N_("Readers that carry less"), suite="reader", needs=Needs.TEST_CARD)
def carries_less(bench: Bench) -> Finding:
    """A reader whose MAXINPUT is below 261 refuses a full case 4 command, or carries it; the next
    command works."""
    told = bench.reader.facts().get("max_input", "")
    if not told.isdecimal() or int(told) >= 261:
        return not_applicable(_("the reader carries a full short command, or does not tell"))
    bench.select_test_card()
    with desk(bench) as made:
        handle = made.handle()
        full = bytes((CLA, TestIns.CASE_4, 1, 0, 255)) + counting(255) + b"\0"
        code, answer = handle.transmit(full)
        after, good = handle.transmit(bytes((CLA, TestIns.CASE_1, 0, 0)))
    if after != sv.SUCCESS or good != b"\x90\x00":
        return fail(
            _("after 261 bytes the next command ends with {code}").format(code=_end(after, good))
        )
    if code == sv.SUCCESS and answer[-2:] in (b"\x90\x00", b"\x61\x00"):
        return ok(_("MAXINPUT is {n}, and 261 bytes are carried all the same").format(n=told))
    return ok(
        _("261 bytes are refused ({code}), the next command works").format(code=_end(code, answer))
    )


def _end(code: str, answer: bytes) -> str:
    """How a command ended: the code of the call, or the status word where that is a good one."""
    return to_hex(answer[-2:]) if code == sv.SUCCESS else code


@check(
    "PER-03",
    N_("Throughput"),
    suite="reader",
    needs=Needs.TEST_CARD,
    severity=Verdict.WARN,
    spec=(Spec(ISO3, "8.3"),),
)
def throughput(bench: Bench) -> Finding:
    """Bytes a second of 256-byte answers, against what the line carries at the card's TA1 and the
    reader's clock (12 etu a byte with T=0, 11 with T=1)."""
    absent = _no_line(bench)
    if absent is not None:
        return absent
    bench.select_test_card()
    times = []
    for _round in range(TIMED):
        began = bench.clock.monotonic()
        bench.raw(LONG)
        times.append((bench.clock.monotonic() - began) * 1000)
    if not any(times):
        return not_examined(_("the clock stood still"))
    samples = Samples("256 bytes", tuple(times))
    # Five bytes out, a procedure byte with T=0 or two block frames with T=1, 258 bytes back.
    rate = 264 * len(times) / (sum(times) / 1000)
    line = _line_rate(bench)
    figures = [*measured(samples), Measurement("throughput", round(rate), "bytes/s")]
    text = _("{rate:,.0f} bytes/s").format(rate=rate)
    if line is None:
        unknown = _(
            "{text}; what the line carries is not known (profile without clock, or odd TA1)"
        )
        said = unknown.format(text=text)
        return replace(ok(said, measurements=tuple(figures)), samples=(samples,))
    share = rate / line
    figures.append(Measurement("of the line rate", round(100 * share, 1), "%", low=100 * HALF))
    said = _("{text}, {share:.0%} of what the line carries").format(text=text, share=share)
    finding = (ok if share >= HALF else warn)(said, measurements=tuple(figures))
    return replace(finding, samples=(samples,))


def _line_rate(bench: Bench) -> float | None:
    """Bytes a second at TA1 and the profile's default clock; None where one is not known."""
    clocks = bench.profile.ccid.clock_khz if bench.profile is not None else ()
    atr = _atr(bench)
    if not clocks or atr is None:
        return None
    ta1 = atr.ta.get(1, 0x11)
    if ta1 >> 4 not in FI or ta1 & 0x0F not in DI:
        return None
    bits = clocks[0] * 1000 * DI[ta1 & 0x0F] / FI[ta1 >> 4][0]
    return bits / (11 if bench.link.protocol == "T=1" else 12)
