"""Many exchanges: every answer right, and nothing grows."""

from __future__ import annotations

from pathlib import Path

from harness.checks.finding import Finding, fail, ok
from harness.checks.reader.bench import Bench
from harness.checks.reader.spread import held
from harness.checks.registry import Needs, Tier, check
from harness.core.i18n import N_, _
from harness.profiles.testcard import CLA, TestIns, counting
from harness.records.result import Measurement

GROWTH_KIB = 4096


def footprint() -> tuple[int, int]:
    """Resident KiB and open descriptors of this process; (0, 0) where /proc has none."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
        rss = next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS"))
        return rss, len(list(Path("/proc/self/fd").iterdir()))
    except (OSError, StopIteration):
        return 0, 0


def _exchanges(bench: Bench, count: int) -> str:
    """What is wrong with the first wrong one of ``count`` answers, or nothing."""
    for number in range(count):
        size = number % 256 + 1
        answer = bench.raw(bytes((CLA, TestIns.CASE_2, size >> 8, size & 0xFF, size & 0xFF)))
        if answer != counting(size) + b"\x90\x00":
            return _("exchange {n} of {count}: {size} bytes asked, another answer came").format(
                n=number + 1, count=count, size=size
            )
    return ""


@check("PER-01", N_("Soak"), suite="reader", needs=Needs.TEST_CARD, tier=Tier.SOAK)
def soak(bench: Bench) -> Finding:
    """Thousands of exchanges of every length, each compared; the ATR at the end is the first."""
    bench.select_test_card()
    count = bench.limits.soak
    wrong = _exchanges(bench, count)
    done = (Measurement("exchanges", count),)
    if wrong:
        return fail(wrong, measurements=done)
    if bench.link.atr != bench.cold_atr:
        return fail(_("the ATR changed"), measurements=done)
    return ok(_("{n:,} exchanges, no mismatch").format(n=count), measurements=done)


@check("PER-05", N_("Nothing grows"), suite="reader", needs=Needs.TEST_CARD)
def drift(bench: Bench) -> Finding:
    """Memory and open descriptors of the harness before and after many exchanges."""
    bench.select_test_card()
    kept = len(bench.exchanges)
    early = _exchanges(bench, 256)
    rss, descriptors = footprint()
    wrong = early or _exchanges(bench, 512)
    after, open_now = footprint()
    bench.exchanges.keep(kept + 256)
    measured = (
        Measurement("memory", after - rss, "KiB", high=GROWTH_KIB),
        Measurement("descriptors", open_now - descriptors, high=0),
    )
    if wrong:
        return fail(wrong, measurements=measured)
    if open_now > descriptors or after - rss > GROWTH_KIB:
        return fail(
            _("{kib:+,} KiB, {n:+} descriptors in 512 exchanges").format(
                kib=after - rss, n=open_now - descriptors
            ),
            measurements=measured,
        )
    return ok(_("flat over 512 exchanges"), measurements=measured)


@check("PER-04", N_("Time to connect"), suite="reader", needs=Needs.ANY_CARD)
def connect_time(bench: Bench) -> Finding:
    """Connections made and given back: the 95th percentile is within the profile's time for it."""
    times = []
    for _round in range(bench.limits.resets * 2):
        bench.close()
        began = bench.clock.monotonic()
        atr = bench.link.atr
        times.append((bench.clock.monotonic() - began) * 1000)
        if atr != bench.cold_atr:
            return fail(_("another ATR after a new connection"))
    return held("connect", times, bench.limits.connect_ms, _("{n} connections, p95 {ms:g} ms"))
