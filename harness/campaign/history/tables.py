"""The tables of a history. Their layout has a number, ``SCHEMA``; ``docs/history.md`` lists them.

A run is one row of ``runs`` and the rows that point at it. Lists and tables that nobody asks
questions about (clauses, versions) are JSON in one column; traces are not kept at all.
"""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = 1
"""Number of this layout; it goes up when a harness of today could not read the file."""
KIND = "emv-harness-history"

METADATA = sa.MetaData()


def _own(*more: sa.Column[object]) -> tuple[sa.Column[object], ...]:
    """``run``, and ``place`` in the order of the run, before the columns ``more``."""
    owner = sa.ForeignKey("runs.seq", ondelete="CASCADE")
    run: sa.Column[object] = sa.Column("run", owner, primary_key=True)
    place: sa.Column[object] = sa.Column("place", sa.Integer, primary_key=True)
    return run, place, *more


def _text(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


def _flag(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer)


def _real(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Float)


META = sa.Table("meta", METADATA, sa.Column("key", sa.Text, primary_key=True), _text("value"))
"""``kind`` and ``schema``."""

RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    *(_text(name) for name in ("started", "finished", "tool", "commit_id", "vectors_hash")),
    *(_text(name) for name in ("clock", "command", "operator", "verdict", "config", "plan")),
    *(_text(name) for name in ("suites", "faults", "salt")),
    _flag("interrupted"),
    *(_json(name) for name in ("versions", "conditions", "required", "totals")),
    *(_json(name) for name in ("terminal_logs", "unknown_aids")),
    _text("most"),
    sa.Column("exchanges", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""``seq`` is the order of recording; ``salt`` tells with which salt cards were recognised."""

READERS = sa.Table(
    "readers", METADATA, *_own(_text("name"), _text("kind"), _text("profile"), _json("facts"))
)
SUBJECTS = sa.Table(
    "subjects",
    METADATA,
    *_own(*(_text(name) for name in ("id", "label", "kind", "reader", "basis"))),
    *(_text(name) for name in ("card_hash", "pan", "atr", "expiry", "known_as")),
    *(_number(name) for name in ("pin_tries", "atc", "last_online_atc")),
)
RESULTS = sa.Table(
    "results",
    METADATA,
    *_own(*(_text(name) for name in ("id", "title", "verdict", "suite", "subject", "reader"))),
    *(_text(name) for name in ("message", "advice", "reason")),
    _json("spec"),
    _json("evidence"),
    _real("elapsed_ms"),
)
MEASUREMENTS = sa.Table(
    "measurements",
    METADATA,
    *_own(sa.Column("result", sa.Integer, nullable=False), _text("name"), _json("value")),
    _real("number"),
    _text("unit"),
    _real("low"),
    _real("high"),
)
"""``result`` is the place of the result; ``number`` is ``value`` where that is a number."""

COVERAGE = sa.Table(
    "coverage",
    METADATA,
    *_own(*(_text(name) for name in ("type", "scheme", "interface", "reader", "state"))),
    *(_text(name) for name in ("basis", "note", "attempt")),
    *(_json(name) for name in ("evidence", "cards", "transactions")),
    *(_flag(name) for name in ("earlier", "flaky")),
)
FEATURES = sa.Table(
    "features",
    METADATA,
    *_own(*(_text(name) for name in ("id", "group", "name", "state", "basis"))),
    *(_json(name) for name in ("cards", "earlier")),
)

sa.Index("results_by_id", RESULTS.c.id)
sa.Index("coverage_by_type", COVERAGE.c.type)
