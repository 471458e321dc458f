"""Answer to reset: ISO/IEC 7816-3, 8. Two verdicts that are never one: ``iso_faults`` and
``emv_faults``; the second depends on the interface and on the kind of reset."""

from __future__ import annotations

from dataclasses import field

from harness.core.errors import CodecError
from harness.core.i18n import N_
from harness.core.plain import dataclass
from harness.core.spec import Spec

CONVENTIONS = {0x3B: N_("direct"), 0x3F: N_("inverse")}

MAX_LENGTH = 33
"""TS and at most 32 bytes after it (ISO/IEC 7816-3, 8.2)."""

FI = {
    0: (372, 4.0),
    1: (372, 5.0),
    2: (558, 6.0),
    3: (744, 8.0),
    4: (1116, 12.0),
    5: (1488, 16.0),
    6: (1860, 20.0),
    9: (512, 5.0),
    10: (768, 7.5),
    11: (1024, 10.0),
    12: (1536, 15.0),
    13: (2048, 20.0),
}
"""Clock rate conversion integer and highest frequency in MHz by the high nibble of TA1."""

DI = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
"""Baud rate adjustment integer by the low nibble of TA1."""


@dataclass(frozen=True, slots=True)
class AtrFinding:
    """Something against a rule. ``severity`` is ``fail`` or ``warn`` (a terminal may refuse it)."""

    severity: str
    text: str
    spec: Spec
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Atr:
    """The parts of an answer to reset.

    ``ta`` to ``td`` map the index (TA1 is ``ta[1]``) to the byte; ``offsets`` maps ``"TA1"`` to
    its place. ``protocols`` are the offered T values in order, T=0 where none is named, without
    T=15. ``missing`` names what the bytes end before; ``trailing`` is what stands after the end.
    """

    raw: bytes
    ts: int
    t0: int
    ta: dict[int, int]
    tb: dict[int, int]
    tc: dict[int, int]
    td: dict[int, int]
    protocols: tuple[int, ...]
    historical: bytes
    tck: int | None
    trailing: bytes = b""
    missing: str = ""
    offsets: dict[str, int] = field(default_factory=dict)

    @property
    def convention(self) -> str:
        """``direct``, ``inverse`` or ``unknown``."""
        return CONVENTIONS.get(self.ts, N_("unknown"))

    @property
    def tck_due(self) -> bool:
        """TCK belongs to every ATR that offers anything but T=0 (ISO/IEC 7816-3, 8.2.5)."""
        return any(byte & 0x0F for byte in self.td.values())

    @property
    def tck_ok(self) -> bool:
        """True when TCK is right, or rightly absent."""
        if not self.tck_due:
            return self.tck is None
        return self.tck is not None and self.checksum == 0

    @property
    def checksum(self) -> int:
        """Exclusive-or of T0 up to and including TCK; 0 when TCK is right."""
        total = 0
        end = len(self.raw) - len(self.trailing)
        for byte in self.raw[1:end]:
            total ^= byte
        return total

    @property
    def first_protocol(self) -> int:
        """The protocol that TD1 offers first; T=0 without TD1."""
        return self.td[1] & 0x0F if 1 in self.td else 0

    @property
    def specific_mode(self) -> bool:
        """True when TA2 fixes protocol and parameters (ISO/IEC 7816-3, 8.3)."""
        return 2 in self.ta

    @property
    def fi(self) -> int | None:
        """Clock rate conversion integer Fi that TA1 offers (372 without), None when RFU."""
        known = FI.get(self.ta.get(1, 0x11) >> 4)
        return known[0] if known else None

    @property
    def di(self) -> int | None:
        """Baud rate adjustment integer Di that TA1 offers (1 without), None when RFU."""
        return DI.get(self.ta.get(1, 0x11) & 0x0F)

    @property
    def contactless(self) -> bool:
        """True for the form that a reader makes up for a contactless card (PC/SC Part 3):
        ``3B 8n 80 01``, historical bytes, TCK."""
        return (
            self.ts == 0x3B
            and self.t0 >> 4 == 0x8
            and self.td.get(1) == 0x80
            and self.td.get(2) == 0x01
        )

    @property
    def faults(self) -> tuple[AtrFinding, ...]:
        """Findings by ISO/IEC 7816-3."""
        return iso_faults(self)


