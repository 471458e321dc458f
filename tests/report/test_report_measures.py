"""Measurements in words: percentiles of one quantity side by side, limits only where exceeded."""

from __future__ import annotations

from harness.records.result import Measurement
from harness.report.measures import measures


def ms(name: str, value: float, high: float | None = None) -> Measurement:
    return Measurement(name, value, "ms", high=high)


def test_percentiles_of_one_quantity_stand_together() -> None:
    assert measures([ms("SELECT p50", 0.331), ms("SELECT p95", 1.6), ms("READ p50", 25.0)]) == [
        "SELECT: p50 0.331 ms · p95 1.60 ms",
        "READ p50 25.0 ms",
    ]


def test_what_is_no_percentile_stands_alone() -> None:
    assert measures([Measurement("memory", 280, "KiB"), Measurement("descriptors", 0)]) == [
        "memory 280 KiB",
        "descriptors 0",
    ]


def test_a_value_beyond_its_limit_says_the_limit() -> None:
    assert measures([ms("SELECT p50", 1.0, 60), ms("SELECT p95", 71.0, 60)]) == [
        "SELECT: p50 1.00 ms · p95 71.0 ms (limit <= 60 ms)"
    ]


def test_nothing_measured_is_nothing_said() -> None:
    assert measures([]) == []
