"""Many transactions of a virtual card through our own ISO 8583 host over a bad network, and the
books afterwards."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import field, replace
from decimal import Decimal

from harness.core.clock import ManualClock
from harness.core.plain import dataclass
from harness.crypto.capk import CaKeyStore
from harness.issuer.client import TcpHost
from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Ledger, Totals
from harness.issuer.messages import NoticeKind
from harness.issuer.server import Disturbance, HostServer
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.transaction import TransactionRequest, TransactionResult, run_transaction

IMAGE = "visa-credit"
TIMEOUT_S, LATE_S = 0.08, 0.16
CALM = 0.7
"""Share of the messages that nothing happens to."""

CARD_LIFE = 20_000


@dataclass(frozen=True, slots=True)
class Trip:
    """One transaction as the terminal saw it. ``unknown``: its request had no valid answer."""

    reference: str
    amount: int
    approved: bool
    captured: bool
    unknown: bool
    reversed: bool


@dataclass(slots=True)
class Journey:
    """All transactions, and what the issuer's books say. ``booked`` in minor units;
    ``left_over`` notices were never acknowledged."""

    trips: list[Trip] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    disturbances: Counter[Disturbance] = field(default_factory=Counter)
    left_over: int = 0
    reconciled: bool = False

    @property
    def booked(self) -> int:
        """Everything that the issuer booked."""
        return sum(entry.booked for entry in self.ledger.entries.values())

    def mismatches(self) -> list[str]:
        """References that one side has and the other has not, or with another amount."""
        ours = {trip.reference: trip.amount for trip in self.trips if trip.approved}
        theirs = {key[1]: entry.booked for key, entry in self.ledger.entries.items()}
        return [
            reference
            for reference in {*ours, *theirs}
            if ours.get(reference, 0) != theirs.get(reference, 0)
        ]


def travel(count: int, *, seed: int, on_trip: Callable[[int], None] | None = None) -> Journey:
    """``count`` transactions of 1 to ``count`` minor units: of eight, six are forced online, one is
    selected at random for it, so that it may end offline where nobody answers, and one is left to
    the card."""
    dice = random.Random(seed)
    journey = Journey()
    kinds = [kind for kind in Disturbance if kind is not Disturbance.NONE]

    def disturb(_mti: str) -> Disturbance:
        kind = Disturbance.NONE if dice.random() < CALM else dice.choice(kinds)
        journey.disturbances[kind] += 1
        return kind

    host = IssuerHost("approve", ledger=journey.ledger)
    with HostServer(host, disturb=disturb, late_s=LATE_S) as server:
        client = TcpHost(server.address, timeout_s=TIMEOUT_S)
        terminal = _Terminal(client)
        for number in range(1, count + 1):
            journey.trips.append(terminal.run(number))
            if on_trip is not None:
                on_trip(number)
        server.disturb_with(None)
        client.timeout_s = 10.0
        client.flush()
        journey.left_over = len(client.pending)
        journey.reconciled = bool(client.reconcile(_totals(journey)))
        client.close()
    return journey


class _Terminal:
    def __init__(self, host: TcpHost) -> None:
        self._host = host
        self._clock = ManualClock()
        self._config = load_terminal()
        self._selecting = replace(
            self._config,
            schemes=tuple(
                replace(one, random_target=99, random_maximum=99) for one in self._config.schemes
            ),
        )
        self._keys = CaKeyStore.default(own_test=True)
        self._reader = VirtualReader(IMAGE, LinkOptions(clock=self._clock))

    def run(self, number: int) -> Trip:
        if number % CARD_LIFE == 0:
            self._reader = VirtualReader(IMAGE, LinkOptions(clock=self._clock))
        link = self._reader.connect()
        try:
            result = run_transaction(
                link,
                config=self._selecting if number % 8 == 4 else self._config,
                keys=self._keys,
                host=self._host,
                request=TransactionRequest(
                    Decimal(number).scaleb(-2), force_online=bool(number % 4), sequence=number
                ),
                clock=self._clock,
                allow_state_change=True,
            )
        finally:
            link.close()
        return _trip(result, number)


def _trip(result: TransactionResult, amount: int) -> Trip:
    kinds = [follow.kind for follow in result.follow_ups]
    first = result.first
    reference = result.terminal[0x9F37] + (first.atc if first else b"")
    return Trip(
        reference=reference.hex().upper(),
        amount=amount,
        approved=result.outcome.approved,
        captured=NoticeKind.CAPTURE in kinds,
        unknown=result.answer is not None and result.answer.state.unknown,
        reversed=NoticeKind.REVERSAL in kinds,
    )


def _totals(journey: Journey) -> Totals:
    """The terminal's own sums, for the reconciliation."""
    approved = [trip for trip in journey.trips if trip.approved]
    return Totals(
        approved=sum(not trip.captured for trip in approved),
        captured=sum(trip.captured for trip in approved),
        reversed=sum(trip.reversed and not trip.captured for trip in journey.trips),
        amount=sum(trip.amount for trip in approved),
    )
