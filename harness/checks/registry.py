"""The register of checks: each a small function with its id, rule and needs.

A check says beforehand what it needs and what it would change::

    @check("TRK-03", N_("Track 2 expiry"), suite="card", spec=(BOOK3,), reads=(0x57, 0x5F24))
    def expiry_agrees(view: CardView) -> Finding: ...

``reads`` names data that must have been read: a datum that was not read gives SKIP "not
examined", one that the card does not have gives SKIP "not applicable", and neither gives FAIL.
``judges_absence`` marks a rule about missing data: it is only run on a complete reading.
``sends`` names the state-changing commands that the check needs; any other such command is
stopped on its way to the card (``checks.guard``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from importlib import import_module
from typing import Any

from harness.checks.card.modules import MODULES as CARD_MODULES
from harness.checks.finding import Finding
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.core.verdict import Verdict

STATE_CHANGING = frozenset(
    {"VERIFY", "EXTERNAL AUTHENTICATE", "GENERATE AC", "PUT DATA", "PIN CHANGE"}
)
"""Commands that change a card for good: PIN tries, transaction counter, blocks."""


class Needs(StrEnum):
    """What must be in the slot: nothing, any card that gives an ATR, a card that was asked what it
    is, an EMV card, the co-operating test card."""

    NOTHING = "nothing"
    ANY_CARD = "any card"
    KNOWN_CARD = "any card that answers"
    EMV_CARD = "emv card"
    TEST_CARD = "test card"


class Tier(StrEnum):
    """How long, and whose hands: under 5 s; under 3 minutes; with an operator; hours."""

    SMOKE = "smoke"
    FULL = "full"
    HANDS = "hands"
    SOAK = "soak"


class Wants(StrEnum):
    """What a reader check needs beside a card: the calls of the service themselves, a hand that
    pulls the card and puts it back, a daemon that the harness started, a second slot, a context
    of the service that can be carried over a fork."""

    SERVICE = "service"
    HAND = "hand"
    OWN_DAEMON = "own daemon"
    SECOND_SLOT = "second slot"
    FORK = "fork"


class Scope(StrEnum):
    """Once for the reader, once for the card, or for each application on it."""

    READER = "reader"
    CARD = "card"
    APPLICATION = "application"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class CheckDef:
    """A registered check. ``severity`` is the worst verdict that a broken rule gives; ``limit_s``
    how many seconds it may take where it makes calls that have no deadline of their own."""

    id: str
    title: str
    suite: str
    scope: Scope
    spec: tuple[Spec, ...]
    severity: Verdict
    needs: Needs
    reads: tuple[int, ...]
    judges_absence: bool
    sends: frozenset[str]
    function: Callable[[Any], Finding]
    tier: Tier = Tier.FULL
    wants: frozenset[Wants] = frozenset()
    limit_s: float = 60.0

    @property
    def key(self) -> tuple[str, str]:
        """Suite and id: the two catalogues share some ids (ATR, REC)."""
        return self.suite, self.id

    @property
    def doc(self) -> str:
        """The function's own words."""
        return (self.function.__doc__ or "").strip()


CHECKS: dict[tuple[str, str], CheckDef] = {}

_MODULES = (
    "harness.checks.reader.environment",
    "harness.checks.reader.service",
    "harness.checks.reader.enumeration",
    "harness.checks.reader.atr_iso",
    "harness.checks.reader.atr_more",
    "harness.checks.reader.resets",
    "harness.checks.reader.power",
    "harness.checks.reader.protocol",
    "harness.checks.reader.attributes",
    "harness.checks.reader.identity",
    "harness.checks.reader.apdu_cases",
    "harness.checks.reader.apdu_extended",
    "harness.checks.reader.apdu_transport",
    "harness.checks.reader.line",
    "harness.checks.reader.contactless",
    "harness.checks.reader.latency",
    "harness.checks.reader.timing",
    "harness.checks.reader.recovery",
    "harness.checks.reader.atr_emv",
    "harness.checks.reader.sharing",
    "harness.checks.reader.concurrency",
    "harness.checks.reader.endurance",
    "harness.checks.reader.buffers",
    "harness.checks.reader.events",
    "harness.checks.reader.removal",
    "harness.checks.reader.swaps",
    *CARD_MODULES,
    "harness.checks.coverage.required",
)


def check(
    id: str,
    title: str,
    *,
    suite: str,
    spec: tuple[Spec, ...] = (),
    scope: Scope | None = None,
    severity: Verdict = Verdict.FAIL,
    needs: Needs | None = None,
    reads: Iterable[int] = (),
    judges_absence: bool = False,
    sends: Iterable[str] = (),
    tier: Tier = Tier.FULL,
    wants: Iterable[Wants] = (),
    limit_s: float = 60.0,
) -> Callable[[Callable[[Any], Finding]], Callable[[Any], Finding]]:
    """Register the decorated function. Raises ValueError for an id that is taken or for a
    command in ``sends`` that is not one of the state-changing ones."""
    wanted = frozenset(sends)
    if wanted - STATE_CHANGING:
        raise ValueError(f"{id}: not state-changing: {sorted(wanted - STATE_CHANGING)}")
    if (suite, id) in CHECKS:
        raise ValueError(f"{suite} check {id} is registered twice")

    def register(function: Callable[[Any], Finding]) -> Callable[[Any], Finding]:
        CHECKS[suite, id] = CheckDef(
            id=id,
            title=title,
            suite=suite,
            scope=scope or (Scope.READER if suite == "reader" else Scope.APPLICATION),
            spec=spec,
            severity=severity,
            needs=needs or (Needs.ANY_CARD if suite == "reader" else Needs.EMV_CARD),
            reads=tuple(reads),
            judges_absence=judges_absence,
            sends=wanted,
            function=function,
            tier=tier,
            wants=frozenset(wants),
            limit_s=limit_s,
        )
        return function

    return register


def all_checks(suite: str | None = None) -> list[CheckDef]:
    """Every registered check (of one suite), in the order of ``_MODULES``, then of registration."""
    for module in _MODULES:
        if suite is None or module.startswith(f"harness.checks.{suite}."):
            import_module(module)
    place = {module: at for at, module in enumerate(_MODULES)}
    found = [entry for entry in CHECKS.values() if suite is None or entry.suite == suite]
    return sorted(found, key=lambda entry: place.get(entry.function.__module__, len(place)))
