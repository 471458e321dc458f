"""What earlier runs showed, beside what this one does: coverage over the runs of a history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from historyruns import READER, run

from harness.campaign.acceptance import run_acceptance
from harness.campaign.earlier import Earlier, features_with_earlier, with_earlier
from harness.campaign.history.bench import bench_coverage
from harness.campaign.history.evidence import earlier_evidence
from harness.campaign.history.read import Wanted
from harness.campaign.history.write import record_run
from harness.campaign.options import AcceptanceOptions
from harness.core.verdict import Verdict
from harness.profiles.plan import Requirement
from harness.records.result import CheckResult
from harness.records.run import Coverage, CoverageRow, FeatureRow


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
