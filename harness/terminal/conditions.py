"""CVM condition codes: EMV 4.4 Book 3, Annex C3 (table 44)."""

from __future__ import annotations

from harness.codec.cvm import CvmList, CvmRule
from harness.terminal.context import Context

ALWAYS, UNATTENDED_CASH, NEITHER_CASH_NOR_CASHBACK, IF_SUPPORTED = 0, 1, 2, 3
MANUAL_CASH, CASHBACK = 4, 5
UNDER_X, OVER_X, UNDER_Y, OVER_Y = 6, 7, 8, 9


def satisfied(ctx: Context, cvm_list: CvmList, rule: CvmRule, supported: bool) -> bool:
    """Is the condition of ``rule`` satisfied? A code that is not known, or a datum that it needs
    and that is missing, means no: the rule is passed over."""
    code = rule.condition
    if code == ALWAYS:
        return True
    if code == IF_SUPPORTED:
        return supported
    if code in (UNDER_X, OVER_X, UNDER_Y, OVER_Y):
        return _amount(ctx, cvm_list, code)
    cash = ctx.request.type == "cash"
    manual = cash and ctx.config.attended
    cashback = ctx.request.type == "cashback" or ctx.cashback > 0
    return {
        UNATTENDED_CASH: cash and not ctx.config.attended,
        NEITHER_CASH_NOR_CASHBACK: not cash and not cashback,
        MANUAL_CASH: manual,
        CASHBACK: cashback,
    }.get(code, False)


def _amount(ctx: Context, cvm_list: CvmList, code: int) -> bool:
    """Only in the application currency 9F42; an amount equal to the limit is neither under nor
    over it."""
    if ctx.card.get(0x9F42) != ctx.terminal[0x5F2A]:
        return False
    limit = cvm_list.amount_x if code in (UNDER_X, OVER_X) else cvm_list.amount_y
    if code in (UNDER_X, UNDER_Y):
        return ctx.amount < limit
    return ctx.amount > limit
