"""Processing restrictions: EMV 4.4 Book 3, 10.4 (version, usage control, dates)."""

from __future__ import annotations

from harness.codec.formats import parse_date_yymmdd
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.terminal.bits import Open, TvrBit
from harness.terminal.context import Context

SPEC_VERSION = Spec("EMV 4.4 Book 3", "10.4.1")
SPEC_USAGE = Spec("EMV 4.4 Book 3", "10.4.2")
SPEC_DATES = Spec("EMV 4.4 Book 3", "10.4.3")
SPEC_ATM = Spec("EMV 4.4 Book 4", "Annex A1", verified=True)

# Application Usage Control 9F07 as a number of two bytes (EMV 4.4 Book 3, Annex C2).
DOMESTIC_CASH, INTERNATIONAL_CASH = 0x8000, 0x4000
DOMESTIC_GOODS, INTERNATIONAL_GOODS = 0x2000, 0x1000
DOMESTIC_SERVICES, INTERNATIONAL_SERVICES = 0x0800, 0x0400
AT_ATMS, AT_OTHERS = 0x0200, 0x0100
DOMESTIC_CASHBACK, INTERNATIONAL_CASHBACK = 0x0080, 0x0040

SERVICES = {
    "cash": (DOMESTIC_CASH, INTERNATIONAL_CASH),
    "goods": (DOMESTIC_GOODS, INTERNATIONAL_GOODS),
    "services": (DOMESTIC_SERVICES, INTERNATIONAL_SERVICES),
}
CASH_CAPABILITY = 0x80
"""Byte 1 of 9F40: the terminal pays out cash (EMV 4.4 Book 4, Annex A3)."""


def run(ctx: Context) -> None:
    """Settle the restrictions with the bits that were found."""
    ctx.cite(SPEC_VERSION, SPEC_USAGE, SPEC_DATES, SPEC_ATM)
    bits = [*version(ctx), *usage(ctx), *dates(ctx)]
    ctx.settle(Open.RESTRICTIONS, *bits)
    if not bits:
        ctx.say(_("no restriction applies"))


def version(ctx: Context) -> list[TvrBit]:
    """9F08 of the card against the versions of the terminal; without 9F08 they count as equal."""
    ours = ctx.config.versions_for(ctx.aid)
    card = ctx.card.get(0x9F08)
    if card is None:
        ctx.say(_("the card has no application version number (9F08)"))
        return []
    if card in ours:
        ctx.terminal[0x9F09] = card
        return []
    ctx.say(
        _("card version {card}, terminal versions {ours}").format(
            card=to_hex(card), ours=" ".join(to_hex(one) for one in ours) or _("none")
        )
    )
    return [TvrBit.VERSIONS_DIFFER]


def is_atm(ctx: Context) -> bool:
    """Unattended financial institution terminal that pays out cash (Book 4, Annex A1)."""
    cash = ctx.config.additional_capabilities[0] & CASH_CAPABILITY
    return bool(ctx.config.terminal_type in (14, 15, 16) and cash)


def usage(ctx: Context) -> list[TvrBit]:
    """Application Usage Control 9F07, and 5F28 for domestic or international."""
    raw = ctx.card.get(0x9F07)
    if raw is None:
        ctx.say(_("the card has no application usage control (9F07): every service allowed"))
        return []
    if len(raw) != 2:
        ctx.say(_("9F07 has {count} bytes, not 2: no service allowed").format(count=len(raw)))
        return [TvrBit.SERVICE_NOT_ALLOWED]
    allowed = int.from_bytes(raw, "big")
    place, name = (AT_ATMS, _("ATMs")) if is_atm(ctx) else (AT_OTHERS, _("other than ATMs"))
    if not allowed & place:
        ctx.say(
            _("usage control {auc} is not valid at {place}").format(auc=to_hex(raw), place=name)
        )
        return [TvrBit.SERVICE_NOT_ALLOWED]
    country = ctx.card.get(0x5F28)
    if country is None:
        ctx.say(_("the card has no issuer country (5F28): services are not compared"))
        return []
    domestic = country == ctx.terminal[0x9F1A]
    if all(allowed & bit[0 if domestic else 1] for bit in _services(ctx)):
        return []
    ctx.say(
        _("usage control {auc} does not allow {type}, {where}").format(
            auc=to_hex(raw),
            type=ctx.request.type,
            where=_("domestic") if domestic else _("international"),
        )
    )
    return [TvrBit.SERVICE_NOT_ALLOWED]


def _services(ctx: Context) -> list[tuple[int, int]]:
    """Bits (domestic, international) that the type of transaction needs."""
    kind = ctx.request.type
    if kind == "inquiry":
        return []  # 9F07 has no bit for it
    wanted = [SERVICES.get(kind, SERVICES["goods"])]
    if kind == "cashback" or ctx.cashback:
        wanted.append((DOMESTIC_CASHBACK, INTERNATIONAL_CASHBACK))
    return wanted


def dates(ctx: Context) -> list[TvrBit]:
    """5F25 not after today, 5F24 not before; a date that is none counts against the card."""
    today = ctx.clock.today()
    bits: list[TvrBit] = []
    effective = ctx.card.get(0x5F25)
    if effective is not None:
        start = parse_date_yymmdd(effective)
        if start is None or start > today:
            ctx.say(_("effective from {date} (5F25)").format(date=start or to_hex(effective)))
            bits.append(TvrBit.NOT_YET_EFFECTIVE)
    expiry = ctx.card.get(0x5F24)
    if expiry is None:
        ctx.say(_("the card has no expiration date (5F24): it counts as expired"))
        return [*bits, TvrBit.EXPIRED]
    end = parse_date_yymmdd(expiry)
    if end is None or end < today:
        ctx.say(_("expired {date} (5F24)").format(date=end or to_hex(expiry)))
        bits.append(TvrBit.EXPIRED)
    return bits
