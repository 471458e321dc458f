"""A measurement over runs: its values in order, and what became of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from harness.campaign.history.read import ANY, Wanted, contains, fitting
from harness.campaign.history.store import History
from harness.campaign.history.tables import MEASUREMENTS, RESULTS, RUNS
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One value. ``change`` is percent against the first of its series (None for the first one,
    and where that was zero)."""

    run: str
    day: str
    value: float | int
    verdict: str
    change: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One measurement of one check on one subject in one reader, oldest first; ``high`` and
    ``low`` are the limits of the newest."""

    check: str
    reader: str
    subject: str
    name: str
    unit: str
    points: tuple[Point, ...]
    low: float | None = None
    high: float | None = None


def trend(history: History, check: str, wanted: Wanted = ANY, name: str = "") -> list[Series]:
    """As ``series``. Raises ConfigError when the check measured nothing in the runs that fit."""
    found = series(history, check, wanted, name)
    if not found:
        raise _nothing(history, check)
    return found


def series(history: History, check: str, wanted: Wanted = ANY, name: str = "") -> list[Series]:
    """Series of the check with this id whose measurement's name contains ``name``.

    Runs with faults switched on are left out. ``wanted.limit`` is the number of values a series,
    the newest ones.
    """
    found: dict[tuple[str, ...], list[sa.Row[Any]]] = {}
    with history.reading() as connection:
        for row in connection.execute(_query(check, wanted, name)):
            key = (row.reader, row.subject, row.name, row.unit)
            found.setdefault(key, []).append(row)
    return [_series(check, key, rows[-wanted.limit :]) for key, rows in found.items()]


def _query(check: str, wanted: Wanted, name: str) -> sa.Select[Any]:
    result = sa.and_(RESULTS.c.run == MEASUREMENTS.c.run, RESULTS.c.place == MEASUREMENTS.c.result)
    # A reader or a card is asked for on the result's own line, not anywhere in the run.
    only = Wanted(since=wanted.since)
    query = (
        sa.select(
            MEASUREMENTS,
            *(RESULTS.c[column] for column in ("reader", "subject", "verdict")),
            RUNS.c.id.label("run_id"),
            RUNS.c.started,
        )
        .join(RESULTS, result)
        .join(RUNS, RUNS.c.seq == MEASUREMENTS.c.run)
        .where(RESULTS.c.id == check, MEASUREMENTS.c.number.is_not(None), RUNS.c.faults == "")
        .where(*fitting(only))
        .order_by(MEASUREMENTS.c.run, MEASUREMENTS.c.place)
    )
    for column, text in (
        (RESULTS.c.reader, wanted.reader),
        (RESULTS.c.subject, wanted.card),
        (MEASUREMENTS.c.name, name),
    ):
        if text:
            query = query.where(contains(column, text))
    return query


def _series(check: str, key: tuple[str, ...], rows: list[sa.Row[Any]]) -> Series:
    reader, subject, name, unit = key
    first = rows[0].value
    points = tuple(
        Point(
            row.run_id,
            row.started[:10],
            row.value,
            row.verdict,
            (row.value - first) / abs(first) * 100 if place and first else None,
        )
        for place, row in enumerate(rows)
    )
    return Series(check, reader, subject, name, unit, points, rows[-1].low, rows[-1].high)


def _nothing(history: History, check: str) -> ConfigError:
    known = sa.select(RESULTS.c.id).join(
        MEASUREMENTS,
        sa.and_(RESULTS.c.run == MEASUREMENTS.c.run, RESULTS.c.place == MEASUREMENTS.c.result),
    )
    with history.reading() as connection:
        ids = sorted(set(connection.scalars(known.where(MEASUREMENTS.c.number.is_not(None)))))
    todo = _("record a run first: emv-harness reader check --history FILE")
    if ids:
        todo = _("checks with values: {ids}; or give less of --reader, --card, --since").format(
            ids=", ".join(ids)
        )
    what = _("no values of {check} in the runs asked for").format(check=check)
    return ConfigError(what, where=str(history.path), todo=todo)
