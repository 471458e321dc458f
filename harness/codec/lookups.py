"""Codes that people look up by name or number: country, currency, language, merchant category."""

from __future__ import annotations

from harness.codec import codes
from harness.codec.data import section
from harness.codec.decoded import Decoded
from harness.core.i18n import _


def lookup_view(kind: str, text: str) -> Decoded | None:
    """``text`` as it is written for people: ``NL`` or ``528``, ``EUR`` or ``978``, ``fr``,
    ``5411``. None where the code is not known in that form (hex of a tag's value, perhaps)."""
    bare = text.strip()
    found: str = ""
    if kind == "country":
        found = _country(bare)
    elif kind == "currency":
        found = _currency(bare)
    elif kind == "language":
        name = codes.language(bare.lower()) if len(bare) == 2 else ""
        found = f"{bare.lower()} {name}" if name else ""
    elif kind == "mcc":
        name = codes.merchant_category(bare) if len(bare) == 4 and bare.isdigit() else ""
        found = f"{bare} {name}" if name else ""
    return Decoded("code", [found], {"value": bare, "fields": [found]}) if found else None


def _country(bare: str) -> str:
    number = bare[-3:] if bare.isdigit() and len(bare) in (3, 4) else ""
    if not number:
        table = section("countries")["country"]
        number = next((key for key, row in table.items() if bare.upper() == row[0]), "")
    found = codes.country(number)
    return f"{number} {found[0]}, {found[1]}" if found else ""


def _currency(bare: str) -> str:
    number = bare[-3:] if bare.isdigit() and len(bare) in (3, 4) else ""
    if not number:
        table = section("countries")["currency"]
        number = next((key for key, row in table.items() if bare.upper() == row[0]), "")
    found = codes.currency(number)
    if found is None:
        return ""
    places = _("{count} decimal places").format(count=found.exponent)
    return f"{number} {found.code}, {found.name}, {places}"


def iso8859_view(part: int, raw: bytes) -> Decoded:
    """Bytes as text of ISO/IEC 8859-``part`` (1 to 16, without 12)."""
    text = raw.decode(f"iso8859_{part}", "replace")
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return Decoded("text", [f'"{shown}"'], {"value": raw.hex().upper(), "fields": [shown]})
