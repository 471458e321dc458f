"""Latency as an inline SVG histogram: logarithmic bins, readable without scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.records.run import RunRecord

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 190, 44, 38, 14
_PER_DECADE = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """Round-trip times of one reader, in ms."""

    reader: str
    count: int
    median: float
    p95: float
    maximum: float
    svg: str


def latencies(record: RunRecord) -> list[Latency]:
    """One histogram for each reader of which at least ten answered APDUs were recorded."""
    times: dict[str, list[float]] = {}
    for trace in record.traces:
        for exchange in trace.exchanges:
            if exchange.kind == "apdu" and exchange.response is not None:
                times.setdefault(trace.reader, []).append(exchange.elapsed_ms)
    return [_latency(reader, values) for reader, values in times.items() if len(values) >= 10]


def percentile(values: Sequence[float], share: float) -> float:
    """The ``share`` (0 to 1) quantile of sorted ``values``, nearest rank."""
    return values[min(len(values) - 1, max(0, math.ceil(share * len(values)) - 1))]


def _latency(reader: str, values: list[float]) -> Latency:
    ordered = sorted(values)
    median, p95 = percentile(ordered, 0.5), percentile(ordered, 0.95)
    svg = histogram(ordered, marks=(("p50", median), ("p95", p95)))
    return Latency(reader, len(ordered), median, p95, ordered[-1], svg)


def histogram(values: Sequence[float], marks: Sequence[tuple[str, float]] = ()) -> str:
    """SVG of ``values`` (ms, positive) in ten bins a decade; ``marks`` are named vertical lines."""
    low = math.floor(_bin(min(values)) / _PER_DECADE) * _PER_DECADE
    high = max(low + _PER_DECADE, math.ceil((_bin(max(values)) + 1) / _PER_DECADE) * _PER_DECADE)
    counts = [0] * (high - low)
    for value in values:
        counts[math.floor(_bin(value)) - low] += 1
    step = (_WIDTH - _LEFT - 10) / len(counts)
    tall = _HEIGHT - _BOTTOM - _TOP
    top = max(counts)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="latency histogram" '
        'class="histogram">'
    ]
    for place, count in enumerate(counts):
        if not count:
            continue
        size = max(1.5, tall * count / top)
        x, y = _LEFT + place * step, _HEIGHT - _BOTTOM - size
        span = f"{_edge(low + place):.3g} to {_edge(low + place + 1):.3g} ms: {count}"
        parts.append(
            f'<rect x="{x + 0.5:.1f}" y="{y:.1f}" width="{step - 1:.1f}" height="{size:.1f}">'
            f"<title>{span}</title></rect>"
        )
    parts += _axes(low, high, step, top)
    for name, value in marks:
        x = _LEFT + (_bin(value) - low) * step
        parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
            f'<text class="mark" x="{x + 3:.1f}" y="{_TOP + 8}">{name}</text>'
        )
    return "".join([*parts, "</svg>"])


def _axes(low: int, high: int, step: float, top: int) -> list[str]:
    base = _HEIGHT - _BOTTOM
    parts = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{base}" y2="{base}"/>',
        f'<text x="{_LEFT - 6}" y="{_TOP + 8}" text-anchor="end">{top}</text>',
        f'<text x="{_LEFT - 6}" y="{base}" text-anchor="end">0</text>',
        f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 6}" text-anchor="middle">'
        "time of one APDU, ms (logarithmic)</text>",
    ]
    for edge in range(low, high + 1, _PER_DECADE):
        x = _LEFT + (edge - low) * step
        parts.append(
            f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{_edge(edge):g}</text>'
        )
    return parts


def _bin(value: float) -> float:
    return math.log10(max(value, 1e-4)) * _PER_DECADE


def _edge(place: int) -> float:
    return float(10 ** (place / _PER_DECADE))
