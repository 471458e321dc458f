"""Amounts: exact decimals, minor units, ISO 4217."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.core.errors import ConfigError
from harness.terminal.amounts import by_number, currency
from harness.terminal.terminal_data import bcd


@pytest.mark.parametrize(
    ("amount", "code", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.30", "978", 1230),
        ("0", "0840", 0),
        ("12", "JPY", 12),
        ("1.234", "KWD", 1234),
        ("9999999999.99", "GBP", 10**12 - 1),
        ("0.10", "USD", 10),
        ("1E+2", "USD", 10000),
    ],
)
def test_minor_units(amount: str, code: str, minor: int) -> None:
    assert currency(code).minor(Decimal(amount)) == minor


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("12.345", "EUR"),
        ("0.5", "JPY"),
        ("-1", "EUR"),
        ("10000000000.00", "EUR"),
        ("NaN", "EUR"),
        ("sNaN", "EUR"),
        ("Infinity", "EUR"),
    ],
)
def test_amounts_that_do_not_fit(amount: str, code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        currency(code).minor(Decimal(amount))
    assert caught.value.todo


@pytest.mark.parametrize("code", ["EURO", "", "000", "12345", "X"])
def test_unknown_currencies_list_the_known(code: str) -> None:
    with pytest.raises(ConfigError, match="EUR"):
        currency(code)


def test_the_configuration_may_name_a_currency_that_the_table_has_not() -> None:
    strange = by_number(999, 3)
    assert (strange.code, strange.exponent, strange.name) == (999, 3, "999")
    assert by_number(978, 0).exponent == 0  # 5F36 decides
    assert by_number(978).name == "EUR"


def test_shown_with_its_own_number_of_digits() -> None:
    assert currency("EUR").show(5) == "0.05 EUR"
    assert currency("JPY").show(500) == "500 JPY"


@pytest.mark.parametrize(
    ("number", "size", "value"), [(1234, 6, "000000001234"), (978, 2, "0978"), (12345, 2, "2345")]
)
def test_bcd(number: int, size: int, value: str) -> None:
    assert bcd(number, size).hex() == value
