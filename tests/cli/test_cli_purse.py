"""``card purse``: the table before and after, its JSON, its exit codes."""

from __future__ import annotations

import pytest


def test_table_and_json(emv, valid):
    ran = emv("card", "purse", "--load", "800", "--amount", "12.34")
    assert ran.code == 0
    for words in ("before", "500.00", "after load", "800.00", "after payment", "787.66"):
        assert words in ran.out
    ran = emv("card", "purse", "--amount", "12.34", "--json")
    valid(ran.json, "purse")
    assert [one["9F79"] for one in ran.json["readings"]] == [50000, 48766]


def test_a_card_without_one(emv, valid):
    ran = emv("card", "purse", "--card", "visa-credit", "--json")
    assert ran.code == 5
    valid(ran.json, "purse")
    ran = emv("card", "purse", "--card", "canteen", "--json")
    assert ran.code == 0
    valid(ran.json, "purse")


@pytest.mark.parametrize("text", ["ten", "1.234", "-1", "1e15", "NaN"])
def test_what_is_no_amount(emv, text):
    ran = emv("card", "purse", f"--amount={text}")
    assert ran.code == 4
    assert "--amount" in ran.err


def test_no_reader(emv):
    assert emv("card", "purse", "--reader", "no such reader").code == 3
