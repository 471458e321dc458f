"""What the issuer has booked: accounts, counters, totals, and the fate of every transaction.

A transaction is named by terminal and reference. Whatever arrives twice counts once; a reversal
that overtakes its original makes the original void when it arrives.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import field
from enum import StrEnum

from harness.core.plain import dataclass
from harness.issuer.decision import ALREADY_REVERSED, APPROVING, NOT_SUFFICIENT
from harness.issuer.messages import AuthorisationRequest

Key = tuple[str, str]


class Fate(StrEnum):
    """How a transaction stands at the issuer."""

    UNKNOWN = "unknown"
    APPROVED = "approved"
    DECLINED = "declined"
    REVERSED = "reversed"
    CAPTURED = "captured"


@dataclass(slots=True)
class Entry:
    """One transaction. ``amount`` is in minor units, negative for a refund."""

    pan: str = ""
    amount: int = 0
    arc: str = ""
    reversed: bool = False
    captured: bool = False
    advices: int = 0

    @property
    def fate(self) -> Fate:
        """The last word."""
        if self.captured:
            return Fate.CAPTURED
        if self.reversed:
            return Fate.REVERSED
        if not self.arc:
            return Fate.UNKNOWN
        return Fate.APPROVED if self.arc in APPROVING else Fate.DECLINED

    @property
    def booked(self) -> int:
        """What the cardholder pays for it."""
        return self.amount if self.fate in (Fate.APPROVED, Fate.CAPTURED) else 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Batch totals of one terminal: how many and how much, in minor units."""

    approved: int = 0
    declined: int = 0
    reversed: int = 0
    captured: int = 0
    amount: int = 0


@dataclass(slots=True)
class Ledger:
    """``limit``: minor units that one account may spend; None: no limit. Thread-safe."""

    limit: int | None = None
    entries: dict[Key, Entry] = field(default_factory=dict)
    pin_failures: dict[str, int] = field(default_factory=dict)
    _spent: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def decide(self, request: AuthorisationRequest, arc: str) -> str:
        """Book one authorisation under the code that the rules gave; returns the code that goes
        back. The same transaction again changes nothing and gets the same code."""
        with self._lock:
            entry = self._entry(request)
            if entry.reversed:
                return ALREADY_REVERSED
            if entry.arc:
                return entry.arc
            entry.pan, entry.amount = request.pan, amount_of(request)
            if arc in APPROVING and not self._covers(entry):
                arc = NOT_SUFFICIENT
            entry.arc = arc
            self._spend(entry.pan, entry.booked)
            return arc

    def known(self, request: AuthorisationRequest) -> str:
        """The code that this transaction got before, empty where it is new."""
        with self._lock:
            entry = self.entries.get(key_of(request))
            return "" if entry is None or entry.reversed else entry.arc

    def reverse(self, request: AuthorisationRequest) -> None:
        """Take a transaction back, known or not yet."""
        with self._lock:
            entry = self._entry(request)
            self._spend(entry.pan, -entry.booked)
            entry.reversed = True
            self._spend(entry.pan, entry.booked)

    def capture(self, request: AuthorisationRequest) -> None:
        """Book a transaction that was approved offline."""
        with self._lock:
            entry = self._entry(request)
            self._spend(entry.pan, -entry.booked)
            entry.pan, entry.amount, entry.captured = request.pan, amount_of(request), True
            self._spend(entry.pan, entry.booked)

    def advise(self, request: AuthorisationRequest) -> None:
        """Count an advice; it moves no money."""
        with self._lock:
            self._entry(request).advices += 1

    def fate(self, terminal: str, reference: str) -> Fate:
        """Status query for a transaction of unknown outcome."""
        with self._lock:
            entry = self.entries.get((terminal, reference))
            return entry.fate if entry else Fate.UNKNOWN

    def totals(self, terminal: str) -> Totals:
        """Batch totals of a terminal."""
        with self._lock:
            mine = [entry for key, entry in self.entries.items() if key[0] == terminal]
            count = Counter(entry.fate for entry in mine)
            return Totals(
                approved=count[Fate.APPROVED],
                declined=count[Fate.DECLINED],
                reversed=count[Fate.REVERSED],
                captured=count[Fate.CAPTURED],
                amount=sum(entry.booked for entry in mine),
            )

    def spent(self, pan: str) -> int:
        """What was booked on an account, in minor units."""
        with self._lock:
            return self._spent.get(pan, 0)

    def _entry(self, request: AuthorisationRequest) -> Entry:
        return self.entries.setdefault(key_of(request), Entry(request.pan, amount_of(request)))

    def _covers(self, entry: Entry) -> bool:
        return self.limit is None or self.spent(entry.pan) + entry.amount <= self.limit

    def _spend(self, pan: str, amount: int) -> None:
        self._spent[pan] = self._spent.get(pan, 0) + amount


def key_of(request: AuthorisationRequest) -> Key:
    """What names a transaction."""
    return request.terminal, request.reference


def amount_of(request: AuthorisationRequest) -> int:
    """9F02 in minor units; a refund (9C 20) gives money back, an inquiry (31) moves none."""
    digits = request.data.get("9F02", b"").hex()
    amount = int(digits) if digits.isdigit() else 0
    kind = request.data.get("9C", b"")
    if kind == b"\x31":
        return 0
    return -amount if kind == b"\x20" else amount
