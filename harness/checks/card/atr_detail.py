"""Single rules about the answer to reset, each with its own result beside ATR-01 and ATR-04."""

from __future__ import annotations

from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import Scope, check
from harness.codec.atr import Atr, parse_atr
from harness.codec.atr_text import describe_historical
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import Verdict
from harness.records.result import Evidence

_ISO = Spec("ISO/IEC 7816-3", "8.2")
_EMV = Spec("EMV Level 1 Contact Interface 1.0", "8.3")


def _atr(view: CardView) -> Atr | Finding:
    if not view.card.atr:
        return not_examined(_("no ATR was read"))
    atr = parse_atr(view.card.atr)
    if atr.contactless:
        return not_applicable(_("the reader made this ATR up for a contactless card"))
    return atr


def _seen(atr: Atr) -> Evidence:
    return Evidence(f"ATR {to_hex(atr.raw)}")


@check("ATR-02", N_("ATR: check character"), suite="card", scope=Scope.CARD, spec=(_ISO,))
def check_character(view: CardView) -> Finding:
    """TCK is there exactly when a protocol other than T=0 is offered, and all bytes from T0 to it
    XOR to zero."""
    atr = _atr(view)
    if isinstance(atr, Finding):
        return atr
    if atr.tck_due and atr.tck is None:
        return fail(_("a protocol other than T=0 is offered, but there is no TCK"), _seen(atr))
    if not atr.tck_due and (atr.tck is not None or len(atr.trailing) == 1):
        return fail(_("only T=0 is offered, but one more byte follows"), _seen(atr))
    if atr.tck_due and not atr.tck_ok:
        return fail(_("TCK is {tck:02X}, which is wrong").format(tck=atr.tck), _seen(atr))
    return ok(_("TCK right") if atr.tck_due else _("no TCK due, none there"), _seen(atr))


@check("ATR-03", N_("ATR: protocols"), suite="card", scope=Scope.CARD, spec=(_EMV,))
def protocols(view: CardView) -> Finding:
    """T=0 and T=1 only, in ascending order; T=15 is no protocol but says what follows."""
    atr = _atr(view)
    if isinstance(atr, Finding):
        return atr
    offered = list(atr.protocols)
    names = ", ".join(f"T={p}" for p in offered)
    odd = [p for p in offered if p not in (0, 1)]
    if odd:
        return fail(_("{names}: EMV knows T=0 and T=1").format(names=names), _seen(atr))
    if offered != sorted(offered):
        return fail(_("{names}: not in ascending order").format(names=names), _seen(atr))
    return ok(names, _seen(atr))


@check("ATR-05", N_("ATR: parameters of T=1"), suite="card", scope=Scope.CARD, spec=(_EMV,))
def t1_parameters(view: CardView) -> Finding:
    """IFSC 10 to FE; block waiting integer at most 4 and character waiting integer at most 5;
    error detection by LRC."""
    atr = _atr(view)
    if isinstance(atr, Finding):
        return atr
    if 1 not in atr.protocols:
        return not_applicable(_("T=1 is not offered"))
    found = []
    ifsc, waiting, edc = atr.ta.get(3), atr.tb.get(3), atr.tc.get(3)
    if ifsc is not None and not 0x10 <= ifsc <= 0xFE:
        found.append(_("TA3 (IFSC) is {value:02X}").format(value=ifsc))
    if waiting is None:
        found.append(_("TB3 (waiting times) is missing"))
    elif waiting >> 4 > 4 or waiting & 0x0F > 5:
        found.append(_("TB3 (waiting times) is {value:02X}").format(value=waiting))
    if edc is not None and edc != 0:
        found.append(_("TC3 (error detection) is {value:02X}").format(value=edc))
    if found:
        return fail("; ".join(found), _seen(atr))
    return ok(_("IFSC {n}, LRC").format(n=ifsc if ifsc is not None else 32), _seen(atr))


@check(
    "ATR-06",
    N_("ATR: historical bytes"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.PASS,
    spec=(Spec("ISO/IEC 7816-4", "historical bytes"),),
)
def historical(view: CardView) -> Finding:
    """What the historical bytes say: information only, no rule is about them."""
    atr = _atr(view)
    if isinstance(atr, Finding):
        return atr
    if not atr.historical:
        return ok(_("no historical bytes"), _seen(atr))
    lines = describe_historical(atr.historical)
    text = "; ".join(line.strip() for line in lines[:3])
    return ok(_("{hex}: {text}").format(hex=to_hex(atr.historical), text=text or "-"), _seen(atr))


@check(
    "ATR-08",
    N_("ATR: not one that a reader made up"),
    suite="card",
    scope=Scope.CARD,
    severity=Verdict.WARN,
    spec=(Spec("PC/SC Part 3", "contactless ATR"),),
)
def contactless(view: CardView) -> Finding:
    """A contactless card has no ATR: ``3B 8n 80 01 ...`` is the reader's own, and the rules about
    the ATR do not apply to it. In a run over the contacts it is worth a warning."""
    if not view.card.atr:
        return not_examined(_("no ATR was read"))
    atr = parse_atr(view.card.atr)
    if atr.contactless:
        return warn(
            _("the reader made this ATR up for a contactless card: it is not judged"), _seen(atr)
        )
    return ok(_("the card's own"), _seen(atr))
