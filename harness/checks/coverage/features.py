"""EMV features that a transaction met: what a drawer of cards shows of a set-up, beside its types.

A feature is a short text, ``group:name``: ``oda:CDA``, ``cvm:signature``, ``tvr:1.8``,
``type:goods``, ``outcome:approved-online``, ``sw:6985``.
"""

from __future__ import annotations

from datetime import date

from harness.checks.card.facts import CardFacts
from harness.codec.formats import parse_date_yymmdd
from harness.core.plain import dataclass
from harness.terminal.bits import TvrBit
from harness.terminal.transaction import TransactionResult

CVM_METHODS = {
    0x00: "fail",
    0x01: "plaintext-pin",
    0x02: "online-pin",
    0x03: "plaintext-pin-and-signature",
    0x04: "enciphered-pin",
    0x05: "enciphered-pin-and-signature",
    0x1E: "signature",
    0x1F: "no-cvm",
    0x3F: "none-performed",
}
METHODS = ("none", "SDA", "DDA", "CDA")
OUTCOMES = ("approved-offline", "approved-online", "declined-offline", "declined-online")
TYPES = ("goods", "cash", "cashback", "refund")
KINDS = {0x00: "goods", 0x01: "cash", 0x09: "cashback", 0x20: "refund"}
TVR, CVM_RESULTS, TYPE = 0x95, 0x9F34, 0x9C


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature that can be met; ``group`` is oda, cvm, tvr, type or outcome, ``name`` English
    (a TVR bit's is translated where it is shown)."""

    id: str
    group: str
    name: str


def universe() -> tuple[Feature, ...]:
    """Every feature that is counted, in the order of a report. Status words are not among them:
    any may be met."""
    found = [Feature(f"oda:{name}", "oda", name) for name in METHODS]
    found += [Feature(f"cvm:{name}", "cvm", name) for name in CVM_METHODS.values()]
    found += [Feature(f"type:{name}", "type", name) for name in TYPES]
    found += [
        Feature(f"type:{name}@contactless", "type", f"{name} (contactless)") for name in TYPES
    ]
    found += [Feature(f"outcome:{name}", "outcome", name) for name in OUTCOMES]
    for bit in TvrBit:
        byte, number, text = bit.value
        found.append(Feature(f"tvr:{byte}.{number}", "tvr", text))
    return tuple(found)


def features_of(result: TransactionResult) -> tuple[str, ...]:
    """What ``result`` met, sorted."""
    oda = result.oda
    found = {f"oda:{oda.method}" if oda is not None and oda.ok else "oda:none"}
    found.add(f"outcome:{result.outcome.value}")
    kind = result.terminal.get(TYPE) or b"\0"
    found.add(f"type:{KINDS.get(kind[0], 'other')}")
    cvm = result.terminal.get(CVM_RESULTS, b"")
    if len(cvm) == 3 and cvm[2] != 0x01:
        found.add(f"cvm:{CVM_METHODS.get(cvm[0] & 0x3F, 'other')}")
    for number, byte in enumerate(result.tvr, 1):
        found |= {f"tvr:{number}.{bit + 1}" for bit in range(8) if byte >> bit & 1}
    answered = (exchange.sw for exchange in result.exchanges)
    found |= {f"sw:{sw:04X}" for sw in answered if sw is not None}
    return tuple(sorted(found))


def refusals(card: CardFacts, today: date, *, accepted: bool) -> tuple[str, ...]:
    """What ``card`` should be refused for (blocked, expired, unsupported), and what became of it:
    ``refused:expired``, or ``accepted:expired`` where it went through all the same."""
    found = []
    if any(app.select.sw == 0x6283 for app in card.applications):
        found.append("blocked")
    selected = any(app.select.ok for app in card.applications)
    if card.replies and card.ended is None and not selected and not found:
        found.append("unsupported")  # of a card that could not be read to its end nobody knows
    dates = (parse_date_yymmdd(app.get(0x5F24) or b"") for app in card.applications)
    if any(day is not None and day < today for day in dates):
        found.append("expired")
    return tuple(f"{'accepted' if accepted else 'refused'}:{name}" for name in found)
