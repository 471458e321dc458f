"""Electronic cash of UnionPay (PBOC): balance, limits, and what they have to do with each other."""

from __future__ import annotations

from harness.checks.card.acquire import UNIONPAY
from harness.checks.card.dols import PDOL, entries_of, unreadable
from harness.checks.card.records_more import given, never_asked
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import Verdict
from harness.records.result import Measurement

BALANCE, BALANCE_LIMIT, ONE_LIMIT, RESET = 0x9F79, 0x9F77, 0x9F78, 0x9F6D
_NAMES = {BALANCE: "9F79", BALANCE_LIMIT: "9F77", ONE_LIMIT: "9F78", RESET: "9F6D"}
_PBOC = Spec("JR/T 0025 (PBOC), electronic cash", "")


def _amounts(view: CardView) -> dict[int, int] | Finding:
    """Amounts in minor units by tag, of a card that has electronic cash."""
    if view.aid[:5] != UNIONPAY:
        return not_applicable(_("electronic cash is UnionPay's"))
    if never_asked(view, BALANCE):
        return not_examined(_("GET DATA {tag} was not sent").format(tag=_NAMES[BALANCE]))
    values = {tag: given(view, tag) for tag in _NAMES}
    if values[BALANCE] is None:
        return not_applicable(_("GET DATA gives no balance (9F79): no electronic cash"))
    found = {}
    for tag, value in values.items():
        if value is None:
            continue
        if len(value) != 6 or not value.hex().isdigit():
            return fail(_("{tag} is {v}: not n 12").format(tag=_NAMES[tag], v=to_hex(value)))
        found[tag] = int(value.hex())
    return found


@check(
    "EC-01",
    N_("Electronic cash is offered to the terminal"),
    suite="card",
    severity=Verdict.WARN,
    spec=(_PBOC,),
)
def offered(view: CardView) -> Finding:
    """A card with a balance asks in its PDOL whether the terminal supports electronic cash
    (9F7A)."""
    amounts = _amounts(view)
    if isinstance(amounts, Finding) and amounts.reason is not None:
        return amounts
    if broken := unreadable(view, PDOL):
        return broken
    asked = {entry.tag for entry in entries_of(view, PDOL) or ()}
    if 0x9F7A not in asked:
        return warn(_("the PDOL does not ask for 9F7A: a terminal cannot choose electronic cash"))
    return ok(_("the PDOL asks for 9F7A"))


@check("EC-02", N_("Electronic cash: balance and limits are amounts"), suite="card", spec=(_PBOC,))
def readable(view: CardView) -> Finding:
    """9F79, 9F77, 9F78 and 9F6D are given, each of twelve digits."""
    amounts = _amounts(view)
    if isinstance(amounts, Finding):
        return amounts
    unasked = [name for tag, name in _NAMES.items() if never_asked(view, tag)]
    missing = [name for tag, name in _NAMES.items() if tag not in amounts and name not in unasked]
    if missing:
        return fail(_("not given: {tags}").format(tags=", ".join(missing)))
    if unasked:
        return not_examined(_("GET DATA {tag} was not sent").format(tag=", ".join(unasked)))
    text = ", ".join(f"{_NAMES[tag]} {value / 100:.2f}" for tag, value in amounts.items())
    return ok(text, measurements=(Measurement("balance", amounts[BALANCE]),))


def _not_above(view: CardView, tag: int) -> Finding:
    amounts = _amounts(view)
    if isinstance(amounts, Finding):
        return amounts if amounts.reason is not None else not_examined(amounts.message)
    if tag not in amounts or BALANCE_LIMIT not in amounts:
        return not_examined(_("{tag} or 9F77 was not given (EC-02)").format(tag=_NAMES[tag]))
    text = _("{tag} {a:.2f}, limit 9F77 {b:.2f}").format(
        tag=_NAMES[tag], a=amounts[tag] / 100, b=amounts[BALANCE_LIMIT] / 100
    )
    return fail(text) if amounts[tag] > amounts[BALANCE_LIMIT] else ok(text)


@check("EC-03", N_("Electronic cash: balance within its limit"), suite="card", spec=(_PBOC,))
def balance(view: CardView) -> Finding:
    """Balance (9F79) not above the balance limit (9F77)."""
    return _not_above(view, BALANCE)


@check("EC-04", N_("Electronic cash: limit of one payment"), suite="card", spec=(_PBOC,))
def one_payment(view: CardView) -> Finding:
    """Single transaction limit (9F78) not above the balance limit (9F77)."""
    return _not_above(view, ONE_LIMIT)


@check("EC-05", N_("Electronic cash: reset threshold"), suite="card", spec=(_PBOC,))
def threshold(view: CardView) -> Finding:
    """Reset threshold (9F6D), at which the card asks to be loaded, not above the limit (9F77)."""
    return _not_above(view, RESET)
