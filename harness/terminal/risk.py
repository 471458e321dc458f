"""Terminal risk management: EMV 4.4 Book 3, 10.6 (floor limit, random selection, velocity), and
the exception file (Book 4, 6.3.5)."""

from __future__ import annotations

from harness.codec.apdu import get_data
from harness.codec.formats import pan_digits
from harness.codec.tlv import parse
from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

SPEC_FLOOR = Spec("EMV 4.4 Book 3", "10.6.1")
SPEC_RANDOM = Spec("EMV 4.4 Book 3", "10.6.2")
SPEC_VELOCITY = Spec("EMV 4.4 Book 3", "10.6.3")

SPEC_EXCEPTION = Spec("EMV 4.4 Book 4", "6.3.5", verified=True)

AIP_RISK_MANAGEMENT = 0x0800


def run(ctx: Context) -> None:
    """Settle terminal risk management. Raises LinkError."""
    ctx.cite(SPEC_FLOOR, SPEC_RANDOM, SPEC_VELOCITY)
    bits: list[TvrBit] = []
    if ctx.request.force_online:
        ctx.say(_("online authorisation was asked for by the merchant"))
        bits.append(TvrBit.FORCED_ONLINE)
    bits += exception_file(ctx)
    if not ctx.aip & AIP_RISK_MANAGEMENT:
        ctx.say(_("the card does not ask for terminal risk management (AIP)"))
        ctx.settle(Open.RISK, *bits)
        return
    bits += [*floor_limit(ctx), *random_selection(ctx), *velocity(ctx)]
    ctx.settle(Open.RISK, *bits)
    ctx.performed(TsiBit.RISK)


def exception_file(ctx: Context) -> list[TvrBit]:
    """Is the card on the terminal's list? It is looked up whatever the AIP says."""
    if not ctx.config.exceptions:
        return []
    ctx.cite(SPEC_EXCEPTION)
    if ctx.config.excepts(pan(ctx), sequence_number(ctx)):
        ctx.say(_("the card is on the exception file"))
        return [TvrBit.EXCEPTION_FILE]
    ctx.say(_("the card is not on the exception file"))
    return []


def floor_limit(ctx: Context) -> list[TvrBit]:
    """An amount equal to the limit exceeds it; an earlier sale to the same card counts with it."""
    if foreign(ctx):
        ctx.say(
            _("the floor limit is not in {currency}: taken as exceeded").format(
                currency=ctx.money.name
            )
        )
        return [TvrBit.FLOOR_LIMIT]
    limit = ctx.risk.floor_limit
    earlier = ctx.request.sales_log.recent(pan(ctx)) if ctx.request.sales_log else 0
    if earlier:
        ctx.say(
            _("an earlier sale of {amount} to this card counts with this one").format(
                amount=ctx.money.show(earlier)
            )
        )
    total = ctx.amount + earlier
    shown, amount = ctx.money.show(limit), ctx.money.show(total)
    if total < limit:
        ctx.say(_("{amount} is below the floor limit {limit}").format(amount=amount, limit=shown))
        return []
    ctx.say(_("{amount} is not below the floor limit {limit}").format(amount=amount, limit=shown))
    return [TvrBit.FLOOR_LIMIT]


def foreign(ctx: Context) -> bool:
    """Is this transaction in another currency than the terminal's own, its limits' currency?"""
    return ctx.money.code != ctx.config.currency


def random_selection(ctx: Context) -> list[TvrBit]:
    """Random selection for online processing, biased towards the floor limit."""
    if ctx.config.online_only or ctx.config.offline_only or foreign(ctx):
        return []
    if ctx.amount >= ctx.risk.floor_limit:
        return []
    percent = selection_percentage(
        ctx.amount,
        ctx.risk.floor_limit,
        ctx.risk.random_threshold,
        ctx.risk.random_target,
        ctx.risk.random_maximum,
    )
    drawn = draw(ctx)
    chosen = drawn * 100 <= percent
    ctx.say(
        _("random number {drawn} of 1-99, selected up to {percent}: {result}").format(
            drawn=drawn,
            percent=f"{percent // 100}.{percent % 100:02d}",
            result=_("selected") if chosen else _("not selected"),
        )
    )
    return [TvrBit.RANDOM_ONLINE] if chosen else []


def selection_percentage(amount: int, floor: int, threshold: int, target: int, maximum: int) -> int:
    """Hundredths of a percent: the target below the threshold; from there to the floor limit it
    rises in proportion to the maximum (10.6.2). Whole numbers only."""
    if amount < threshold or floor <= threshold:
        return target * 100
    return target * 100 + (maximum - target) * 100 * (amount - threshold) // (floor - threshold)


def draw(ctx: Context) -> int:
    """A number from 1 to 99, each equally likely (a byte above 197 is thrown away)."""
    for byte in ctx.entropy(64):
        if byte < 198:
            return byte % 99 + 1
    return 1  # 64 bytes in a row above 197: select, the stricter way


def velocity(ctx: Context) -> list[TvrBit]:
    """Consecutive offline transactions against 9F14 and 9F23. Raises LinkError."""
    lower, upper = ctx.card.get(0x9F14), ctx.card.get(0x9F23)
    if lower is None or upper is None:
        ctx.say(_("no velocity checking: the card has no limits (9F14, 9F23)"))
        return []
    atc, last = read_counter(ctx, 0x9F36), read_counter(ctx, 0x9F13)
    bits = [TvrBit.NEW_CARD] if last == 0 else []
    both = [TvrBit.LOWER_OFFLINE_LIMIT, TvrBit.UPPER_OFFLINE_LIMIT]
    if atc is None or last is None:
        ctx.say(_("ATC (9F36) or last online ATC (9F13) cannot be read: both limits exceeded"))
        return bits + both
    if atc <= last:
        ctx.say(_("ATC {atc} is not above the last online ATC {last}").format(atc=atc, last=last))
        return bits + both
    gone = atc - last
    ctx.say(_("{count} transactions since the last online one").format(count=gone))
    if len(lower) != 1 or gone > lower[0]:
        bits.append(TvrBit.LOWER_OFFLINE_LIMIT)
    if len(upper) != 1 or gone > upper[0]:
        bits.append(TvrBit.UPPER_OFFLINE_LIMIT)
    return bits


def pan(ctx: Context) -> str:
    """Digits of 5A, empty where they cannot be read."""
    try:
        return pan_digits(ctx.card.get(0x5A) or b"")
    except CodecError:
        return ""


def sequence_number(ctx: Context) -> int | None:
    """5F34 as a number, None where the card has none."""
    value = ctx.card.get(0x5F34)
    return int(value.hex()) if value and len(value) == 1 and value.hex().isdigit() else None


def read_counter(ctx: Context, tag: int) -> int | None:
    """A counter of two bytes by GET DATA, None where the card does not give it."""
    answer = ctx.channel.send(get_data(tag))
    if not answer.ok:
        return None
    node = parse(answer.data).find(tag)
    return int.from_bytes(node.value, "big") if node and node.length == 2 else None
