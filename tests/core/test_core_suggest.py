"""A name that nothing has: the nearest ones, and where the rest is listed."""

from __future__ import annotations

import pytest

from harness.core.suggest import known_names, nearest

CARDS = [f"card-{n:02}" for n in range(20)] + ["visa-credit", "visa-debit", "mastercard-credit"]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("visa-credt", "visa-credit"),
        ("VISA-DEBIT", "visa-debit"),
        ("visacredit", "visa-credit"),
        ("mastercard", "mastercard-credit"),
    ],
)
def test_the_name_that_was_meant_comes_first(name: str, first: str) -> None:
    assert nearest(name, CARDS)[0] == first


@pytest.mark.parametrize("name", ["", "zzz", "7"])
def test_nothing_near_is_not_guessed(name: str) -> None:
    assert nearest(name, CARDS) == []


def test_many_names_are_left_to_the_command_that_lists_them() -> None:
    said = known_names("visa-credt", CARDS, "emv-harness card list")
    assert said.startswith("did you mean visa-credit")
    assert said.endswith("`emv-harness card list` lists all 23")
    assert "card-07" not in said


def test_few_names_are_all_said() -> None:
    assert known_names("x", ["b", "a"], "emv-harness y list") == "known: b, a"


def test_without_a_command_to_list_them_all_are_said() -> None:
    assert "card-07" in known_names("zzz", CARDS)


def test_there_may_be_none() -> None:
    assert known_names("x", []) == "known: -"
