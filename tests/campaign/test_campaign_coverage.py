"""Coverage: card types and features against a plan, cards to be refused, and what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.campaign import features
from harness.campaign.acceptance import run_acceptance
from harness.campaign.coverage import Tried
from harness.campaign.options import AcceptanceOptions
from harness.checks.coverage.features import universe
from harness.checks.runner import Attempt
from harness.core.clock import ManualClock
from harness.core.verdict import Verdict
from harness.profiles.image import load_image
from harness.profiles.plan import load_plan, plan_ids
from harness.records.run import CoverageRow, RunRecord, Subject

CARDS = ("visa-credit", "mastercard-debit", "expired", "blocked")


def run(images: tuple[str, ...], plan: str = "retail-eu") -> RunRecord:
    return run_acceptance(
        AcceptanceOptions(images=images, suites=("coverage",), plan=plan, clock=ManualClock())
    )


def verdicts(record: RunRecord) -> dict[str, Verdict]:
    return {result.id: result.verdict for result in record.results}


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run(CARDS)


def test_a_required_type_that_was_not_tried_fails(record: RunRecord) -> None:
    found = verdicts(record)
    assert found["COV-visa-credit"] is Verdict.PASS
    assert found["COV-mastercard-debit"] is Verdict.PASS
    assert found["COV-vpay"] is Verdict.FAIL


def test_cards_that_should_be_refused_and_are_refused_are_a_pass(record: RunRecord) -> None:
    found = verdicts(record)
    assert found["COV-refused:expired"] is Verdict.PASS
    assert found["COV-refused:blocked"] is Verdict.PASS


def test_without_such_cards_refusing_was_not_tried() -> None:
    found = verdicts(run(("visa-credit",)))
    assert found["COV-refused:expired"] is Verdict.FAIL


def test_an_expired_card_that_goes_through_fails() -> None:
    subject = Subject("old card", "", "emv", "r")
    attempt = Attempt(subject, (), "accepted", "", ("accepted:expired",))
    (expired, _blocked) = features.refusal_results(
        load_plan("retail-eu"), [Tried((), attempt, "")], "r"
    )
    assert expired.verdict is Verdict.FAIL
    assert "old card" in expired.message


def test_features_that_a_transaction_met(record: RunRecord) -> None:
    states = {row.id: row for row in record.coverage.features}
    assert states["oda:CDA"].cards == ("mastercard-debit",)
    assert states["oda:CDA"].state == "accepted"
    assert states["type:goods"].state == "accepted"
    assert states["type:refund"].state == "accepted"
    assert states["type:cash"].state == "not-required"
    assert states["tvr:2.7"].cards == ("expired",)
    assert "sw:9000" in states


def test_a_required_feature_that_nobody_met_fails_and_is_not_tried() -> None:
    record = run(("visa-credit",))
    assert verdicts(record)["COV-oda:CDA"] is Verdict.FAIL
    states = {row.id: row.state for row in record.coverage.features}
    assert states["oda:CDA"] == "not-tried"
    assert verdicts(record)["COV-oda:DDA"] is Verdict.PASS


def test_the_single_card_that_would_add_most_is_named(record: RunRecord) -> None:
    assert record.coverage.most
    name = record.coverage.most.split(" ")[0]
    before = sum(v is Verdict.FAIL for v in verdicts(record).values())
    after = sum(v is Verdict.FAIL for v in verdicts(run((*CARDS, name))).values())
    assert after < before


def test_when_nothing_shipped_helps_the_type_is_named() -> None:
    row = CoverageRow("no-such-type", "x", "contact", "r", "not-tried")
    assert "no-such-type" in features.most([row], [])


def test_when_nothing_is_open_nothing_is_advised() -> None:
    assert features.most([], []) == ""


def test_the_features_of_two_readers_add_up(record: RunRecord) -> None:
    plan = load_plan("retail-eu")
    attempt = Attempt(Subject("second", "", "emv", "r"), (), "accepted", "", ("oda:CDA",))
    (row,) = [
        row
        for row in features.rows(plan, [attempt], record.coverage.features)
        if row.id == "oda:CDA"
    ]
    assert row.cards == ("mastercard-debit", "second")


def test_evidence_of_a_generic_image_is_shown_as_such() -> None:
    subject = Subject("g", "", "emv", "r", basis="generic")
    attempt = Attempt(subject, (), "accepted", "", ("oda:CDA",))
    plan = load_plan("retail-eu")
    (row,) = [r for r in features.rows(plan, [attempt]) if r.id == "oda:CDA"]
    assert row.basis == "generic"
    physical = Attempt(replace(subject, id="p", basis=""), (), "accepted", "", ("oda:CDA",))
    (row,) = [r for r in features.rows(plan, [attempt, physical]) if r.id == "oda:CDA"]
    assert row.basis == "card"


@pytest.mark.parametrize("plan", plan_ids())
def test_every_plan_requires_features_that_there_are(plan: str) -> None:
    assert set(load_plan(plan).features) <= {feature.id for feature in universe()}


def test_the_plan_for_retail_in_europe_is_met_by_the_virtual_cards() -> None:
    record = run(())
    assert [r.id for r in record.results if r.verdict is not Verdict.PASS] == []


def test_the_evidence_of_published_data_goes_before_that_of_a_generic_image() -> None:
    """Two shipped images are of this type, and the generic one is read first."""
    images = ("no-pse", "visa-credit")
    of_type = [name for name in images if load_image(name).card_type == "visa-credit"]
    assert {load_image(name).basis for name in of_type} == {"public", "generic"}
    generic_first = sorted(of_type, key=lambda name: load_image(name).basis)
    (row,) = [row for row in run(tuple(generic_first)).coverage.rows if row.type == "visa-credit"]
    assert row.basis == "public"
