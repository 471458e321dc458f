"""The history of a bench: what goes in comes out, whoever writes beside, whatever the file is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from harness.campaign.acceptance import run_acceptance
from harness.campaign.earlier import Earlier, features_with_earlier, with_earlier
from harness.campaign.history.bench import bench_coverage
from harness.campaign.history.evidence import earlier_evidence
from harness.campaign.history.read import Wanted, load_run, runs
from harness.campaign.history.store import open_history
from harness.campaign.history.tables import SCHEMA
from harness.campaign.history.trend import trend
from harness.campaign.history.write import record_run
from harness.campaign.options import AcceptanceOptions
from harness.cli.memory import moved
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError
from harness.core.verdict import Verdict
from harness.profiles.plan import Requirement
from harness.records.result import CheckResult, Measurement
from harness.records.run import Coverage, CoverageRow, FeatureRow, Provenance, RunRecord, Subject

READER = "ACS ACR39U 00 00"


def run(
    name: str,
    state: str = "",
    *,
    card: str = "blue visa",
    p95: float | None = None,
    config: str = "attended-eu",
    faults: str = "",
    feature: str = "",
    kinds: tuple[str, ...] = ("goods",),
) -> RunRecord:
    """A made-up run on a physical reader: one card of one type, one measurement."""
    conditions = {"terminal configuration": config, "plan": "retail-eu", "suites": "coverage"}
    if faults:
        conditions["faults"] = faults
    rows, features = [], []
    went = tuple((kind, state) for kind in kinds)
    if state:
        rows = [
            CoverageRow(
                "visa-credit",
                "visa",
                "contact",
                READER,
                state,
                (name,),
                "",
                "why",
                went,
                ("card in R",),
                state,
            )
        ]
    if feature:
        features = [FeatureRow(feature, "oda", feature, "accepted", ("card in R",), "card")]
    measured = () if p95 is None else (Measurement("SELECT p95", p95, "ms", high=60.0),)
    result = CheckResult(
        "PER-02", "Latency", Verdict.PASS, "reader", READER, READER, measurements=measured
    )
    return RunRecord(
        run=Provenance(
            id=name,
            started=f"{name[:10]}T12:00:00+00:00",
            finished="",
            tool="emv-harness 0",
            commit="",
            vectors_hash="",
            clock="",
            command="",
            conditions=conditions,
            readers=({"name": READER, "kind": "pcsc", "profile": "x"},),
        ),
        results=(result,),
        coverage=Coverage(rows=tuple(rows), features=tuple(features)),
        subjects=(Subject("card in R", card, "emv", READER, known_as=card),),
    )


@pytest.fixture
def history(tmp_path):
    return open_history(tmp_path / "history.db", create=True)


@pytest.fixture(scope="module")
def real() -> RunRecord:
    options = AcceptanceOptions(images=("visa-credit", "expired"), clock=ManualClock())
    return run_acceptance(options)


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


# Coverage over runs


def row(state: str = "not-tried") -> CoverageRow:
    evidence = () if state == "not-tried" else ("now",)
    return CoverageRow("visa-credit", "visa", "contact", READER, state, evidence, note="here")


def joined(history, state="not-tried", **wanted) -> CoverageRow:
    earlier = earlier_evidence(history, "attended-eu", Wanted(**wanted))
    return with_earlier([row(state)], earlier)[0]


def test_history_earlier_acceptance_is_shown_as_earlier(history):
    record_run(history, run("2026-11-02-a", "accepted"))
    found = joined(history)
    assert (found.state, found.earlier, found.flaky) == ("accepted", True, False)
    assert found.evidence == ("2026-11-02-a",)
    assert "accepted in run 2026-11-02-a on 2026-11-02 (blue visa)" in found.note


def test_history_later_rejection_is_not_hidden(history):
    record_run(history, run("2026-11-02-a", "accepted"))
    record_run(history, run("2026-11-03-b", "rejected", card="red visa"))
    found = joined(history)
    assert (found.state, found.earlier, found.flaky) == ("rejected", True, True)
    assert found.evidence == ("2026-11-03-b", "2026-11-02-a")
    for part in ("flaky", "2026-11-03-b", "2026-11-02-a", "blue visa", "red visa"):
        assert part in found.note


@pytest.mark.parametrize(
    ("now", "before", "flaky"),
    [
        ("accepted", "rejected", True),
        ("rejected", "accepted", True),
        ("accepted", "accepted", False),
    ],
)
def test_history_this_run_decides_and_disagreement_is_flaky(history, now, before, flaky):
    record_run(history, run("2026-11-02-a", before))
    found = joined(history, now)
    assert (found.state, found.earlier, found.flaky) == (now, False, flaky)
    assert found.evidence == ("now", "2026-11-02-a")
    assert ("flaky" in found.note) == flaky


def test_history_evidence_under_own_test_keys_says_so(history):
    made = run("2026-11-02-a", "accepted")
    conditions = {**made.run.conditions, "own test keys": "trusted"}
    record_run(history, replace(made, run=replace(made.run, conditions=conditions)))
    assert "(blue visa, own test keys trusted)" in joined(history).note


def test_history_other_evidence_does_not_count(history):
    record_run(history, run("2026-11-02-a", "accepted", config="atm"))
    record_run(history, run("2026-11-02-b", "accepted", faults="mute"))
    record_run(history, run("2026-11-02-c", "accepted"))
    assert joined(history).evidence == ("2026-11-02-c",)
    from datetime import date

    assert joined(history, since=date(2026, 11, 3)) == row()
    assert joined(history, reader="other") == row()
    other = replace(row(), reader="other")
    earlier = earlier_evidence(history, "attended-eu")
    assert with_earlier([other], earlier) == [other]


def test_history_evidence_is_judged_by_what_is_wanted_now(history):
    """The plan of an earlier run may have wanted other types of transaction."""
    need = Requirement("visa-credit", "contact", ("goods", "refund"))
    record_run(history, run("2026-11-02-a", "accepted", kinds=("goods", "refund")))
    record_run(history, run("2026-11-03-b", "accepted"))
    earlier = earlier_evidence(history, "attended-eu")
    wanted = replace(row(), transactions=(("goods", "not-tried"), ("refund", "not-tried")))
    (found,) = with_earlier([wanted], earlier, [need])
    assert (found.state, found.evidence) == ("accepted", ("2026-11-02-a",))
    assert found.transactions == (("goods", "accepted"), ("refund", "accepted"))
    cash = replace(need, transactions=("cash",))
    assert with_earlier([wanted], earlier, [cash]) == [wanted]
    # That run's plan had refused it for a refund that this plan does not ask for.
    record = run("2026-11-04-c", "accepted", kinds=("goods",))
    (own,) = record.coverage.rows
    strict = replace(
        own, state="rejected", transactions=(("goods", "accepted"), ("refund", "rejected"))
    )
    record_run(history, replace(record, coverage=Coverage(rows=(strict,))))
    earlier = earlier_evidence(history, "attended-eu")
    (lax,) = with_earlier([row()], earlier, [replace(need, transactions=("goods",))])
    assert (lax.state, lax.flaky, lax.evidence[0]) == ("accepted", False, "2026-11-04-c")
    (full,) = with_earlier([wanted], earlier, [need])
    assert (full.state, full.flaky) == ("rejected", True)


def test_history_features_of_earlier_runs(history):
    record_run(history, run("2026-11-02-a", "accepted", feature="oda:CDA"))
    record_run(history, run("2026-11-03-b", "accepted", feature="oda:CDA"))
    earlier = earlier_evidence(history, "attended-eu")
    rows = [
        FeatureRow("oda:CDA", "oda", "CDA", "not-tried"),
        FeatureRow("oda:DDA", "oda", "DDA", "not-tried"),
    ]
    met, open_ = features_with_earlier(rows, earlier)
    assert (met.state, met.cards, met.basis) == ("accepted", (), "card")
    assert met.earlier == ("2026-11-03-b", "2026-11-02-a")
    assert open_ == rows[1]


def test_history_what_a_run_took_from_earlier_ones_is_no_new_evidence(history):
    record_run(history, run("2026-11-02-a", "accepted"))
    taken = with_earlier([row()], earlier_evidence(history, "attended-eu"))
    record = run("2026-11-03-b")
    record_run(history, replace(record, coverage=Coverage(rows=tuple(taken))))
    assert [seen.run for seen in earlier_evidence(history, "attended-eu").sightings] == [
        "2026-11-02-a"
    ]


def test_history_run_with_earlier_evidence_passes_and_flaky_warns(history):
    def verdict(earlier: Earlier) -> tuple[CheckResult, CheckResult]:
        options = AcceptanceOptions(
            images=("mastercard-debit",), suites=("coverage",), plan="retail-eu", earlier=earlier
        )
        results = {one.id: one for one in run_acceptance(options).results}
        return results["COV-visa-credit"], results["COV-mastercard-debit"]

    options = AcceptanceOptions(images=("visa-credit",), suites=("coverage",), plan="retail-eu")
    record_run(history, run_acceptance(options))
    other, own = verdict(Earlier())
    assert (other.verdict, own.verdict) == (Verdict.FAIL, Verdict.PASS)
    other, own = verdict(earlier_evidence(history, "attended-eu"))
    assert (other.verdict, own.verdict) == (Verdict.PASS, Verdict.PASS)
    assert other.message.startswith("earlier: accepted in run")
    before = earlier_evidence(history, "attended-eu").sightings[0]
    refused = replace(
        before, row=replace(before.row, type="mastercard-debit", attempt="rejected"), cards=()
    )
    _other, own = verdict(Earlier((refused,)))
    assert own.verdict is Verdict.WARN
    assert "flaky, runs disagree" in own.message


def test_history_bench_coverage_is_the_matrix_over_runs(history):
    record_run(history, run("2026-11-02-a", "accepted", feature="oda:DDA"))
    record_run(history, run("2026-11-03-b", "rejected"))
    found = bench_coverage(history, "retail-eu", "attended-eu")
    states = {one.type: one.state for one in found.coverage.rows}
    assert states["visa-credit"] == "rejected"
    assert states["maestro"] == "not-tried"
    verdicts = {one.id: one.verdict for one in found.results}
    assert verdicts["COV-visa-credit"] is Verdict.FAIL
    assert verdicts["COV-oda:DDA"] is Verdict.PASS
    assert verdicts["COV-oda:CDA"] is Verdict.FAIL
    assert found.coverage.most
    assert len(found.sightings) == 2


def test_history_bench_coverage_without_any_run_is_all_open(history):
    found = bench_coverage(history, "retail-eu", "attended-eu")
    assert {one.state for one in found.coverage.rows} == {"not-tried"}
    assert {one.verdict for one in found.results} == {Verdict.FAIL}


# Trends


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


# The file


def test_history_is_not_made_by_asking(tmp_path):
    with pytest.raises(ConfigError, match="there is no history"):
        open_history(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_history_foreign_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to look like one\n" * 100)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE books (title TEXT)")
    connection.close()
    alike = tmp_path / "alike.db"
    with sqlite3.connect(alike) as connection:
        connection.execute("CREATE TABLE meta (name TEXT)")
    connection.close()
    for path in (text, other, alike):
        before = path.read_bytes()
        for create in (False, True):
            with pytest.raises(ConfigError, match="no history of the harness"):
                open_history(path, create=create)
        assert path.read_bytes() == before
    with pytest.raises(ConfigError):
        open_history(tmp_path, create=True)
    with pytest.raises(ConfigError):
        open_history(text / "below" / "it.db", create=True)


def test_history_damaged_file_is_said(tmp_path, real):
    path = tmp_path / "history.db"
    history = open_history(path, create=True)
    record_run(history, real)
    data = bytearray(path.read_bytes())
    data[4096:-4096] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(ConfigError) as refused:
        load_run(open_history(path), "last")
    assert "damaged" in refused.value.todo
    assert refused.value.where == str(path)


def test_history_of_a_newer_harness_is_refused(tmp_path):
    path = tmp_path / "history.db"
    history = open_history(path, create=True)
    with history.writing() as connection:
        connection.execute(sa.text("UPDATE meta SET value = '99' WHERE key = 'schema'"))
    with pytest.raises(ConfigError) as refused:
        open_history(path, create=True)
    assert f"schema 99, this harness knows {SCHEMA}" in refused.value.what
    assert "newer harness" in refused.value.todo


def test_history_of_an_older_harness_is_brought_up(tmp_path):
    path = tmp_path / "history.db"
    record_run(open_history(path, create=True), run("2026-11-02-a"))

    def step(connection):
        connection.execute(sa.text("ALTER TABLE runs ADD COLUMN bench TEXT NOT NULL DEFAULT ''"))

    def broken(connection):
        step(connection)
        raise sa.exc.OperationalError("x", {}, Exception("disk I/O error"))

    with pytest.raises(ConfigError, match="no way from schema 1"):
        open_history(path, schema=2, upgrades={})
    with pytest.raises(ConfigError, match="disk I/O error"):
        open_history(path, schema=2, upgrades={1: broken})
    assert open_history(path).upgraded_from is None
    upgraded = open_history(path, schema=2, upgrades={1: step})
    assert upgraded.upgraded_from == 1
    with upgraded.reading() as connection:
        assert connection.execute(sa.text("SELECT id, bench FROM runs")).all() == [
            ("2026-11-02-a", "")
        ]
    with pytest.raises(ConfigError, match="schema 2, this harness knows 1"):
        open_history(path)


def test_history_is_masked_whatever_the_record_says(history, real):
    spoken = replace(real.results[0], message="PAN 4761739001010119, 4761 7390 0101 0119")
    record_run(history, replace(real, results=(spoken, *real.results[1:])))
    data = history.path.read_bytes()
    assert b"476173******0119" in data
    assert b"4761739001010119" not in data
    assert b"4761 7390 0101 0119" not in data


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_campaign_history import run
from harness.campaign.history.store import open_history
from harness.campaign.history.write import record_run
history = open_history(Path({path!r}), create=True)
for number in range({count}):
    record_run(history, run("2026-11-02-" + {name!r} + str(number)))
"""
KILLED = (
    WRITER
    + """
from harness.campaign.history.tables import RUNS, META
with history.writing() as connection:
    connection.exec_driver_sql("INSERT INTO meta VALUES ('half', 'done')")
    connection.exec_driver_sql("DELETE FROM runs")
    print("in the middle", flush=True)
    sys.stdin.read()
"""
)


def script(text: str, path: Path, name: str, count: int) -> subprocess.Popen[str]:
    code = text.format(folder=str(Path(__file__).parent), path=str(path), name=name, count=count)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def test_history_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "history.db"
    writers = [script(WRITER, path, name, 12) for name in ("a", "b")]
    for writer in writers:
        _out, error = writer.communicate()
        assert writer.returncode == 0, error
    history = open_history(path)
    names = {found.id for found in runs(history)}
    assert names == {f"2026-11-02-{name}{n}" for name in ("a", "b") for n in range(12)}
    with history.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_history_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "history.db"
    writer = script(KILLED, path, "a", 2)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "in the middle\n"
    writer.kill()
    writer.communicate()
    history = open_history(path)
    assert len(runs(history)) == 2
    with history.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM meta").scalar() == 2
    record_run(history, run("2026-11-03-c"))
    assert len(runs(history)) == 3
