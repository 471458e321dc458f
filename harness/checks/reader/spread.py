"""How a check says what it timed: p50, p95, p99 and maximum, the 95th held to a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.checks.finding import Finding, fail, ok
from harness.core.i18n import _
from harness.records.result import Measurement
from harness.records.samples import Samples

HELD = "p95"
"""The percentile that limits are about: one slow exchange of hundreds is no slow reader."""


def measured(samples: Samples, median: float | None = None) -> tuple[Measurement, ...]:
    """The four figures, each with its limit: of ``samples`` for the 95th percentile, ``median``."""
    limits = {HELD: samples.high, "p50": median}
    return tuple(
        Measurement(
            f"{samples.name} {label}", round(value, 4), samples.unit, high=limits.get(label)
        )
        for label, value in samples.spread()
    )


def p95(samples: Samples) -> float:
    """The 95th percentile of samples that are not empty."""
    return dict(samples.spread())[HELD]


def three_digits(value: float) -> float:
    """``value`` with three significant digits, whole above 1000, for a text that takes it with
    ``:g``: 0.0123, 45.7, 2001."""
    return float(f"{value:.3g}") if value < 1000 else round(value)


def held(name: str, times: Sequence[float], limit: float, text: str) -> Finding:
    """``text`` as PASS, or as FAIL when the 95th percentile of ``times`` (ms) is above ``limit``.

    ``text`` may name ``{n}`` (how many) and ``{ms}`` (the 95th percentile).
    """
    samples = Samples(name, tuple(times), high=limit)
    late = p95(samples) > limit
    said = text.format(n=len(times), ms=three_digits(p95(samples)))
    if late:
        said += _(", limit {limit:g} ms").format(limit=limit)
    finding = (fail if late else ok)(said, measurements=measured(samples))
    return replace(finding, samples=(samples,))
