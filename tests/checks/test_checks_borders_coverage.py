"""Required card types: accepted, rejected, never tried; and what a transaction met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from checkviews import good_view, put

from harness.checks.card.facts import CardFacts
from harness.checks.coverage.features import features_of, refusals, universe
from harness.checks.coverage.required import LOOK, TRY_AGAIN, required_type
from harness.checks.finding import Finding, fail, not_applicable, ok, warn
from harness.records.run import CoverageRow
from harness.terminal.bits import TvrBit

NEVER = "a type that was never tried is not covered: add a card of it to the run"


@pytest.mark.parametrize(
    ("state", "flaky", "found"),
    [
        ("accepted", False, ok("why so")),
        ("accepted", True, warn("why so", advice=TRY_AGAIN)),
        ("rejected", False, fail("rejected: why so", advice=LOOK)),
        ("rejected", True, fail("rejected: why so", advice=TRY_AGAIN)),
        ("not-tried", False, fail("not tried: why so", advice=NEVER)),
        ("not-tried", True, fail("not tried: why so", advice=NEVER)),
        ("not-required", False, not_applicable("not required by the plan")),
    ],
)
def test_a_required_type(state: str, flaky: bool, found: Finding) -> None:
    row = CoverageRow("visa-credit", "visa", "contact", "r", state, note="why so", flaky=flaky)
    assert required_type(row) == found


# Features of a transaction


def met(**changes: object) -> tuple[str, ...]:
    plain: dict[str, object] = {
        "oda": None,
        "outcome": SimpleNamespace(value="approved-online"),
        "terminal": {},
        "tvr": bytes(5),
        "exchanges": [],
    }
    return features_of(SimpleNamespace(**(plain | changes)))


PLAIN = ("oda:none", "outcome:approved-online", "type:goods")


def test_a_plain_transaction() -> None:
    assert met() == PLAIN


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"terminal": {0x9F34: bytes.fromhex("1E0302")}}, "cvm:signature"),
        ({"terminal": {0x9F34: bytes.fromhex("5E0300")}}, "cvm:signature"),
        ({"terminal": {0x9F34: bytes.fromhex("3F0000")}}, "cvm:none-performed"),
        ({"terminal": {0x9F34: bytes.fromhex("2A0002")}}, "cvm:other"),
        ({"terminal": {0x9F34: bytes.fromhex("1E0301")}}, ""),
        ({"terminal": {0x9F34: bytes.fromhex("1E03")}}, ""),
        ({"tvr": bytes.fromhex("8000000000")}, "tvr:1.8"),
        ({"tvr": bytes.fromhex("0000000001")}, "tvr:5.1"),
        ({"exchanges": [SimpleNamespace(sw=0x6A), SimpleNamespace(sw=None)]}, "sw:006A"),
    ],
)
def test_what_a_transaction_met_besides(changes: dict[str, object], more: str) -> None:
    assert met(**changes) == tuple(sorted({*PLAIN, more} - {""}))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("00", "goods"),
        ("01", "cash"),
        ("09", "cashback"),
        ("20", "refund"),
        ("17", "other"),
        ("", "goods"),
    ],
)
def test_the_kind_of_a_transaction(value: str, kind: str) -> None:
    found = met(terminal={0x9C: bytes.fromhex(value)})
    assert found == (*PLAIN[:2], f"type:{kind}")


@pytest.mark.parametrize(("held", "name"), [(True, "oda:CDA"), (False, "oda:none")])
def test_the_method_counts_where_it_held(held: bool, name: str) -> None:
    assert met(oda=SimpleNamespace(method="CDA", ok=held))[0] == name


def test_every_feature_is_there_once_with_its_group() -> None:
    found = universe()
    assert len({feature.id for feature in found}) == len(found)
    assert {feature.id.partition(":")[0] for feature in found} == {f.group for f in found}
    by_id = {feature.id: feature.name for feature in found}
    assert by_id["oda:SDA"] == "SDA"
    assert by_id["cvm:no-cvm"] == "no-cvm"
    assert by_id["type:cash"] == "cash"
    assert by_id["type:cash@contactless"] == "cash (contactless)"
    assert by_id["outcome:declined-offline"] == "declined-offline"
    byte, bit, text = next(iter(TvrBit)).value
    assert by_id[f"tvr:{byte}.{bit}"] == text
    groups = [feature.group for feature in found]
    assert groups == sorted(groups, key=["oda", "cvm", "type", "outcome", "tvr"].index)


# What a card should be refused for


def told(
    *, accepted: bool = False, sw: int = 0x9000, expiry: str = "491231", day: str = "2026-11-29"
) -> tuple[str, ...]:
    view = good_view()
    view.app.select = replace(view.app.select, sw=sw)
    put(view, 0x5F24, expiry)
    return refusals(view.card, date.fromisoformat(day), accepted=accepted)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, ()),
        ({"sw": 0x6283}, ("refused:blocked",)),
        ({"sw": 0x6A82}, ("refused:unsupported",)),
        ({"expiry": "261128"}, ("refused:expired",)),
        ({"expiry": "261129"}, ()),
        ({"expiry": ""}, ()),
        ({"expiry": "261128", "accepted": True}, ("accepted:expired",)),
        ({"sw": 0x6283, "expiry": "261128"}, ("refused:blocked", "refused:expired")),
    ],
)
def test_what_a_card_should_be_refused_for(changes: dict[str, Any], found: tuple[str, ...]) -> None:
    assert told(**changes) == found


def test_a_card_of_which_nothing_was_heard_is_not_unsupported() -> None:
    assert refusals(CardFacts(), date(2026, 11, 29), accepted=False) == ()
    view = good_view()
    view.card.applications = []
    assert refusals(view.card, date(2026, 11, 29), accepted=False) == ("refused:unsupported",)
