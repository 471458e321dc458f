"""Answer to select of a contactless card of type A: ISO/IEC 14443-4, 5.2.

Readers keep it to themselves and put only its historical bytes into the pseudo-ATR; it is seen in
traces, and through pass-through commands.
"""

from __future__ import annotations

from harness.codec.atr import AtrFinding
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec

FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256, 512, 1024, 2048, 4096)
"""Frame size for the card by FSCI; 9 to C came with the edition of 2016."""

CARRIER_HZ = 13_560_000


@dataclass(frozen=True, slots=True)
class Ats:
    """The parts of an ATS; ``ta``, ``tb`` and ``tc`` are None where the card left them out, and
    then have the values that the standard gives them."""

    raw: bytes
    ta: int | None
    tb: int | None
    tc: int | None
    historical: bytes
    faults: tuple[AtrFinding, ...]

    @property
    def frame_size(self) -> int:
        """Bytes that the card takes in one frame (FSC); FSCI 2, so 32, without T0."""
        code = self.raw[1] & 0x0F if len(self.raw) > 1 else 2
        return FRAME_SIZES[code] if code < len(FRAME_SIZES) else FRAME_SIZES[8]

    @property
    def frame_waiting_ms(self) -> float:
        """Frame waiting time in ms; FWI 4 without TB1."""
        code = (0x40 if self.tb is None else self.tb) >> 4
        return float(4096 << code) / CARRIER_HZ * 1000

    @property
    def guard_ms(self) -> float:
        """Time that the card needs after its ATS, in ms; none without TB1 or with SFGI 0."""
        code = (self.tb or 0) & 0x0F
        return float(4096 << code) / CARRIER_HZ * 1000 if 0 < code < 15 else 0.0


def parse_ats(raw: bytes) -> Ats:
    """Take ``raw`` apart as far as it goes; what breaks the standard is in ``.faults``.

    Raises CodecError only for an empty input.
    """
    raw = bytes(raw)
    if not raw:
        raise CodecError("an ATS without any byte")
    found: list[AtrFinding] = []

    def fault(offset: int, text: str, severity: str = "fail") -> None:
        found.append(AtrFinding(severity, text, Spec("ISO/IEC 14443-4", "5.2"), offset))

    if raw[0] != len(raw):
        fault(
            0,
            _("TL says {length} bytes, there are {count}").format(length=raw[0], count=len(raw)),
        )
    values: dict[str, int] = {}
    at = 2
    if len(raw) > 1:
        if raw[1] & 0x80:
            fault(1, _("T0: bit 8 is RFU and set"), "warn")
        if raw[1] & 0x0F >= len(FRAME_SIZES):
            fault(1, _("T0: FSCI {code:X} is RFU").format(code=raw[1] & 0x0F), "warn")
        for place, letter in enumerate("ABC"):
            if not raw[1] >> (4 + place) & 1:
                continue
            if at >= len(raw):
                fault(len(raw), _("the answer ends before {part}").format(part=f"T{letter}1"))
                break
            values[letter] = raw[at]
            at += 1
    ta, tb, tc = values.get("A"), values.get("B"), values.get("C")
    if ta is not None and ta & 0x08:
        fault(2, _("TA1: bit 4 is RFU and set"), "warn")
    if tb is not None and (tb >> 4 == 15 or tb & 0x0F == 15):
        fault(2 + (ta is not None), _("TB1: FWI or SFGI 15 is RFU"), "warn")
    if tc is not None and tc & 0xFC:
        fault(at - 1, _("TC1: bits 3 to 8 are RFU and set"), "warn")
    return Ats(raw, ta, tb, tc, raw[at:], tuple(found))


def describe_ats(ats: Ats) -> list[str]:
    """One line for each byte, then the faults."""
    from harness.codec.atr_text import describe_historical

    lines = [f"TL   {ats.raw[0]:02X}  " + _("{count} bytes").format(count=ats.raw[0])]
    if len(ats.raw) > 1:
        size = _("frames of at most {count} bytes").format(count=ats.frame_size)
        lines.append(f"T0   {ats.raw[1]:02X}  {size}")
    if ats.ta is not None:
        lines.append(f"TA1  {ats.ta:02X}  {_rates(ats.ta)}")
    if ats.tb is not None:
        waiting = _("frame waiting time {ms:.1f} ms, guard time {guard:.1f} ms")
        lines.append(
            f"TB1  {ats.tb:02X}  " + waiting.format(ms=ats.frame_waiting_ms, guard=ats.guard_ms)
        )
    if ats.tc is not None:
        cid = _("CID supported") if ats.tc & 2 else _("no CID")
        nad = _("NAD supported") if ats.tc & 1 else _("no NAD")
        lines.append(f"TC1  {ats.tc:02X}  {cid}, {nad}")
    if ats.historical:
        lines.append(_("historical bytes {data}").format(data=to_hex(ats.historical, " ")))
        lines += ["     " + line for line in describe_historical(ats.historical)]
    return lines + [f"{item.severity}  {item.text}  ({item.spec})" for item in ats.faults]


def _rates(byte: int) -> str:
    """Bit rates in kbit/s that TA1 offers in each direction; 106 always."""
    sends = [106, *(rate for bit, rate in ((4, 212), (5, 424), (6, 847)) if byte >> bit & 1)]
    takes = [106, *(rate for bit, rate in ((0, 212), (1, 424), (2, 847)) if byte >> bit & 1)]
    text = _("card sends at {sends}, takes {takes} kbit/s").format(
        sends="/".join(map(str, sends)), takes="/".join(map(str, takes))
    )
    return text + (_(", the same both ways") if byte & 0x80 else "")