def parse_atr(raw: bytes) -> Atr:
    """Take ``raw`` apart as far as it goes.

    Raises CodecError only for an empty input; everything else that is wrong is for
    ``iso_faults`` to say, since readers deliver broken answers as if they were good ones.
    """
    raw = bytes(raw)
    if not raw:
        raise CodecError("an ATR without any byte")
    if len(raw) == 1:
        return Atr(raw, raw[0], 0, {}, {}, {}, {}, (0,), b"", None, missing="T0")
    reader = _Reader(raw)
    reader.interface_bytes()
    return reader.finish()


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 2
        self.bytes: dict[str, dict[int, int]] = {"A": {}, "B": {}, "C": {}, "D": {}}
        self.offsets: dict[str, int] = {"TS": 0, "T0": 1}
        self.missing = ""

    def interface_bytes(self) -> None:
        """TA1, TB1, ... as T0 and each TDi announce them, within the 33 bytes of an ATR."""
        index, announced = 1, self.raw[1] >> 4
        while announced and self.at < MAX_LENGTH:
            following = 0
            for place, letter in enumerate("ABCD"):
                if not announced >> place & 1:
                    continue
                if self.at >= len(self.raw):
                    self.missing = self.missing or f"T{letter}{index}"
                    return
                byte = self.raw[self.at]
                self.bytes[letter][index] = byte
                self.offsets[f"T{letter}{index}"] = self.at
                self.at += 1
                if letter == "D":
                    following = byte >> 4
            index, announced = index + 1, following
        if announced and len(self.raw) <= MAX_LENGTH:
            # 33 bytes are full, and more is announced: there is no place where it could be.
            first = next(letter for place, letter in enumerate("ABCD") if announced >> place & 1)
            self.missing = f"T{first}{index}"

    def finish(self) -> Atr:
        """Historical bytes, TCK, and what is left."""
        raw, td = self.raw, self.bytes["D"]
        count = raw[1] & 0x0F
        historical = raw[self.at : self.at + count]
        if not self.missing and len(historical) < count:
            self.missing = "historical bytes"
        if historical:
            self.offsets["historical"] = self.at
        self.at += len(historical)
        tck: int | None = None
        if any(byte & 0x0F for byte in td.values()):
            if self.at < len(raw):
                tck = raw[self.at]
                self.offsets["TCK"] = self.at
                self.at += 1
            else:
                self.missing = self.missing or "TCK"
        offered = tuple(dict.fromkeys(byte & 0x0F for byte in td.values() if byte & 0x0F != 0x0F))
        return Atr(
            raw=raw,
            ts=raw[0],
            t0=raw[1],
            ta=self.bytes["A"],
            tb=self.bytes["B"],
            tc=self.bytes["C"],
            td=td,
            protocols=offered or (0,),
            historical=historical,
            tck=tck,
            trailing=raw[self.at :],
            missing=self.missing,
            offsets=self.offsets,
        )


def iso_faults(atr: Atr) -> tuple[AtrFinding, ...]:
    """What breaks ISO/IEC 7816-3, in order of the bytes."""
    from harness.codec import atr_rules

    return atr_rules.iso_faults(atr)


def emv_faults(atr: Atr, *, warm: bool = False) -> tuple[AtrFinding, ...]:
    """What breaks the EMV rules for a contact card, after a cold or a ``warm`` reset.

    Nothing for a contactless pseudo-ATR: its reader wrote it, and no EMV rule applies.
    """
    from harness.codec import atr_rules

    return () if atr.contactless else atr_rules.emv_faults(atr, warm=warm)
