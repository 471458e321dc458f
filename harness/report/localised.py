"""A record for people to read: its English messages in the language in force."""

from __future__ import annotations

from dataclasses import replace

from harness.core.i18n import language
from harness.core.retranslate import said
from harness.records.result import CheckResult
from harness.records.run import RunRecord


def localised(record: RunRecord) -> RunRecord:
    """``record`` with every text for people in the language in force; itself in English."""
    if language() == "en":
        return record
    run = replace(
        record.run,
        conditions={name: said(value) for name, value in record.run.conditions.items()},
        readers=tuple(
            {name: said(value) for name, value in reader.items()} for reader in record.run.readers
        ),
    )
    coverage = replace(
        record.coverage,
        rows=tuple(replace(row, note=said(row.note)) for row in record.coverage.rows),
        evidence=tuple(replace(row, text=said(row.text)) for row in record.coverage.evidence),
    )
    return replace(
        record,
        run=run,
        coverage=coverage,
        results=tuple(_result(result) for result in record.results),
        traces=tuple(replace(trace, title=said(trace.title)) for trace in record.traces),
    )


def _result(result: CheckResult) -> CheckResult:
    return replace(
        result,
        title=said(result.title),
        message=said(result.message),
        advice=said(result.advice),
        evidence=tuple(replace(item, text=said(item.text)) for item in result.evidence),
    )
