"""Measurements in words for a terminal: the percentiles of one quantity side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from harness.core.i18n import _
from harness.core.retranslate import said
from harness.core.typeset import colon
from harness.records.result import Measurement
from harness.report.summary import limits, measured

STATISTICS = ("min", "p50", "p95", "p99", "max")


def measures(measurements: Sequence[Measurement]) -> list[str]:
    """One text for each quantity: ``SELECT: p50 0.331 ms · p95 0.476 ms · max 1.60 ms``.

    Neighbours that differ only in the statistic belong together; a value beyond its limits says
    the limit.
    """
    lines: list[str] = []
    for name, group in groupby(measurements, lambda one: _parts(one)[0]):
        several = list(group)
        if len(several) == 1:
            lines.append(_one(several[0], said(several[0].name)))
        else:
            told = (_one(one, _parts(one)[1]) for one in several)
            lines.append(f"{name}{colon()}" + " · ".join(told))
    return lines


def _parts(measurement: Measurement) -> tuple[str, str]:
    """Quantity and statistic; the whole name and nothing where there is no statistic in it."""
    name = said(measurement.name)
    quantity, _space, statistic = name.rpartition(" ")
    return (quantity, statistic) if statistic in STATISTICS else (name, "")


def _one(measurement: Measurement, name: str) -> str:
    text = f"{name} {measured(measurement)}"
    if measurement.within:
        return text
    return text + _(" (limit {limit})").format(limit=limits(measurement))
