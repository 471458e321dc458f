"""What readings of a purse before and after say: whether load and payment did what they should."""

from __future__ import annotations

from harness.campaign.purse_report import BALANCE, LIMIT, SINGLE, TAGS, THRESHOLD, PurseReading
from harness.checks.finding import Finding, fail, ok
from harness.core.i18n import _
from harness.terminal.transaction import TransactionResult


def readable(reading: PurseReading) -> Finding:
    """Does the card give its balance and limits as amounts?"""
    missing = [f"{tag:04X}" for tag in TAGS[:4] if reading.values[tag] is None]
    if missing:
        return fail(_("not given, or not twelve digits: {tags}").format(tags=", ".join(missing)))
    return ok(_("balance and limits are amounts"))


def _kept(before: PurseReading, after: PurseReading) -> str:
    """Limits that moved, which no payment and no load of the balance may do."""
    moved = [tag for tag in (LIMIT, SINGLE, THRESHOLD) if before.values[tag] != after.values[tag]]
    return ", ".join(f"{tag:04X}" for tag in moved)


def _money(value: int | None) -> str:
    return f"{value / 100:.2f}" if value is not None else _("nothing")


def loaded(before: PurseReading, after: PurseReading, wanted: int) -> Finding:
    """Is the balance the ``wanted`` one, and no limit moved? Above the limit a load is refused."""
    have, had = after.values[BALANCE], before.values[BALANCE]
    limit = before.values[LIMIT]
    text = _("balance {had}, loaded to {wanted}, then {have}").format(
        had=_money(had), wanted=_money(wanted), have=_money(have)
    )
    moved = _kept(before, after)
    if moved:
        return fail(_("the load changed {tags} as well").format(tags=moved))
    if limit is not None and wanted > limit:
        refused = have == had
        text += _("; more than its limit {limit}").format(limit=_money(limit))
        return ok(text) if refused else fail(text)
    return ok(text) if have == wanted else fail(text)


def paid(
    before: PurseReading, after: PurseReading, amount: int, result: TransactionResult
) -> Finding:
    """Has an offline payment taken ``amount`` off the balance, and any other nothing?"""
    had, have = before.values[BALANCE], after.values[BALANCE]
    text = _("balance {had}, payment {amount}, then {have}").format(
        had=_money(had), amount=_money(amount), have=_money(have)
    )
    moved = _kept(before, after)
    if moved:
        return fail(_("the payment changed {tags} as well").format(tags=moved))
    if had is None or have is None:
        return fail(text)
    offline = result.outcome.value == "approved-offline"
    if not offline:
        text += _("; not paid from the purse: {why}").format(why=result.text)
        return ok(text) if have == had else fail(text)
    return ok(text) if had - have == amount else fail(text)
