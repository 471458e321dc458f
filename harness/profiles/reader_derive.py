"""From raw CCID descriptor values to what is expected of a reader: one function, ``derive``.

Meaning of the fields: USB-IF, Smart Card CCID 1.1, 5.1 (class descriptor). TA1: ISO/IEC 7816-3,
8.3. dwMaxAPDUDataSize: PC/SC Part 10, 2.6.14.
"""

from __future__ import annotations

from harness.codec.atr import DI, FI
from harness.core.plain import dataclass
from harness.profiles.reader_profile import Ccid

TOLERANCE = 1.002
"""Descriptors round the line rate to whole bits per second, or to hundreds."""
SHORT_APDU = 261
"""Bytes of the longest short command: four of header, Lc, 255 of data, Le."""
_INTERRUPT_MS = 1000.0
_POLLED_MS = 1500.0


@dataclass(frozen=True, slots=True)
class Derived:
    """``level``: character, tpdu, short, extended, unknown. ``max_input``: longest command of one
    message. ``max_apdu``: 65536 where extended APDUs can be carried, else 0. ``extended``: yes,
    no, or card-dependent (a TPDU reader carries them with T=1 only). ``negotiation``: who makes
    PPS. ``voltage``: who chooses. ``ta1``: the fastest at the default clock, None when unknown.
    ``short_limit``: a full short APDU does not fit into one message."""

    level: str
    max_input: int
    max_apdu: int
    extended: str
    negotiation: str
    voltage: str
    ta1: int | None
    short_limit: bool
    pin_verify: bool
    pin_modify: bool
    lcd_lines: int
    lcd_columns: int
    insert_ms: float
    token: bool


def derive(ccid: Ccid) -> Derived:
    """What follows from the descriptor. Never raises; unknown stays unknown."""
    level = ccid.level
    features = ccid.features
    carries = level in ("tpdu", "extended")
    return Derived(
        level=level,
        max_input=ccid.max_input,
        max_apdu=65536 if carries else 0,
        extended={"extended": "yes", "tpdu": "card-dependent"}.get(level, "no"),
        negotiation=_negotiation(features),
        voltage="reader" if features & 0x08 else "host",
        ta1=fastest_ta1(ccid),
        short_limit=0 < ccid.max_input < SHORT_APDU,
        pin_verify=bool(ccid.pin & 1),
        pin_modify=bool(ccid.pin & 2),
        lcd_lines=ccid.lcd >> 8,
        lcd_columns=ccid.lcd & 0xFF,
        insert_ms=_INTERRUPT_MS if ccid.interrupt else _POLLED_MS,
        token=bool(features & 0x0800),
    )


def _negotiation(features: int) -> str:
    """Automatic parameter negotiation (40) or PPS (80) is the reader's; else the driver's."""
    if features & 0x80:
        return "reader, PPS"
    return "reader" if features & 0x40 else "driver"


def fastest_ta1(ccid: Ccid) -> int | None:
    """TA1 of the highest bit rate that clock x D / F keeps within the reader's maximum; of two
    that give the same rate the smaller one. None without clock or rate, or when none fits."""
    if not ccid.clock_khz or not ccid.rate_bps:
        return None
    clock, most = ccid.clock_khz[0] * 1000, max(ccid.rate_bps) * TOLERANCE
    best: tuple[float, int] | None = None
    for high, (f, _mhz) in FI.items():
        for low, d in DI.items():
            rate = clock * d / f
            if high and rate <= most and (best is None or rate > best[0]):
                best = (rate, high << 4 | low)
    return best[1] if best else None
