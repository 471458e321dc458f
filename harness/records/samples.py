"""Many values of one kind (times, as a rule): what a histogram is drawn from."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.plain import dataclass

PERCENTILES = (("p50", 50.0), ("p95", 95.0), ("p99", 99.0), ("max", 100.0))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile of ascending values; ``percent`` above 0 and up to 100."""
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


@dataclass(frozen=True, slots=True)
class Samples:
    """``values`` in the order in which they were observed; ``high`` is the limit that the 95th
    percentile was held to, None where the profile has none."""

    name: str
    values: tuple[float, ...]
    unit: str = "ms"
    high: float | None = None

    def spread(self) -> tuple[tuple[str, float], ...]:
        """p50, p95, p99 and maximum by name; empty without values."""
        ordered = sorted(self.values)
        return tuple((name, percentile(ordered, at)) for name, at in PERCENTILES if ordered)
