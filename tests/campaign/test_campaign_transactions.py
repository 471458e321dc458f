"""Types of transaction by interface: what a plan asks for, what is tried, and what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.core.errors import ConfigErrors
from harness.core.verdict import Verdict
from harness.profiles.plan import load_plan
from harness.records.run import RunRecord

PLAN = """schema = 1
id = "till"
name = "Till"
transactions = ["goods", "cash", "cashback"]
contactless_transactions = ["goods"]

[[required]]
type = "visa-credit"

[[required]]
type = "mastercard-debit"
transactions = ["goods", "cashback"]
"""


def plan_file(folder: Path, text: str = PLAN) -> str:
    path = folder / "till.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return run_acceptance(
        AcceptanceOptions(
            images=("visa-credit", "mastercard-debit"),
            suites=("coverage",),
            plan=plan_file(tmp_path_factory.mktemp("plan")),
            clock=ManualClock(),
        )
    )


def test_a_row_has_the_state_of_every_type(record):
    rows = {row.type: row for row in record.coverage.rows}
    visa = dict(rows["visa-credit"].transactions)
    # The card's usage control forbids cashback: the terminal declines it offline.
    assert visa == {"goods": "accepted", "cash": "accepted", "cashback": "rejected"}
    assert rows["visa-credit"].state == "accepted"  # the first is enough where nothing is named


def test_a_type_that_is_required_of_a_card_counts(record):
    row = next(row for row in record.coverage.rows if row.type == "mastercard-debit")
    assert row.state == "rejected"
    assert row.note.startswith("cashback: declined offline")
    verdicts = {result.id: result.verdict for result in record.results}
    assert verdicts["COV-visa-credit"] is Verdict.PASS
    assert verdicts["COV-mastercard-debit"] is Verdict.FAIL


def test_types_over_the_contactless_interface_are_a_dimension_of_their_own(record):
    states = {row.id: row for row in record.coverage.features}
    assert states["type:goods"].state == "accepted"
    assert states["type:goods@contactless"].state == "not-tried"
    assert states["type:refund@contactless"].state == "not-required"
    result = next(one for one in record.results if one.id == "COV-type:goods@contactless")
    assert result.verdict is Verdict.FAIL
    assert "no contactless path" in result.advice


def test_what_a_plan_tries(tmp_path):
    assert load_plan("default").transactions == ("goods",)
    assert load_plan("atm").transactions == ("cash",)
    assert load_plan(plan_file(tmp_path)).transactions == ("goods", "cash", "cashback")


def test_an_unknown_type_of_transaction_is_refused(tmp_path):
    with pytest.raises(ConfigErrors, match="mistakes"):
        load_plan(plan_file(tmp_path, PLAN.replace('["goods"]', '["gift"]')))


def test_the_plan_of_a_cash_machine_is_met_by_its_configuration():
    record = run_acceptance(
        AcceptanceOptions(
            images=("visa-credit", "cirrus"),
            suites=("coverage",),
            plan="atm",
            config="atm-eu",
            clock=ManualClock(),
        )
    )
    verdicts = {result.id: result.verdict for result in record.results}
    assert verdicts["COV-cirrus"] is Verdict.PASS
    assert verdicts["COV-cvm:online-pin"] is Verdict.PASS  # the card in this process gets its PIN
    assert verdicts["COV-type:cash"] is Verdict.PASS
