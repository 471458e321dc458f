"""The coverage of a bench as a query: what earlier runs showed of card types and features."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from harness.campaign.earlier import TRIED, Earlier, Sighting
from harness.campaign.history.read import ANY, Wanted, contains, coverage_row, fitting
from harness.campaign.history.store import History
from harness.campaign.history.tables import COVERAGE, FEATURES, RUNS, SUBJECTS
from harness.core.i18n import _
from harness.records.run import FeatureRow

_STRONGEST = ("card", "public", "generic", "none", "")


def earlier_evidence(history: History, config: str, wanted: Wanted = ANY) -> Earlier:
    """What the runs that fit showed under the terminal configuration ``config``.

    A run with faults switched on is no evidence of what a set-up accepts, and is left out; so is
    what a run itself took from earlier ones. Raises ConfigError.
    """
    own = [RUNS.c.config == config, RUNS.c.faults == "", *fitting(wanted)]
    with history.reading() as connection:
        names = _card_names(connection, own)
        sightings = _sightings(connection, own, wanted.reader, names)
        features = _features(connection, own, wanted.reader)
    return Earlier(tuple(sightings), tuple(features))


def _card_names(
    connection: sa.Connection, own: list[sa.ColumnElement[bool]]
) -> dict[tuple[int, str], str]:
    """By run and subject: what recognises the card in any run."""
    query = sa.select(SUBJECTS).join(RUNS).where(*own)
    found = {}
    for row in connection.execute(query):
        by_hash = _("card {hash}").format(hash=row.card_hash) if row.card_hash else row.label
        found[row.run, row.id] = row.known_as or (row.id if row.basis else by_hash)
    return found


def _sightings(
    connection: sa.Connection,
    own: list[sa.ColumnElement[bool]],
    reader: str,
    names: dict[tuple[int, str], str],
) -> list[Sighting]:
    query = (
        sa.select(COVERAGE, RUNS.c.id.label("run_id"), RUNS.c.started, RUNS.c.conditions)
        .join(RUNS)
        .where(*own, COVERAGE.c.attempt.in_(TRIED), COVERAGE.c.earlier.is_(False))
        .order_by(RUNS.c.seq.desc(), COVERAGE.c.place)
    )
    if reader:
        query = query.where(contains(COVERAGE.c.reader, reader))
    return [
        Sighting(
            run=row.run_id,
            day=row.started[:10],
            row=coverage_row(row),
            cards=tuple(names.get((row.run, card), card) for card in row.cards),
            own_keys=row.conditions.get("own test keys") == "trusted",
        )
        for row in connection.execute(query)
    ]


def _features(
    connection: sa.Connection, own: list[sa.ColumnElement[bool]], reader: str
) -> list[FeatureRow]:
    """One row a feature that was met; ``earlier`` are the runs, the newest first."""
    query = (
        sa.select(FEATURES, RUNS.c.id.label("run_id"))
        .join(RUNS)
        .where(*own)
        .order_by(RUNS.c.seq.desc(), FEATURES.c.place)
    )
    places = _places(connection, own) if reader else {}
    met: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        cards = [
            card
            for card in row.cards
            if not reader or reader.lower() in places.get((row.run, card), "").lower()
        ]
        if cards:
            met[row.id].append(row)
    return [_feature(rows) for rows in met.values()]


def _places(
    connection: sa.Connection, own: list[sa.ColumnElement[bool]]
) -> dict[tuple[int, str], str]:
    query = sa.select(SUBJECTS).join(RUNS).where(*own)
    return {(row.run, row.id): row.reader for row in connection.execute(query)}


def _feature(rows: list[sa.Row[Any]]) -> FeatureRow:
    first = rows[0]
    bases = [row.basis for row in rows]
    return FeatureRow(
        id=first.id,
        group=first.group,
        name=first.name,
        state="accepted",
        cards=(),
        basis=next((basis for basis in _STRONGEST if basis in bases), ""),
        earlier=tuple(dict.fromkeys(row.run_id for row in rows)),
    )
