"""Card action analysis (EMV Book 3, 10.8): which cryptogram the card gives, never above what the
terminal asked for."""

from __future__ import annotations

from harness.virtualcard.application import CardApplication
from harness.virtualcard.state import AcType

UNABLE_ONLINE = (b"Y3", b"Z3")
"""Authorisation response codes that the terminal makes when it could not go online (EMV Book 4,
Annex A6)."""

LOWER_COUNT, UPPER_COUNT = 0x9F14, 0x9F23
LOWER_AMOUNT, UPPER_AMOUNT = 0x9F54, 0x9F5C
"""Limits as data objects: EMV's of transactions, and Visa's names for those of amounts (public
tag lists)."""

_OFFLINE_ONLY = {0x23, 0x26, 0x33, 0x36}


def decide_first(app: CardApplication, requested: AcType) -> AcType:
    """The answer to the first GENERATE AC."""
    if requested is AcType.AAC or app.memory.blocked:
        return AcType.AAC
    if app.app.risk.pin_blocked_declines and app.has_pin and not app.memory.pin_tries:
        return AcType.AAC
    if requested is AcType.ARQC:
        return AcType.ARQC
    offline_only = app.value(0x9F35)[:1] and app.value(0x9F35)[0] in _OFFLINE_ONLY
    if purse_chosen(app):
        if purse_covers(app):
            return AcType.TC
        return AcType.AAC if offline_only else AcType.ARQC
    if offline_only:
        return AcType.AAC if _above_upper(app) else AcType.TC
    return AcType.ARQC if wants_online(app) else AcType.TC


def wants_online(app: CardApplication) -> bool:
    """Would the card rather hear its issuer before it agrees?"""
    memory, risk = app.memory, app.app.risk
    return (
        (risk.new_card_online and not memory.last_online_atc)
        or memory.online_not_completed
        or memory.issuer_authentication_failed
        or memory.go_online_next
        or above_lower_limit(app)
        or spent_above(app, app.stored(LOWER_AMOUNT, risk.lower_amount_limit))
        or _above_amount(app)
    )


def decide_second(app: CardApplication, requested: AcType) -> AcType:
    """The answer to the second GENERATE AC: TC or AAC."""
    txn, risk = app.txn, app.app.risk
    if requested is not AcType.TC or app.memory.blocked:
        return AcType.AAC
    if txn.unable_online:
        return AcType.AAC if _above_upper(app) else AcType.TC
    if txn.issuer_authentication is False or txn.issuer_approves is False:
        return AcType.AAC
    if risk.issuer_authentication_mandatory and not txn.issuer_authentication:
        return AcType.AAC
    return AcType.TC


def above_lower_limit(app: CardApplication) -> bool:
    """More transactions since the last online one than 9F14 allows (zero: no limit)?"""
    limit = app.stored(LOWER_COUNT, app.app.risk.lower_offline_limit)
    return bool(limit) and app.offline_since_online > limit


def above_upper_limit(app: CardApplication) -> bool:
    """More transactions since the last online one than 9F23 allows (zero: no limit)?"""
    limit = app.stored(UPPER_COUNT, app.app.risk.upper_offline_limit)
    return bool(limit) and app.offline_since_online > limit


def _above_upper(app: CardApplication) -> bool:
    """Is it too much to go on without the issuer?"""
    limit = app.stored(UPPER_AMOUNT, app.app.risk.upper_amount_limit)
    return above_upper_limit(app) or spent_above(app, limit)


def spent_above(app: CardApplication, limit: int) -> bool:
    """More spent offline, this transaction included, than ``limit`` (zero: no limit)?"""
    return bool(limit) and app.memory.offline_amount + amount(app) > limit


def amount(app: CardApplication) -> int:
    """Amount of this transaction in minor units; 0 where the terminal sent none."""
    text = app.value(0x9F02).hex()
    return int(text) if text.isdigit() else 0


def spend(app: CardApplication) -> None:
    """Account for a transaction that the card has just approved offline."""
    if purse_chosen(app):
        app.memory.balance -= amount(app)
    elif domestic_currency(app):
        app.memory.offline_amount += amount(app)


def purse_chosen(app: CardApplication) -> bool:
    """Is this transaction electronic cash? The terminal says so by 9F7A in the PDOL."""
    purse = app.app.purse
    return purse is not None and (purse.always or app.value(0x9F7A) == b"\x01")


def purse_covers(app: CardApplication) -> bool:
    """Is there enough in the purse, within the limit of one transaction, and does enough stay
    there that it need not be loaded first?"""
    purse, balance, wanted = app.app.purse, app.memory.balance, amount(app)
    if purse is None or not domestic_currency(app) or wanted > balance:
        return False
    single = app.stored(0x9F78, purse.single_limit)
    return wanted <= single and balance >= app.stored(0x9F6D, purse.threshold)


def _above_amount(app: CardApplication) -> bool:
    """Amount above the card's own limit, or in another currency (zero: no limit)."""
    limit = app.app.risk.offline_amount_limit
    if not limit or not app.value(0x9F02):
        return False
    return amount(app) > limit or not domestic_currency(app)


def domestic_currency(app: CardApplication) -> bool:
    """Is the transaction in the application's currency?"""
    currency = app.app.currency
    return currency is not None and app.value(0x5F2A).hex() == f"{currency:04d}"


def domestic_country(app: CardApplication) -> bool:
    """Is the terminal in the issuer's country?"""
    country = app.app.country
    return country is not None and app.value(0x9F1A).hex() == f"{country:04d}"
