"""Rows of a history as records again: the list of runs, and one run."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import sqlalchemy as sa

from harness.campaign.history.store import History
from harness.campaign.history.tables import (
    COVERAGE,
    FEATURES,
    MEASUREMENTS,
    READERS,
    RESULTS,
    RUNS,
    SUBJECTS,
)
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.records.result import CheckResult, Evidence, Measurement
from harness.records.run import (
    Coverage,
    CoverageRow,
    EvidenceRow,
    FeatureRow,
    Provenance,
    RunRecord,
    Subject,
    UnknownAid,
)

LAST = "last"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: parts of the name of a reader and of a card (label, image or hash), from a day
    on, with this worst verdict, the newest ``limit`` of them (0: all)."""

    reader: str = ""
    card: str = ""
    since: date | None = None
    verdict: str = ""
    limit: int = 0


ANY = Wanted()


@dataclass(frozen=True, slots=True)
class RunHead:
    """One line of the list. ``cards`` are labels (or what results call the card)."""

    id: str
    started: str
    verdict: str
    suites: str
    config: str
    plan: str
    interrupted: bool
    readers: tuple[str, ...]
    cards: tuple[str, ...]
    totals: dict[str, int]
    operator: str
    faults: str


def runs(history: History, wanted: Wanted = ANY) -> list[RunHead]:
    """Runs that fit, the newest first. Raises ConfigError."""
    query = sa.select(RUNS).order_by(RUNS.c.seq.desc()).where(*fitting(wanted))
    if wanted.limit:
        query = query.limit(wanted.limit)
    with history.reading() as connection:
        return [_head(connection, row) for row in connection.execute(query)]


