"""Names and formats of the data objects of an EMVCo merchant-presented QR code.

EMV QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1, tables of section 4 (the
text was not read for every clause; the specification's own sample code proves the IDs in it).
"""

from __future__ import annotations

from harness.core.i18n import N_
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC_MPM = Spec("EMV QRCPS Merchant-Presented Mode 1.1", "4", verified=False)

ROOT = ""
MERCHANT_ACCOUNT = "merchant-account"
ADDITIONAL = "62"
LANGUAGE = "64"
UNRESERVED = "unreserved"
"""Scopes: where an ID stands decides what it means."""


@dataclass(frozen=True, slots=True)
class QrId:
    """One ID: ``format`` is n, ans, s or ``template``; lengths are in characters."""

    name: str
    format: str
    min_len: int
    max_len: int
    inner: str = ""
    """Scope of the IDs inside, for a template."""


_ROOT = {
    0: QrId(N_("Payload Format Indicator"), "n", 2, 2),
    1: QrId(N_("Point of Initiation Method"), "n", 2, 2),
    52: QrId(N_("Merchant Category Code"), "n", 4, 4),
    53: QrId(N_("Transaction Currency"), "n", 3, 3),
    54: QrId(N_("Transaction Amount"), "ans", 1, 13),
    55: QrId(N_("Tip or Convenience Indicator"), "n", 2, 2),
    56: QrId(N_("Value of Convenience Fee Fixed"), "ans", 1, 13),
    57: QrId(N_("Value of Convenience Fee Percentage"), "ans", 1, 5),
    58: QrId(N_("Country Code"), "ans", 2, 2),
    59: QrId(N_("Merchant Name"), "ans", 1, 25),
    60: QrId(N_("Merchant City"), "ans", 1, 15),
    61: QrId(N_("Postal Code"), "ans", 1, 10),
    62: QrId(N_("Additional Data Field Template"), "template", 1, 99, ADDITIONAL),
    63: QrId(N_("CRC"), "ans", 4, 4),
    64: QrId(N_("Merchant Information - Language Template"), "template", 1, 99, LANGUAGE),
}
_ADDITIONAL = {
    1: QrId(N_("Bill Number"), "ans", 1, 25),
    2: QrId(N_("Mobile Number"), "ans", 1, 25),
    3: QrId(N_("Store Label"), "ans", 1, 25),
    4: QrId(N_("Loyalty Number"), "ans", 1, 25),
    5: QrId(N_("Reference Label"), "ans", 1, 25),
    6: QrId(N_("Customer Label"), "ans", 1, 25),
    7: QrId(N_("Terminal Label"), "ans", 1, 25),
    8: QrId(N_("Purpose of Transaction"), "ans", 1, 25),
    9: QrId(N_("Additional Consumer Data Request"), "ans", 1, 3),
    10: QrId(N_("Merchant Tax ID"), "ans", 1, 20),
    11: QrId(N_("Merchant Channel"), "ans", 3, 3),
}
_LANGUAGE = {
    0: QrId(N_("Language Preference"), "ans", 2, 2),
    1: QrId(N_("Merchant Name - Alternate Language"), "s", 1, 25),
    2: QrId(N_("Merchant City - Alternate Language"), "s", 1, 15),
}
_NETWORKS = {2: "Visa", 4: "Mastercard", 6: "EMVCo", 9: "Discover", 11: "Amex", 13: "JCB"}
_NETWORKS |= {15: "UnionPay", 17: "EMVCo"}

_GLOBAL_ID = QrId(N_("Globally Unique Identifier"), "ans", 1, 32)
_CONTEXT = QrId(N_("Payment network specific"), "s", 1, 99)
_CONTEXT_DATA = QrId(N_("Context specific data"), "s", 1, 99)
_RFU = QrId(N_("RFU for EMVCo"), "s", 1, 99)


def qr_id(scope: str, number: int) -> QrId:
    """The entry for ID ``number`` (0 to 99) in ``scope``; every ID has one, RFU included."""
    if scope == MERCHANT_ACCOUNT:
        return _GLOBAL_ID if number == 0 else _CONTEXT
    if scope == UNRESERVED:
        return _GLOBAL_ID if number == 0 else _CONTEXT_DATA
    if scope == ADDITIONAL:
        return _additional(number)
    if scope == LANGUAGE:
        return _LANGUAGE.get(number, _RFU)
    return _root(number)


def _root(number: int) -> QrId:
    if number in _ROOT:
        return _ROOT[number]
    if 2 <= number <= 25:
        return QrId(N_("Merchant Account Information"), "ans", 1, 99)
    if 26 <= number <= 51:
        name = N_("Merchant Account Information Template")
        return QrId(name, "template", 1, 99, MERCHANT_ACCOUNT)
    if 80 <= number <= 99:
        return QrId(N_("Unreserved Template"), "template", 1, 99, UNRESERVED)
    return _RFU


def _additional(number: int) -> QrId:
    if number in _ADDITIONAL:
        return _ADDITIONAL[number]
    if 50 <= number <= 99:
        name = N_("Payment System Specific Template")
        return QrId(name, "template", 1, 99, UNRESERVED)
    return _RFU


def network_of(number: int) -> str:
    """Whose an ID of merchant account information is (02 to 25), where the table reserves it."""
    if not 2 <= number <= 25:
        return ""
    if number >= 17:
        return "EMVCo"
    return _NETWORKS[max(key for key in _NETWORKS if key <= number)]


_SCHEMES = {
    "BR.GOV.BCB.PIX": "Pix, Brazil",
    "SG.PAYNOW": "PayNow, Singapore",
    "SG.COM.NETS": "NETS, Singapore",
    "A000000677010111": "PromptPay, Thailand: credit transfer",
    "A000000677010112": "PromptPay, Thailand: bill payment",
    "ID.CO.QRIS.WWW": "QRIS, Indonesia",
    "A0000006150001": "DuitNow QR, Malaysia",
    "A000000727": "VietQR, NAPAS, Viet Nam",
    "HK.COM.HKICL": "Faster Payment System, Hong Kong",
    "COM.P2PQRPAY": "QR Ph, Philippines",
    "A000000524": "RuPay, India",
}
"""Globally unique identifiers of national schemes, from their published guides (second-hand)."""


def scheme_of_guid(text: str) -> str:
    """The scheme that a globally unique identifier belongs to; empty where it is not known."""
    return _SCHEMES.get(text.strip().upper(), "")
