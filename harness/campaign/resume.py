"""Going on with a run that was interrupted: what its report.json says was judged is kept.

Kept are PASS, WARN, FAIL and TIMEOUT. What was skipped or could not be judged (SKIP, ERROR) is
tried again: the operator may be there now, or the card back in the slot. The trace of the earlier
run stays in its own report; kept evidence says which.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Evidence, Measurement
from harness.records.samples import Samples

JUDGED = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.TIMEOUT})


@dataclass(frozen=True, slots=True)
class Kept:
    """Results of the reader suite of run ``run``, made by ``tool``."""

    run: str
    tool: str
    results: tuple[CheckResult, ...]

    def of(self, reader: str) -> tuple[CheckResult, ...]:
        """Those of one reader."""
        return tuple(one for one in self.results if one.reader == reader)


def load_kept(path: Path) -> Kept:
    """What a report.json holds of the reader suite. Raises ConfigError."""
    try:
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if report["kind"] != "run":
            raise ValueError(report["kind"])
        run = str(report["run"]["id"])
        rows = [row for row in report["results"] if row["suite"] == "reader"]
        kept = tuple(_result(row, run) for row in rows if Verdict(row["verdict"]) in JUDGED)
        return Kept(run, str(report["run"]["tool"]), kept)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            _("not the report of a run: {why}").format(why=error),
            where=str(path),
            todo=_("name the report.json of the run to go on with"),
        ) from error


def _result(row: dict[str, Any], run: str) -> CheckResult:
    return CheckResult(
        id=row["id"],
        title=row["title"],
        verdict=Verdict(row["verdict"]),
        suite=row["suite"],
        subject=row["subject"],
        reader=row["reader"],
        spec=tuple(
            Spec(one["document"], one["clause"], verified=one["verified"]) for one in row["spec"]
        ),
        message=row["message"],
        advice=row["advice"],
        measurements=tuple(
            Measurement(one["name"], one["value"], one["unit"], one["low"], one["high"])
            for one in row["measurements"]
        ),
        evidence=tuple(_evidence(one, run) for one in row["evidence"]),
        elapsed_ms=float(row["elapsed_ms"]),
        samples=tuple(
            Samples(one["name"], tuple(one["values"]), one["unit"], one["high"])
            for one in row.get("samples", ())
        ),
    )


def _evidence(one: dict[str, Any], run: str) -> Evidence:
    if one["exchange"] is None:
        return Evidence(one["text"], None, one["offset"])
    place = _("{text}: exchange {n} of run {run}").format(
        text=one["text"], n=one["exchange"], run=run
    )
    return Evidence(place, None, one["offset"])
