"""The history of a bench: what goes in comes out, and how a measurement moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from historyruns import run

from harness.campaign.history.read import Wanted, load_run, runs
from harness.campaign.history.trend import trend
from harness.campaign.history.write import record_run
from harness.cli.memory import moved
from harness.core.errors import ConfigError


def test_history_gives_back_the_run_but_its_traces(history, real):
    assert record_run(history, real) == 1
    back, exchanges = load_run(history, real.run.id)
    results = tuple(replace(result, samples=()) for result in real.results)
    assert results != real.results
    assert back == replace(real, traces=(), results=results)
    assert exchanges == sum(len(trace.exchanges) for trace in real.traces) > 100


def test_history_takes_a_run_once(history):
    record_run(history, run("2026-11-01-a"))
    with pytest.raises(ConfigError, match="in the history already"):
        record_run(history, run("2026-11-01-a"))
    assert len(runs(history)) == 1


def test_history_lists_what_fits(history):
    for name, card in (("2026-11-01-a", "blue visa"), ("2026-11-02-b", "red 100%")):
        record_run(history, run(name, card=card))
    record_run(history, replace(run("2026-11-03-c"), interrupted=True))

    def ids(**wanted):
        return [found.id[-1] for found in runs(history, Wanted(**wanted))]

    assert ids() == ["c", "b", "a"]
    assert ids(limit=1) == ["c"]
    assert ids(card="BLUE") == ["c", "a"]
    assert ids(card="0%") == ["b"]
    assert ids(card="%z") == []
    assert ids(reader="acr39") == ["c", "b", "a"]
    assert ids(reader="acr38") == []
    assert ids(verdict="PASS") == ["c", "b", "a"]
    assert ids(verdict="FAIL") == []
    assert [found.interrupted for found in runs(history)] == [True, False, False]


def test_history_finds_a_run_by_the_beginning_of_its_id(history):
    record_run(history, run("2026-11-01-a"))
    record_run(history, run("2026-11-02-b"))
    assert load_run(history, "2026-11-01")[0].run.id == "2026-11-01-a"
    assert load_run(history, "last")[0].run.id == "2026-11-02-b"
    with pytest.raises(ConfigError, match="several runs begin"):
        load_run(history, "2026-11")
    with pytest.raises(ConfigError, match="no run '%'"):
        load_run(history, "%")


def test_history_trend_is_against_the_first_value(history):
    for day, value in ((2, 60.0), (9, 58.8), (20, 70.8)):
        record_run(history, run(f"2026-11-{day:02}-a", p95=value))
    record_run(history, run("2026-11-21-a", p95=999.0, faults="slow"))
    (series,) = trend(history, "PER-02", name="p95")
    assert [point.value for point in series.points] == [60.0, 58.8, 70.8]
    assert [round(point.change) if point.change else None for point in series.points] == [
        None,
        -2,
        18,
    ]
    assert (series.unit, series.high, series.points[0].day) == ("ms", 60.0, "2026-11-02")
    (short,) = trend(history, "PER-02", Wanted(limit=2))
    assert [point.value for point in short.points] == [58.8, 70.8]


def test_history_run_tells_what_became_of_a_value_outside_its_limits(history):
    for day, value in ((2, 60.0), (20, 70.8)):
        record_run(history, run(f"2026-11-{day:02}-a", p95=value))
    assert moved(history, run("2026-11-20-a", p95=70.8)) == [
        "PER-02  SELECT p95  +18 % since 2026-11-02"
    ]
    assert moved(history, run("2026-11-20-a", p95=59.0)) == []
    faulted = run("2026-11-21-a", p95=99.0, faults="slow")
    record_run(history, faulted)
    assert moved(history, faulted) == []


def test_history_trend_says_what_there_is(history):
    record_run(history, run("2026-11-02-a", p95=60.0))
    for wanted in (Wanted(reader="other"), Wanted(card="other")):
        with pytest.raises(ConfigError) as refused:
            trend(history, "PER-02", wanted)
        assert "PER-02" in refused.value.todo
    with pytest.raises(ConfigError, match="no values of XYZ"):
        trend(history, "XYZ")
