"""The run as JSON, for machines. Its shape is a promise: ``harness/data/schemas/run.json``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from harness.core.masking import Masker, mask_object
from harness.records.result import CheckResult
from harness.records.run import CoverageRow, RunRecord, Trace
from harness.report.exchanges import exchange_json
from harness.report.summary import NOTICE
from harness.report.terminal_log import terminal_states

SCHEMA = 1
Json = dict[str, Any]


def run_json(record: RunRecord, masker: Masker) -> Json:
    """``record`` as an object of JSON values; hex and texts are masked by ``masker``."""
    data: Json = {
        "schema": SCHEMA,
        "kind": "run",
        "run": _provenance(record),
        "results": [_result(result) for result in record.results],
        "coverage": {
            "required": list(record.coverage.required),
            "rows": [_row(row) for row in record.coverage.rows],
            "features": [asdict(row) for row in record.coverage.features],
            "most": record.coverage.most,
            "unknown": [asdict(one) for one in record.coverage.unknown],
            "terminal": [asdict(one) for one in terminal_states(record)],
            "evidence": [asdict(row) for row in record.coverage.evidence],
        },
        "totals": record.totals,
        "subjects": [asdict(subject) for subject in record.subjects],
        "traces": [_trace(trace, masker) for trace in record.traces],
        "masked": masker.enabled,
        "notice": NOTICE,
    }
    return mask_object(data, masker)


def dumps(data: object) -> str:
    """JSON text of ``data``, indented, non-ASCII as it is, with a final line end."""
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _provenance(record: RunRecord) -> Json:
    run = record.run
    return {
        "id": run.id,
        "started": run.started,
        "finished": run.finished,
        "interrupted": record.interrupted,
        "tool": run.tool,
        "commit": run.commit,
        "vectors_hash": run.vectors_hash,
        "clock": run.clock,
        "command": run.command,
        "versions": dict(run.versions),
        "conditions": dict(run.conditions),
        "readers": [dict(reader) for reader in run.readers],
        "operator": run.operator,
    }


def _result(result: CheckResult) -> Json:
    return {
        "id": result.id,
        "title": result.title,
        "verdict": result.verdict.value,
        "suite": result.suite,
        "subject": result.subject,
        "reader": result.reader,
        "spec": [
            {"document": spec.document, "clause": spec.clause, "verified": spec.verified}
            for spec in result.spec
        ],
        "message": result.message,
        "advice": result.advice,
        "reason": result.reason.value if result.reason is not None else None,
        "measurements": [
            {
                "name": item.name,
                "value": item.value,
                "unit": item.unit,
                "low": item.low,
                "high": item.high,
                "within": item.within,
            }
            for item in result.measurements
        ],
        "evidence": [
            {"text": item.text, "exchange": item.exchange, "offset": item.offset}
            for item in result.evidence
        ],
        "elapsed_ms": round(result.elapsed_ms, 3),
        "samples": [
            {
                "name": item.name,
                "unit": item.unit,
                "high": item.high,
                "values": [round(value, 4) for value in item.values],
            }
            for item in result.samples
        ],
    }


def _row(row: CoverageRow) -> Json:
    return {
        "type": row.type,
        "scheme": row.scheme,
        "interface": row.interface,
        "reader": row.reader,
        "state": row.state,
        "evidence": list(row.evidence),
        "basis": row.basis,
        "note": row.note,
        "transactions": dict(row.transactions),
        "cards": list(row.cards),
        "earlier": row.earlier,
        "flaky": row.flaky,
    }


def _trace(trace: Trace, masker: Masker) -> Json:
    return {
        "subject": trace.subject,
        "reader": trace.reader,
        "title": trace.title,
        "exchanges": [exchange_json(exchange, masker) for exchange in trace.exchanges],
    }
