"""Transactions of a virtual card through ISO 8583 over a network that loses, delays, cuts and
repeats: none lost, none doubled, reversals where they are due.."""

from __future__ import annotations

import pytest

from harness.testing.network_run import Journey, travel

COUNT = 1000


@pytest.fixture(scope="module")
def journey() -> Journey:
    return travel(COUNT, seed=1)


def test_every_disturbance_came_and_transactions_went_through(journey: Journey) -> None:
    assert len(journey.trips) == COUNT
    assert min(journey.disturbances.values()) >= 5
    assert sum(trip.approved for trip in journey.trips) > COUNT // 2


def test_none_lost_none_doubled(journey: Journey) -> None:
    assert journey.mismatches() == []
    assert journey.booked == sum(trip.amount for trip in journey.trips if trip.approved)


def test_reversals_where_they_are_due_and_nowhere_else(journey: Journey) -> None:
    assert any(trip.reversed for trip in journey.trips)
    assert all(trip.reversed == trip.unknown for trip in journey.trips)
    assert journey.left_over == 0


def test_the_totals_agree(journey: Journey) -> None:
    assert journey.reconciled


def test_offline_approvals_arrive_too(journey: Journey) -> None:
    captured = [trip for trip in journey.trips if trip.captured]
    assert captured
    assert any(trip.unknown for trip in captured)  # reversed online, then approved with Y3