def fitting(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What the rows of ``runs`` have to fulfil."""
    found: list[sa.ColumnElement[bool]] = []
    if wanted.reader:
        found.append(_has(READERS, [READERS.c.name], wanted.reader))
    if wanted.card:
        names = [SUBJECTS.c.id, SUBJECTS.c.label, SUBJECTS.c.card_hash]
        found.append(_has(SUBJECTS, names, wanted.card))
    if wanted.since is not None:
        found.append(RUNS.c.started >= wanted.since.isoformat())
    if wanted.verdict:
        found.append(RUNS.c.verdict == wanted.verdict)
    return found


def _has(table: sa.Table, columns: list[sa.Column[Any]], text: str) -> sa.ColumnElement[bool]:
    """Has the run a row in ``table`` with ``text`` somewhere in one of ``columns``?"""
    alike = sa.or_(*(contains(column, text) for column in columns))
    return sa.exists().where(table.c.run == RUNS.c.seq, alike)


def contains(column: sa.Column[Any], text: str) -> sa.ColumnElement[bool]:
    """``text`` is somewhere in the column, without regard to case (of ASCII letters)."""
    return column.icontains(text, autoescape=True)


def _head(connection: sa.Connection, row: sa.Row[Any]) -> RunHead:
    subjects = connection.execute(_own(SUBJECTS, row.seq))
    return RunHead(
        id=row.id,
        started=row.started,
        verdict=row.verdict,
        suites=row.suites,
        config=row.config,
        plan=row.plan,
        interrupted=row.interrupted,
        readers=tuple(reader.name for reader in connection.execute(_own(READERS, row.seq))),
        cards=tuple(subject.label or subject.id for subject in subjects),
        totals=dict(row.totals),
        operator=row.operator,
        faults=row.faults,
    )


def _own(table: sa.Table, number: int) -> sa.Select[Any]:
    return sa.select(table).where(table.c.run == number).order_by(table.c.place)


def load_run(history: History, name: str) -> tuple[RunRecord, int]:
    """The run called ``name`` (its id, the beginning of it, or ``last``) and how many exchanges it
    had: these are not kept, so that the record has no traces. Raises ConfigError."""
    with history.reading() as connection:
        row = _find(connection, name, history)
        record = RunRecord(
            run=_provenance(connection, row),
            results=tuple(_results(connection, row.seq)),
            coverage=Coverage(
                required=tuple(row.required),
                rows=tuple(
                    coverage_row(one) for one in connection.execute(_own(COVERAGE, row.seq))
                ),
                features=tuple(
                    feature_row(one) for one in connection.execute(_own(FEATURES, row.seq))
                ),
                most=row.most,
                evidence=tuple(EvidenceRow(**_tuples(one)) for one in row.terminal_logs),
                unknown=tuple(UnknownAid(**_tuples(one)) for one in row.unknown_aids),
            ),
            subjects=tuple(_subject(one) for one in connection.execute(_own(SUBJECTS, row.seq))),
            interrupted=row.interrupted,
        )
        return record, row.exchanges


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    """What JSON has made lists of."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}


def _find(connection: sa.Connection, name: str, history: History) -> sa.Row[Any]:
    query = sa.select(RUNS).order_by(RUNS.c.seq.desc()).limit(2)
    if name != LAST:
        query = query.where(RUNS.c.id.startswith(name, autoescape=True))
    found = connection.execute(query).all()
    exact = [row for row in found if row.id == name]
    if not found:
        raise ConfigError(
            _("no run {name!r} in the history").format(name=name),
            where=str(history.path),
            todo=_("`emv-harness history` lists them; `last` is the newest"),
        )
    if len(found) > 1 and name != LAST and not exact:
        raise ConfigError(
            _("several runs begin with {name!r}").format(name=name),
            where=str(history.path),
            todo=_("give more of the id: {ids}").format(ids=", ".join(row.id for row in found)),
        )
    return (exact or found)[0]


def _provenance(connection: sa.Connection, row: sa.Row[Any]) -> Provenance:
    return Provenance(
        id=row.id,
        started=row.started,
        finished=row.finished,
        tool=row.tool,
        commit=row.commit_id,
        vectors_hash=row.vectors_hash,
        clock=row.clock,
        command=row.command,
        versions=dict(row.versions),
        conditions=dict(row.conditions),
        readers=tuple(dict(one.facts) for one in connection.execute(_own(READERS, row.seq))),
        operator=row.operator,
    )


def _results(connection: sa.Connection, number: int) -> list[CheckResult]:
    measured: dict[int, list[Measurement]] = {}
    for item in connection.execute(_own(MEASUREMENTS, number)):
        made = Measurement(item.name, item.value, item.unit, item.low, item.high)
        measured.setdefault(item.result, []).append(made)
    return [
        CheckResult(
            id=row.id,
            title=row.title,
            verdict=Verdict(row.verdict),
            suite=row.suite,
            subject=row.subject,
            reader=row.reader,
            spec=tuple(Spec(*one) for one in row.spec),
            message=row.message,
            advice=row.advice,
            reason=SkipReason(row.reason) if row.reason else None,
            measurements=tuple(measured.get(row.place, ())),
            evidence=tuple(Evidence(*one) for one in row.evidence),
            elapsed_ms=row.elapsed_ms,
        )
        for row in connection.execute(_own(RESULTS, number))
    ]


def coverage_row(row: sa.Row[Any]) -> CoverageRow:
    """A row of ``coverage``."""
    return CoverageRow(
        type=row.type,
        scheme=row.scheme,
        interface=row.interface,
        reader=row.reader,
        state=row.state,
        evidence=tuple(row.evidence),
        basis=row.basis,
        note=row.note,
        transactions=tuple((kind, state) for kind, state in row.transactions),
        cards=tuple(row.cards),
        attempt=row.attempt,
        earlier=row.earlier,
        flaky=row.flaky,
    )


def feature_row(row: sa.Row[Any]) -> FeatureRow:
    """A row of ``features``."""
    cards, earlier = tuple(row.cards), tuple(row.earlier)
    return FeatureRow(row.id, row.group, row.name, row.state, cards, row.basis, earlier)


def _subject(row: sa.Row[Any]) -> Subject:
    return Subject(**{one.name: getattr(row, one.name) for one in fields(Subject)})
