"""How long a command takes, against what the profile of the reader expects."""

from __future__ import annotations

from dataclasses import replace

from harness.checks.finding import Finding, ok, warn
from harness.checks.reader.bench import PSE, Bench
from harness.checks.reader.spread import measured, three_digits
from harness.checks.registry import Needs, check
from harness.codec.apdu import CommandApdu, get_data
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.profiles.testcard import CLA, TestIns
from harness.records.samples import Samples

WARM_UP = 10
BUDGET_S = 3.0
ENOUGH = 30
"""A slow card is not asked for all samples: after the budget so many are enough."""


SHOWN = (
    N_("case 1 {label}"),
    N_("case 2, 256 bytes {label}"),
    N_("{before}, case 2, 256 bytes {label}"),
    N_("{values} (held to profile {name})"),
    N_("{values} (no limit in the profile)"),
)
"""Names of measurements, for people."""


def _commands(bench: Bench) -> dict[str, bytes]:
    """What is timed. On a payment card only commands that change nothing."""
    if bench.test_card:
        return {
            "case 1": CommandApdu(CLA, TestIns.CASE_1, 0, 0).to_bytes(),
            "case 2, 256 bytes": CommandApdu(CLA, TestIns.CASE_2, 1, 0, le=256).to_bytes(),
        }
    return {
        "SELECT 1PAY.SYS.DDF01": PSE.to_bytes(),
        "GET DATA 9F36": get_data(0x9F36).to_bytes(),
    }


@check(
    "PER-02",
    N_("Latency distribution"),
    suite="reader",
    needs=Needs.KNOWN_CARD,
    severity=Verdict.WARN,
)
def latency(bench: Bench) -> Finding:
    """p50, p95, p99 and maximum of short commands; warm-up dropped, the first two held to the
    profile."""
    if bench.test_card:
        bench.select_test_card()
    limit = bench.limits.apdu_p95_ms
    timed = tuple(
        Samples(name, tuple(_times(bench, command)), high=limit)
        for name, command in _commands(bench).items()
    )
    half = bench.limits.apdu_p50_ms
    figures = tuple(item for samples in timed for item in measured(samples, half))
    slow = [one for one in figures if not one.within]
    if slow:
        worst = slow[-1]
        said = _("{name} {value:g} ms, profile {profile} expects {limit:g} ms").format(
            name=worst.name,
            value=three_digits(float(worst.value)),
            profile=bench.limits.name,
            limit=worst.high,
        )
        advice = _("compare with another card: the time is card, reader and driver together")
        return replace(warn(said, advice=advice, measurements=figures), samples=timed)
    held = (
        _("held to profile {name}").format(name=bench.limits.name)
        if limit
        else _("no limit in the profile")
    )
    text = ", ".join(
        f"{m.name} {three_digits(float(m.value)):g} ms"
        for m in figures
        if m.name.endswith(("p50", "p95"))
    )
    return replace(ok(f"{text} ({held})", measurements=figures), samples=timed)


def _times(bench: Bench, command: bytes) -> list[float]:
    """Milliseconds of up to ``samples`` exchanges, warm-up left out."""
    times: list[float] = []
    began = bench.clock.monotonic()
    for round_ in range(WARM_UP + bench.limits.samples):
        started = bench.clock.monotonic()
        if len(times) >= ENOUGH and started - began > BUDGET_S:
            break
        bench.raw(command)
        if round_ >= WARM_UP:
            times.append((bench.clock.monotonic() - started) * 1000)
    return times
