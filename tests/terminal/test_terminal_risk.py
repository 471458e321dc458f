"""Terminal risk management: floor limit, random selection, velocity."""

from __future__ import annotations

from dataclasses import replace

import pytest
from termcards import Answer, config, context, steady, with_risk

from harness.terminal import risk
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

TRM = risk.AIP_RISK_MANAGEMENT
LIMITS = {0x9F14: "02", 0x9F23: "04"}
BOTH = [TvrBit.LOWER_OFFLINE_LIMIT, TvrBit.UPPER_OFFLINE_LIMIT]


def bits(ctx: Context) -> list[TvrBit]:
    risk.run(ctx)
    assert Open.RISK not in ctx.tvr.open
    return [bit for bit in TvrBit if ctx.tvr.settled & bit.mask]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("19.99", []), ("20.00", [TvrBit.FLOOR_LIMIT]), ("20.01", [TvrBit.FLOOR_LIMIT])],
)
def test_floor_limit(amount: str, expected: list[TvrBit]) -> None:
    ctx = context(aip=TRM, amount=amount, entropy=steady(0))
    assert bits(ctx) == expected
    assert ctx.tsi.has(TsiBit.RISK)


def test_not_asked_for_not_done() -> None:
    ctx = context(LIMITS, amount="500.00")
    assert bits(ctx) == []
    assert not ctx.tsi.has(TsiBit.RISK)


@pytest.mark.parametrize("aip", [0, TRM])
def test_the_merchant_may_force_it_online(aip: int) -> None:
    assert bits(context(aip=aip, force_online=True)) == [TvrBit.FORCED_ONLINE]


def test_until_it_ran_the_floor_limit_counts_as_exceeded() -> None:
    assert context().tvr.has(TvrBit.FLOOR_LIMIT)


@pytest.mark.parametrize(
    ("amount", "hundredths"),
    [(0, 1000), (499, 1000), (500, 1000), (1250, 3000), (1999, 4997), (501, 1002)],
)
def test_the_percentage_rises_towards_the_floor_limit(amount: int, hundredths: int) -> None:
    assert risk.selection_percentage(amount, 2000, 500, 10, 50) == hundredths


def test_no_room_between_threshold_and_floor_limit() -> None:
    assert risk.selection_percentage(700, 500, 500, 10, 50) == 1000


RANDOM = with_risk(config(), random_threshold=500, random_target=10, random_maximum=50)


@pytest.mark.parametrize(
    ("amount", "byte", "selected"),
    [
        ("1.00", 9, True),  # draws 10
        ("1.00", 10, False),  # draws 11
        ("12.50", 29, True),  # draws 30
        ("12.50", 30, False),
        ("20.00", 0, False),  # over the floor limit: goes online anyway
    ],
)
def test_random_selection(amount: str, byte: int, selected: bool) -> None:
    ctx = context(aip=TRM, amount=amount, terminal=RANDOM, entropy=steady(byte))
    assert (TvrBit.RANDOM_ONLINE in bits(ctx)) is selected


@pytest.mark.parametrize("kind", [21, 23])
def test_only_terminals_that_can_do_both_select_at_random(kind: int) -> None:
    ctx = context(aip=TRM, terminal=replace(RANDOM, terminal_type=kind), entropy=steady(0))
    assert bits(ctx) == []


def test_every_number_is_drawn_equally_often() -> None:
    drawn = [risk.draw(context(entropy=steady(byte))) for byte in range(198)]
    assert sorted(drawn) == sorted([*range(1, 100), *range(1, 100)])
    assert risk.draw(context(entropy=steady(255))) == 1


def counters(atc: str, last: str) -> dict[str, Answer]:
    return {"80CA9F36": atc, "80CA9F13": last}


def counter(tag: str, number: int) -> str:
    return f"{tag}02{number:04X}9000"


@pytest.mark.parametrize(
    ("atc", "last", "expected"),
    [
        (10, 9, []),
        (10, 8, []),
        (10, 7, [TvrBit.LOWER_OFFLINE_LIMIT]),
        (10, 6, [TvrBit.LOWER_OFFLINE_LIMIT]),
        (10, 5, BOTH),
        (10, 10, BOTH),
        (10, 11, BOTH),
        (2, 0, [TvrBit.NEW_CARD]),
        (0, 0, [TvrBit.NEW_CARD, *BOTH]),
    ],
)
def test_velocity(atc: int, last: int, expected: list[TvrBit]) -> None:
    table = counters(counter("9F36", atc), counter("9F13", last))
    assert bits(context(LIMITS, aip=TRM, table=table)) == expected


@pytest.mark.parametrize(
    ("atc", "last", "expected"),
    [
        ("6A88", counter("9F13", 1), BOTH),
        (counter("9F36", 5), "6A88", BOTH),
        ("6A88", counter("9F13", 0), [TvrBit.NEW_CARD, *BOTH]),
        ("9F3601059000", counter("9F13", 1), BOTH),
        ("9000", counter("9F13", 1), BOTH),
        ("9F1302000A9000", counter("9F13", 1), BOTH),  # another tag than the one asked for
    ],
)
def test_counters_that_cannot_be_read(atc: str, last: str, expected: list[TvrBit]) -> None:
    assert bits(context(LIMITS, aip=TRM, table=counters(atc, last))) == expected


@pytest.mark.parametrize("gone", [0x9F14, 0x9F23])
def test_no_velocity_without_both_limits(gone: int) -> None:
    card = {tag: value for tag, value in LIMITS.items() if tag != gone}
    assert bits(context(card, aip=TRM)) == []


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({0x9F14: "0002", 0x9F23: "09"}, [TvrBit.LOWER_OFFLINE_LIMIT]),
        ({0x9F14: "09", 0x9F23: ""}, [TvrBit.UPPER_OFFLINE_LIMIT]),
    ],
)
def test_a_limit_that_is_malformed_counts_as_exceeded(
    card: dict[int, str], expected: list[TvrBit]
) -> None:
    table = counters(counter("9F36", 2), counter("9F13", 1))
    assert bits(context(card, aip=TRM, table=table)) == expected
