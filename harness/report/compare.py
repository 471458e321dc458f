"""Two runs of the reader suite against each other: what differs, what regressed, what moved.

Latencies are compared command by command with the Mann-Whitney U test (normal approximation with
tie correction) and Cliff's delta as the effect size: both ask about ranks, because times of
readers are no normal distribution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.plain import dataclass

SMALL_P = 0.001
"""Below it a shift is taken for real; runs hold dozens of commands, hence so strict."""
SMALL_DELTA = 0.33
"""Cliff's delta from which an effect is called medium (Romano and others, 2006)."""
ENOUGH = 20
_RANK = {"PASS": 0, "SKIP": 1, "WARN": 2, "TIMEOUT": 3, "FAIL": 4, "ERROR": 5}


@dataclass(frozen=True, slots=True)
class Shift:
    """One command's times in two runs: medians in ms, p, and Cliff's delta (positive: slower)."""

    command: str
    count: tuple[int, int]
    median_ms: tuple[float, float]
    p: float
    delta: float

    @property
    def moved(self) -> bool:
        """Is it more than chance, and of a size that matters?"""
        return self.p < SMALL_P and abs(self.delta) >= SMALL_DELTA


@dataclass(frozen=True, slots=True)
class Difference:
    """A check that ended otherwise."""

    id: str
    before: str
    after: str
    message: str

    @property
    def regressed(self) -> bool:
        """Is the later verdict the worse one? What was not run on one side says nothing."""
        if self.before not in _RANK or self.after not in _RANK or self.after == "SKIP":
            return False
        return _RANK[self.after] > _RANK[self.before]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two runs differ in."""

    differences: tuple[Difference, ...]
    shifts: tuple[Shift, ...]

    @property
    def regressed(self) -> bool:
        """Did a check get worse, or a command slower?"""
        return any(one.regressed for one in self.differences) or any(
            one.moved and one.delta > 0 for one in self.shifts
        )


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare two reports (``run --json``), the baseline first."""
    old, new = _verdicts(before), _verdicts(after)
    differences = tuple(
        Difference(
            id,
            old.get(id, ("not run", ""))[0],
            new.get(id, ("not run", ""))[0],
            new.get(id, ("", ""))[1],
        )
        for id in sorted(old.keys() | new.keys())
        if old.get(id, ("not run", ""))[0] != new.get(id, ("not run", ""))[0]
    )
    times_old, times_new = _times(before), _times(after)
    shifts = tuple(
        shift(command, times_old[command], times_new[command])
        for command in sorted(times_old.keys() & times_new.keys())
        if min(len(times_old[command]), len(times_new[command])) >= ENOUGH
    )
    return Comparison(differences, shifts)


def _verdicts(report: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        one["id"]: (one["verdict"], one["message"])
        for one in report["results"]
        if one.get("suite", "reader") == "reader"
    }


def _times(report: Mapping[str, Any]) -> dict[str, list[float]]:
    """Milliseconds of each command that was answered, by its header and length, and of what each
    check timed (``RST-06 reset``)."""
    found: dict[str, list[float]] = {}
    for one in report["results"]:
        for samples in one.get("samples", ()):
            if one.get("suite", "reader") == "reader" and samples["unit"] == "ms":
                found.setdefault(f"{one['id']} {samples['name']}", []).extend(samples["values"])
    for trace in report.get("traces", ()):
        for one in trace["exchanges"]:
            if one["kind"] != "apdu" or one.get("response") is None:
                continue
            command = one["command"]
            key = f"{command[:8]} ({len(command) // 2} bytes)"
            found.setdefault(key, []).append(float(one["elapsed_ms"]))
    return found


def shift(command: str, before: Sequence[float], after: Sequence[float]) -> Shift:
    """How the times of one command moved."""
    u, p = mann_whitney(before, after)
    delta = 2 * u / (len(before) * len(after)) - 1
    return Shift(
        command, (len(before), len(after)), (_median(before), _median(after)), p, delta
    )  # fmt: skip


def mann_whitney(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """U of ``after`` (pairs in which it is larger, ties count half), and the two-sided p."""
    n, m = len(before), len(after)
    ordered = sorted([(value, 0) for value in before] + [(value, 1) for value in after])
    ranks = 0.0
    ties = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        size = end - at
        rank = (at + 1 + end) / 2
        ranks += rank * sum(which for _value, which in ordered[at:end])
        ties += size**3 - size
        at = end
    u = ranks - m * (m + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    if variance <= 0:
        return u, 1.0
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return u, min(1.0, math.erfc(max(z, 0.0) / math.sqrt(2)))


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def flaky(runs: Sequence[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Checks whose verdicts differ between repeated runs (id to verdict), with all of them."""
    found = {}
    for id in sorted({id for run in runs for id in run}):
        seen = tuple(run.get(id, "not run") for run in runs)
        if len(set(seen)) > 1:
            found[id] = seen
    return found
