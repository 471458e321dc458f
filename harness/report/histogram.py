"""Times as inline SVG histograms: a logarithmic axis, no scripts, and no colour that is needed.

Every mark has its name and value in words beside its line; the limit is told from the percentiles
by its line (full, the others dashed) and by its word.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.records.result import CheckResult
from harness.records.run import RunRecord
from harness.records.samples import Samples
from harness.report.layout import milliseconds

_WIDTH, _LEFT, _RIGHT, _BOTTOM = 640, 44, 14, 38
_ROW, _TALL = 13, 110
_BINS = 60
_FAR = 5.0
_STEPS = (
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0),
    tuple(n / 10 for n in range(10, 100)),
)
"""Places of ticks in a decade: the first of these that gives at least three."""
LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line: a percentile, or the limit of the profile (``name`` is ``LIMIT``)."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Latency:
    """What the page shows of one distribution: a title, the figures in words, the picture."""

    title: str
    figures: str
    svg: str
    result: CheckResult | None = None


def latencies(record: RunRecord) -> list[Latency]:
    """One histogram for each check that timed something, then one for each reader of which at
    least ten answered APDUs were recorded."""
    shown = [
        _latency(f"{result.id} · {samples.name} · {result.reader}", samples, result)
        for result in record.results
        for samples in result.samples
        if samples.values
    ]
    times: dict[str, list[float]] = {}
    for trace in record.traces:
        for exchange in trace.exchanges:
            if exchange.kind == "apdu" and exchange.response is not None:
                times.setdefault(trace.reader, []).append(exchange.elapsed_ms)
    for reader, values in times.items():
        if len(values) >= 10:
            title = _("every APDU of the run · {reader}").format(reader=reader)
            shown.append(_latency(title, Samples("APDU", tuple(values)), None))
    return shown


def _latency(title: str, samples: Samples, result: CheckResult | None) -> Latency:
    spread = samples.spread()
    words = [_("{n} samples").format(n=len(samples.values))]
    words += [f"{name} {milliseconds(value)}" for name, value in spread]
    marks = [Mark(name, value) for name, value in spread]
    if samples.high is not None:
        words.append(_("limit of p95 {ms}").format(ms=milliseconds(samples.high)))
        marks.append(Mark(LIMIT, samples.high))
    return Latency(title, " · ".join(words), histogram(samples.values, marks), result)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Logarithmic, from ``low`` to ``high`` (log10 of ms)."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> _Axis:
        low, high = _log(min(values)), _log(max(values))
        # A third of a decade at least: two bins of equal times are not a distribution.
        room = max(0.02, (0.35 - (high - low)) / 2)
        return cls(low - room, high + room)

    def x(self, value: float) -> float:
        share = (_log(value) - self.low) / (self.high - self.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def bin(self, value: float) -> int:
        share = (_log(value) - self.low) / (self.high - self.low)
        return min(_BINS - 1, max(0, math.floor(share * _BINS)))

    def edge(self, place: int) -> float:
        return float(10 ** (self.low + (self.high - self.low) * place / _BINS))

    def ticks(self) -> list[float]:
        for steps in _STEPS:
            decades = range(math.floor(self.low), math.ceil(self.high) + 1)
            found = [10.0**decade * step for decade in decades for step in steps]
            inside = [value for value in found if self.low <= math.log10(value) <= self.high]
            if len(inside) >= 3:
                return inside
        return inside


def histogram(values: Sequence[float], marks: Sequence[Mark] = ()) -> str:
    """SVG of ``values`` (ms, at least one) in 60 bins of equal width on a logarithmic axis that
    reaches to every mark; to one more than five times the largest value it only points."""
    near = [mark.value for mark in marks if mark.value <= _FAR * max(values)]
    axis = _Axis.over([*values, *near])
    top = _ROW * len(marks) + 6
    base = top + _TALL
    counts = [0] * _BINS
    for value in values:
        counts[axis.bin(value)] += 1
    step = (_WIDTH - _LEFT - _RIGHT) / _BINS
    label = _("histogram of {n} times").format(n=len(values))
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {base + _BOTTOM}" role="img" aria-label="{label}" '
        'class="histogram">'
    ]
    for place, count in enumerate(counts):
        if not count:
            continue
        size = max(1.5, _TALL * count / max(counts))
        span = f"{axis.edge(place):.3g} to {axis.edge(place + 1):.3g} ms: {count}"
        parts.append(
            f'<rect x="{_LEFT + place * step:.1f}" y="{base - size:.1f}" '
            f'width="{step - 0.8:.1f}" height="{size:.1f}"><title>{span}</title></rect>'
        )
    parts += _axes(axis, base, max(counts))
    parts += [_mark(axis, mark, row, base) for row, mark in enumerate(marks)]
    return "".join([*parts, "</svg>"])


def _axes(axis: _Axis, base: float, most: int) -> list[str]:
    parts = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>',
        f'<text x="{_LEFT - 6}" y="{base - _TALL + 9}" text-anchor="end">{most}</text>',
        f'<text x="{_LEFT - 6}" y="{base}" text-anchor="end">0</text>',
        f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{base + _BOTTOM - 6}" text-anchor="middle">'
        f"{_('time, ms (logarithmic)')}</text>",
    ]
    last = -100.0
    for tick in axis.ticks():
        x = axis.x(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{base}" y2="{base + 4}"/>')
        if x - last > 30:
            parts.append(
                f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{_number(tick)}</text>'
            )
            last = x
    return parts


def _mark(axis: _Axis, mark: Mark, row: int, base: float) -> str:
    """A line with its name and value on a row of its own, on the side that has room."""
    far = _log(mark.value) > axis.high
    x = _WIDTH - _RIGHT if far else axis.x(mark.value)
    y = _ROW * (row + 1) - 2
    left = x > _WIDTH * 0.7
    kind = "limit" if mark.name == LIMIT else "mark"
    name = _("limit") if mark.name == LIMIT else mark.name
    anchor = "end" if left else "start"
    text = f"{name} {milliseconds(mark.value)}"
    if far:
        text = _("{mark}, beyond this axis").format(mark=text)
    return (
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 8}" y2="{base}"/>'
        f'<text class="{kind}" x="{x + (-4 if left else 4):.1f}" y="{y}" '
        f'text-anchor="{anchor}">{text}</text>'
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _log(value: float) -> float:
    return math.log10(max(value, 1e-4))
