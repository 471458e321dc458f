"""Countries, currencies, languages, merchant categories and small code tables by their values."""

from __future__ import annotations

from typing import Any

from harness.codec.data import section
from harness.core.i18n import _
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: ``code`` (EUR), ``exponent`` (decimal places), ``name``."""

    code: str
    exponent: int
    name: str


def country(numeric: str) -> tuple[str, str] | None:
    """(alpha-2 code, English name) of a three-digit ISO 3166-1 code."""
    table: dict[str, list[str]] = section("countries")["country"]
    found = table.get(numeric)
    return (found[0], found[1]) if found else None


def currency(numeric: str) -> Currency | None:
    """The currency of a three-digit ISO 4217 code."""
    table: dict[str, list[Any]] = section("countries")["currency"]
    found = table.get(numeric)
    return Currency(found[0], found[1], found[2]) if found else None


def merchant_category(code: str) -> str:
    """Name of a four-digit merchant category code, or of the range that it lies in; else empty."""
    names = section("names")
    found: str = names["mcc"].get(code, "")
    if found:
        return found
    ranges: dict[str, str] = names["mcc_range"]
    return next((name for span, name in ranges.items() if span[:4] <= code <= span[5:]), "")


def language(code: str) -> str:
    """English name of an ISO 639-1 code (lower case), or an empty string."""
    table: dict[str, str] = section("names")["language"]
    return table.get(code, "")


def code_name(table: str, value: str) -> str:
    """Words for ``value`` in the code table called ``table``; empty when it is not listed."""
    values: dict[str, str] = section("bitfields")["codes"][table]["values"]
    text = values.get(value, "")
    return _(text) if text else ""
