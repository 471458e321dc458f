"""Amounts: decimal in, minor units on the wire; never binary floating point.

Currency codes and exponents are those of ISO 4217 (2024 list); only currencies whose exponent is
recorded here, or that the terminal configuration names, can be used.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass

# alphabetic code: (numeric code, exponent), ISO 4217
CURRENCIES = {
    "AED": (784, 2), "ARS": (32, 2), "AUD": (36, 2), "BHD": (48, 3), "BRL": (986, 2),
    "CAD": (124, 2), "CHF": (756, 2), "CLP": (152, 0), "CNY": (156, 2), "CZK": (203, 2),
    "DKK": (208, 2), "EGP": (818, 2), "EUR": (978, 2), "GBP": (826, 2), "HKD": (344, 2),
    "HUF": (348, 2), "IDR": (360, 2), "ILS": (376, 2), "INR": (356, 2), "ISK": (352, 0),
    "JOD": (400, 3), "JPY": (392, 0), "KRW": (410, 0), "KWD": (414, 3), "MOP": (446, 2),
    "MXN": (484, 2), "MYR": (458, 2), "NOK": (578, 2), "NZD": (554, 2), "OMR": (512, 3),
    "PHP": (608, 2), "PLN": (985, 2), "QAR": (634, 2), "RON": (946, 2), "SAR": (682, 2),
    "SEK": (752, 2), "SGD": (702, 2), "THB": (764, 2), "TND": (788, 3), "TRY": (949, 2),
    "TWD": (901, 2), "UAH": (980, 2), "USD": (840, 2), "VND": (704, 0), "XOF": (952, 0),
    "ZAR": (710, 2),
}  # fmt: skip

MAX_MINOR = 10**12 - 1
"""Tag 9F02 is n 12."""


@dataclass(frozen=True, slots=True)
class Currency:
    """``code`` is the numeric one (978), ``name`` the letters or the digits as given."""

    code: int
    exponent: int
    name: str

    def minor(self, amount: Decimal) -> int:
        """``amount`` in minor units. Raises ConfigError when it does not fit 9F02 exactly."""
        try:
            scaled = amount.scaleb(self.exponent)
            whole = int(scaled) if scaled.is_finite() else None
        except (InvalidOperation, OverflowError):
            whole = None
        if whole is None or whole != scaled:
            raise ConfigError(
                _("{amount} {currency} is not a whole number of minor units").format(
                    amount=amount, currency=self.name
                ),
                where=_("amount"),
                todo=_("give at most {count} digits after the point").format(count=self.exponent),
            )
        if not 0 <= whole <= MAX_MINOR:
            raise ConfigError(
                _("the amount {amount} does not fit the 12 digits of tag 9F02").format(
                    amount=amount
                ),
                where=_("amount"),
                todo=_("give an amount from 0 to {top}").format(top=self.major(MAX_MINOR)),
            )
        return whole

    def major(self, minor: int) -> Decimal:
        """Minor units as a decimal amount."""
        return Decimal(minor).scaleb(-self.exponent)

    def show(self, minor: int) -> str:
        """``12.34 EUR``."""
        return f"{self.major(minor):.{self.exponent}f} {self.name}"


def currency(text: str) -> Currency:
    """A currency by its letters (``EUR``) or its number (``978``, ``0978``). Raises ConfigError."""
    name = text.strip().upper()
    if name.isascii() and name.isdigit():
        return by_number(int(name))
    if name in CURRENCIES:
        return Currency(*CURRENCIES[name], name)
    raise _unknown(text)


def by_number(code: int, exponent: int | None = None) -> Currency:
    """A currency by its number; ``exponent`` (tag 5F36) decides where the table does not."""
    for name, (number, known) in CURRENCIES.items():
        if number == code:
            return Currency(code, known if exponent is None else exponent, name)
    if exponent is not None and 0 <= exponent <= 9:
        return Currency(code, exponent, f"{code:03}")
    raise _unknown(f"{code:03}")


def _unknown(text: str) -> ConfigError:
    return ConfigError(
        _("unknown currency: {text!r}").format(text=text),
        where=_("currency"),
        todo=_("known: {all}").format(all=", ".join(CURRENCIES)),
    )
