"""Card action analysis (EMV Book 3, 10.8): which cryptogram the card gives, never above what the
terminal asked for."""

from __future__ import annotations

from harness.virtualcard.application import CardApplication
from harness.virtualcard.state import AcType

UNABLE_ONLINE = (b"Y3", b"Z3")
"""Authorisation response codes that the terminal makes when it could not go online (EMV Book 4,
Annex A6)."""

_OFFLINE_ONLY = {0x23, 0x26, 0x33, 0x36}


def decide_first(app: CardApplication, requested: AcType) -> AcType:
    """The answer to the first GENERATE AC."""
    if requested is AcType.AAC:
        return AcType.AAC
    if app.app.risk.pin_blocked_declines and app.app.pin and not app.memory.pin_tries:
        return AcType.AAC
    if requested is AcType.ARQC:
        return AcType.ARQC
    if app.value(0x9F35)[:1] and app.value(0x9F35)[0] in _OFFLINE_ONLY:
        return AcType.AAC if above_upper_limit(app) else AcType.TC
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
        or _above_amount(app)
    )


def decide_second(app: CardApplication, requested: AcType) -> AcType:
    """The answer to the second GENERATE AC: TC or AAC."""
    txn, risk = app.txn, app.app.risk
    if requested is not AcType.TC or app.memory.blocked:
        return AcType.AAC
    if txn.unable_online:
        return AcType.AAC if above_upper_limit(app) else AcType.TC
    if txn.issuer_authentication is False or txn.issuer_approves is False:
        return AcType.AAC
    if risk.issuer_authentication_mandatory and not txn.issuer_authentication:
        return AcType.AAC
    return AcType.TC


def above_lower_limit(app: CardApplication) -> bool:
    """More transactions since the last online one than 9F14 allows (zero: no limit)?"""
    limit = app.app.risk.lower_offline_limit
    return bool(limit) and app.offline_since_online > limit


def above_upper_limit(app: CardApplication) -> bool:
    """More transactions since the last online one than 9F23 allows (zero: no limit)?"""
    limit = app.app.risk.upper_offline_limit
    return bool(limit) and app.offline_since_online > limit


def _above_amount(app: CardApplication) -> bool:
    """Amount above the card's own limit, or in another currency (zero: no limit)."""
    limit = app.app.risk.offline_amount_limit
    amount = app.value(0x9F02).hex()
    if not limit or not amount.isdigit():
        return False
    return int(amount) > limit or not domestic_currency(app)


def domestic_currency(app: CardApplication) -> bool:
    """Is the transaction in the application's currency?"""
    currency = app.app.currency
    return currency is not None and app.value(0x5F2A).hex() == f"{currency:04d}"


def domestic_country(app: CardApplication) -> bool:
    """Is the terminal in the issuer's country?"""
    country = app.app.country
    return country is not None and app.value(0x9F1A).hex() == f"{country:04d}"
