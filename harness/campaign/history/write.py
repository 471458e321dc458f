"""A run as rows of a history: masked, whatever ``--unmask`` said (rule 9)."""

from __future__ import annotations

from dataclasses import asdict
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
from harness.core.masking import Masker, mask_object
from harness.core.verdict import worst
from harness.records.learned import learn
from harness.records.result import Measurement
from harness.records.run import RunRecord

Row = dict[str, Any]


def record_run(history: History, record: RunRecord, *, salt: str = "") -> int:
    """Keep ``record`` (English, as runs are) and return how many runs there are now.

    ``salt`` is the id of the salt that cards were recognised with. Traces are not kept. Raises
    ConfigError when the run is there already, or the file cannot be written.
    """
    masker = learn(record, Masker())
    run = mask_object(_run(record, salt), masker)
    tables: dict[sa.Table, list[Row]] = {
        READERS: [_reader(facts) for facts in record.run.readers],
        SUBJECTS: [asdict(subject) for subject in record.subjects],
        RESULTS: [_result(record, place) for place in range(len(record.results))],
        MEASUREMENTS: _measurements(record),
        COVERAGE: [asdict(row) for row in record.coverage.rows],
        FEATURES: [asdict(row) for row in record.coverage.features],
    }
    with history.writing() as connection:
        if connection.scalar(sa.select(RUNS.c.seq).where(RUNS.c.id == run["id"])) is not None:
            raise ConfigError(
                _("run {id} is in the history already").format(id=run["id"]),
                where=str(history.path),
            )
        (number,) = connection.execute(RUNS.insert().returning(RUNS.c.seq), run).one()
        for table, rows in tables.items():
            if rows:
                placed = [
                    {**mask_object(row, masker), "run": number, "place": place}
                    for place, row in enumerate(rows)
                ]
                connection.execute(table.insert(), placed)
        return connection.scalar(sa.select(sa.func.count()).select_from(RUNS)) or 0


def _run(record: RunRecord, salt: str) -> Row:
    run, coverage = record.run, record.coverage
    return {
        "id": run.id,
        "started": run.started,
        "finished": run.finished,
        "tool": run.tool,
        "commit_id": run.commit,
        "vectors_hash": run.vectors_hash,
        "clock": run.clock,
        "command": run.command,
        "operator": run.operator,
        "verdict": worst(record.verdicts).value,
        "config": run.conditions.get("terminal configuration", ""),
        "plan": run.conditions.get("plan", ""),
        "suites": run.conditions.get("suites", ""),
        "faults": ", ".join(
            run.conditions[name] for name in ("faults", "reader faults") if name in run.conditions
        ),
        "salt": salt,
        "interrupted": record.interrupted,
        "versions": run.versions,
        "conditions": run.conditions,
        "required": coverage.required,
        "totals": record.totals,
        "most": coverage.most,
        "terminal_logs": [asdict(row) for row in coverage.evidence],
        "unknown_aids": [asdict(one) for one in coverage.unknown],
        "exchanges": sum(len(trace.exchanges) for trace in record.traces),
    }


def _reader(facts: dict[str, str]) -> Row:
    names = ("name", "kind", "profile")
    return {**{name: facts.get(name, "") for name in names}, "facts": facts}


def _result(record: RunRecord, place: int) -> Row:
    result = record.results[place]
    return {
        "id": result.id,
        "title": result.title,
        "verdict": result.verdict.value,
        "suite": result.suite,
        "subject": result.subject,
        "reader": result.reader,
        "message": result.message,
        "advice": result.advice,
        "reason": result.reason.value if result.reason is not None else "",
        "spec": [[spec.document, spec.clause, spec.verified] for spec in result.spec],
        "evidence": [[item.text, item.exchange, item.offset] for item in result.evidence],
        "elapsed_ms": result.elapsed_ms,
    }


def _measurements(record: RunRecord) -> list[Row]:
    return [
        _measurement(place, item)
        for place, result in enumerate(record.results)
        for item in result.measurements
    ]


def _measurement(place: int, item: Measurement) -> Row:
    counts = isinstance(item.value, int | float) and not isinstance(item.value, bool)
    return {
        "result": place,
        "name": item.name,
        "value": item.value,
        "number": item.value if counts else None,
        "unit": item.unit,
        "low": item.low,
        "high": item.high,
    }
