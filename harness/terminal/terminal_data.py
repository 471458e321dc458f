"""The terminal's own data elements, by tag, for DOLs (EMV 4.4 Book 3, Annex A)."""

from __future__ import annotations

from harness.terminal.context import TYPES, Context

IFD_SERIAL = b"HARNESS1"
_GET_PROCESSING_OPTIONS, _INTERNAL_AUTHENTICATE, _GENERATE_AC = 0xA8, 0x88, 0xAE


def fill(ctx: Context) -> None:
    """Put what is known before selection into ``ctx.terminal``."""
    config = ctx.config
    now = ctx.clock.now()
    day = ctx.clock.today()
    ctx.terminal.update(
        {
            0x9F02: bcd(ctx.amount, 6),
            0x9F03: bcd(ctx.cashback, 6),
            0x81: min(ctx.amount, 0xFFFFFFFF).to_bytes(4, "big"),
            0x9F04: min(ctx.cashback, 0xFFFFFFFF).to_bytes(4, "big"),
            0x5F2A: bcd(ctx.money.code, 2),
            0x5F36: bcd(ctx.money.exponent, 1),
            0x9C: bytes((TYPES[ctx.request.type],)),
            0x9A: bytes.fromhex(f"{day:%y%m%d}"),
            0x9F21: bytes.fromhex(f"{now:%H%M%S}"),
            0x9F1A: bcd(config.country, 2),
            0x9F35: bcd(config.terminal_type, 1),
            0x9F33: config.capabilities,
            0x9F40: config.additional_capabilities,
            0x9F15: bcd(config.category_code, 2),
            0x9F16: config.merchant_id.ljust(15).encode("ascii"),
            0x9F1C: config.terminal_id.ljust(8).encode("ascii"),
            0x9F1E: IFD_SERIAL,
            0x9F01: bcd(int(config.acquirer_id), 6),
            0x9F4E: config.merchant_name.encode("ascii", "replace"),
            0x9F41: bcd(ctx.request.sequence, 4),
            0x9F34: bytes.fromhex("3F0000"),
        }
    )
    if ctx.request.electronic_cash:
        ctx.terminal[0x9F7A] = b"\x01"
    ctx.terminal[0x9F37] = ctx.entropy(4)


def selected(ctx: Context) -> None:
    """Add what depends on the selected application."""
    versions = ctx.config.versions_for(ctx.aid)
    if versions:
        ctx.terminal[0x9F09] = versions[0]
    limit = min(ctx.risk.floor_limit, 0xFFFFFFFF)
    ctx.terminal[0x9F1B] = limit.to_bytes(4, "big")
    _as_recorded(ctx)


def before_cryptogram(ctx: Context) -> None:
    """A recorded terminal may have had another unpredictable number for GENERATE AC."""
    ctx.terminal.update(ctx.request.recorded.get(_GENERATE_AC, {}))


def _as_recorded(ctx: Context) -> None:
    """What a recorded terminal sent; where it sent two values, the earlier."""
    for instruction in (_GENERATE_AC, _INTERNAL_AUTHENTICATE, _GET_PROCESSING_OPTIONS):
        ctx.terminal.update(ctx.request.recorded.get(instruction, {}))


def bcd(number: int, size: int) -> bytes:
    """``number`` as BCD of ``size`` bytes, the low digits where it does not fit."""
    digits = f"{number:0{size * 2}d}"
    return bytes.fromhex(digits[-size * 2 :])
