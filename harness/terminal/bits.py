"""TVR and TSI as values that fail closed (EMV 4.4 Book 3, Annex C5 and C6).

A step that has begun, or that has to be done, counts as failed until somebody says that it
succeeded: ``Tvr`` remembers which steps are open and shows the bit of the worst outcome for each of
them. Forgetting to settle a step can therefore only make a transaction stricter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from enum import Enum

from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.core.spec import Spec

SPEC_TVR = Spec("EMV 4.4 Book 3", "Annex C5")
SPEC_TSI = Spec("EMV 4.4 Book 3", "Annex C6")


class TvrBit(Enum):
    """Bits of the Terminal Verification Results: (byte, bit, text); byte 1 is the leftmost and
    bit 8 the most significant."""

    ODA_NOT_PERFORMED = (1, 8, N_("offline data authentication was not performed"))
    SDA_FAILED = (1, 7, N_("SDA failed"))
    ICC_DATA_MISSING = (1, 6, N_("ICC data missing"))
    EXCEPTION_FILE = (1, 5, N_("card is on the exception file"))
    DDA_FAILED = (1, 4, N_("DDA failed"))
    CDA_FAILED = (1, 3, N_("CDA failed"))
    SDA_SELECTED = (1, 2, N_("SDA selected"))
    VERSIONS_DIFFER = (2, 8, N_("application versions differ"))
    EXPIRED = (2, 7, N_("expired application"))
    NOT_YET_EFFECTIVE = (2, 6, N_("application not yet effective"))
    SERVICE_NOT_ALLOWED = (2, 5, N_("requested service not allowed for the card product"))
    NEW_CARD = (2, 4, N_("new card"))
    CVM_FAILED = (3, 8, N_("cardholder verification was not successful"))
    CVM_UNRECOGNISED = (3, 7, N_("unrecognised CVM"))
    PIN_TRIES_EXCEEDED = (3, 6, N_("PIN try limit exceeded"))
    PIN_PAD_MISSING = (3, 5, N_("PIN entry required, PIN pad absent or not working"))
    PIN_NOT_ENTERED = (3, 4, N_("PIN entry required, PIN pad present, PIN not entered"))
    ONLINE_PIN = (3, 3, N_("online CVM captured"))
    FLOOR_LIMIT = (4, 8, N_("transaction exceeds the floor limit"))
    LOWER_OFFLINE_LIMIT = (4, 7, N_("lower consecutive offline limit exceeded"))
    UPPER_OFFLINE_LIMIT = (4, 6, N_("upper consecutive offline limit exceeded"))
    RANDOM_ONLINE = (4, 5, N_("selected at random for online processing"))
    FORCED_ONLINE = (4, 4, N_("merchant forced the transaction online"))
    DEFAULT_TDOL = (5, 8, N_("default TDOL used"))
    ISSUER_AUTH_FAILED = (5, 7, N_("issuer authentication failed"))
    SCRIPT_FAILED_BEFORE = (5, 6, N_("script processing failed before final GENERATE AC"))
    SCRIPT_FAILED_AFTER = (5, 5, N_("script processing failed after final GENERATE AC"))

    def __init__(self, byte: int, bit: int, text: str) -> None:
        self.mask = 1 << ((5 - byte) * 8 + bit - 1)  # in the five bytes read as one number
        self.text = text  # in English: pass it through ``_``
        self.byte, self.bit = byte, bit

    @property
    def place(self) -> str:
        """Where the bit is, in words."""
        return _("byte {byte} bit {bit}").format(byte=self.byte, bit=self.bit)


class TsiBit(Enum):
    """Bits of the Transaction Status Information, same form."""

    ODA = (1, 8, N_("offline data authentication was performed"))
    CARDHOLDER = (1, 7, N_("cardholder verification was performed"))
    CARD_RISK = (1, 6, N_("card risk management was performed"))
    ISSUER_AUTH = (1, 5, N_("issuer authentication was performed"))
    RISK = (1, 4, N_("terminal risk management was performed"))
    SCRIPT = (1, 3, N_("script processing was performed"))

    def __init__(self, byte: int, bit: int, text: str) -> None:
        self.mask = 1 << ((2 - byte) * 8 + bit - 1)
        self.text = text


class Open(Enum):
    """Steps that count as failed while they are open, each with the bit that says so."""

    ODA = TvrBit.ODA_NOT_PERFORMED
    CDA = TvrBit.CDA_FAILED
    RESTRICTIONS = TvrBit.SERVICE_NOT_ALLOWED
    CARDHOLDER = TvrBit.CVM_FAILED
    RISK = TvrBit.FLOOR_LIMIT
    ISSUER_AUTH = TvrBit.ISSUER_AUTH_FAILED
    SCRIPT_BEFORE = TvrBit.SCRIPT_FAILED_BEFORE
    SCRIPT_AFTER = TvrBit.SCRIPT_FAILED_AFTER


ALWAYS_DUE = frozenset({Open.ODA, Open.RESTRICTIONS, Open.CARDHOLDER, Open.RISK})


@dataclass(frozen=True, slots=True)
class Tvr:
    """Terminal Verification Results, tag 95. ``Tvr()`` has every step that is due still open."""

    settled: int = 0
    open: frozenset[Open] = field(default=ALWAYS_DUE)

    def begin(self, step: Open) -> Tvr:
        """``step`` has begun: its failure bit shows until ``settle``."""
        return Tvr(self.settled, self.open | {step})

    def settle(self, step: Open, *bits: TvrBit) -> Tvr:
        """``step`` is over and left ``bits`` (none: it succeeded)."""
        return Tvr(self._with(bits), self.open - {step})

    def set(self, *bits: TvrBit) -> Tvr:
        """Set bits that belong to no open step. There is no way to clear one."""
        return Tvr(self._with(bits), self.open)

    def has(self, bit: TvrBit) -> bool:
        """Does ``value`` show this bit?"""
        return bool(self._number() & bit.mask)

    @property
    def value(self) -> bytes:
        """Five bytes, open steps counted as failed."""
        return self._number().to_bytes(5, "big")

    @property
    def so_far(self) -> bytes:
        """Five bytes of what is settled only: for a DOL that asks before the steps are due."""
        return self.settled.to_bytes(5, "big")

    def _number(self) -> int:
        number = self.settled
        for step in self.open:
            number |= step.value.mask
        return number

    def _with(self, bits: Iterable[TvrBit]) -> int:
        number = self.settled
        for bit in bits:
            number |= bit.mask
        return number


@dataclass(frozen=True, slots=True)
class Tsi:
    """Transaction Status Information, tag 9B: a bit is set once its function was performed."""

    number: int = 0

    def performed(self, bit: TsiBit) -> Tsi:
        """The same with one more function performed."""
        return Tsi(self.number | bit.mask)

    def has(self, bit: TsiBit) -> bool:
        """Was it performed?"""
        return bool(self.number & bit.mask)

    @property
    def value(self) -> bytes:
        """Two bytes."""
        return self.number.to_bytes(2, "big")

    @property
    def bits(self) -> tuple[TsiBit, ...]:
        """The bits that are set, in order."""
        return tuple(bit for bit in _TSI_BITS if self.number & bit.mask)


def named_bits(number: int) -> tuple[TvrBit, ...]:
    """The named bits that are set in five bytes coded as a TVR, read as one number."""
    return tuple(bit for bit in _TVR_BITS if number & bit.mask) if number else ()


_TVR_BITS = tuple(TvrBit)
_TSI_BITS = tuple(TsiBit)
