"""The card's answer to reset: by ISO/IEC 7816-3, and, apart from that, by EMV."""

from __future__ import annotations

from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import Scope, check
from harness.codec.atr import Atr, AtrFinding, emv_faults, iso_faults, parse_atr
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.records.result import Evidence


def _worst(atr: Atr, found: tuple[AtrFinding, ...], good: str) -> Finding:
    if not found:
        return ok(good)
    bad = [item for item in found if item.severity == "fail"]
    text = "; ".join(item.text for item in bad or found)
    seen = Evidence(f"ATR {to_hex(atr.raw)}")
    return fail(text, seen) if bad else warn(text, seen)


@check(
    "ATR-01",
    N_("ATR valid by ISO/IEC 7816-3"),
    suite="card",
    scope=Scope.CARD,
    spec=(Spec("ISO/IEC 7816-3", "8"),),
)
def iso(view: CardView) -> Finding:
    """Form, check character, protocols and coding; reserved values warn."""
    if not view.card.atr:
        return not_examined(_("no ATR was read"))
    atr = parse_atr(view.card.atr)
    return _worst(atr, iso_faults(atr), _("ATR {atr}: well-formed").format(atr=to_hex(atr.raw)))


@check(
    "ATR-04",
    N_("ATR accepted by the EMV rules"),
    suite="card",
    scope=Scope.CARD,
    spec=(Spec("EMV Level 1 Contact Interface 1.0", "8.3"),),
)
def emv(view: CardView) -> Finding:
    """What a terminal shall accept after a cold reset; values that it may refuse warn."""
    if not view.card.atr:
        return not_examined(_("no ATR was read"))
    atr = parse_atr(view.card.atr)
    if atr.contactless:
        return not_applicable(_("the reader made this ATR up for a contactless card"))
    return _worst(atr, emv_faults(atr), _("as EMV wants it after a cold reset"))
