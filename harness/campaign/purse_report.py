"""What is wanted of a purse, and what it came to."""

from __future__ import annotations

from dataclasses import field

from harness.checks.finding import Finding
from harness.core.clock import Clock, SystemClock
from harness.core.plain import dataclass

BALANCE, LIMIT, SINGLE, THRESHOLD, COUNTER = 0x9F79, 0x9F77, 0x9F78, 0x9F6D, 0x9F36
TAGS = (BALANCE, LIMIT, SINGLE, THRESHOLD, COUNTER)


@dataclass(frozen=True, slots=True)
class PurseOrder:
    """``load`` is the balance to be written and ``spend`` the amount to be paid, in minor units;
    None: not wanted. ``currency`` is the purse's."""

    load: int | None = None
    spend: int | None = None
    currency: str = "CNY"
    config: str = "attended-eu"
    allow_state_change: bool = False
    own_test_keys: bool = False
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True, slots=True)
class PurseReading:
    """What GET DATA gave at one moment (before, after load, after payment): minor units, and the
    transaction counter; None where the card gives none, or nothing that is a number."""

    moment: str
    values: dict[int, int | None]


@dataclass(slots=True)
class PurseReport:
    """``readings`` in order, ``findings`` by id, ``did`` what load and payment came to."""

    aid: bytes = b""
    readings: list[PurseReading] = field(default_factory=list)
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    did: list[tuple[str, str]] = field(default_factory=list)
