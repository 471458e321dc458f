"""``card check --batch``: card after card, one table at the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from harness.campaign.batch import SCHEMA, Batch, BatchRow, run_batch
from harness.campaign.bench_salt import bench_salt
from harness.campaign.options import AcceptanceOptions
from harness.checks.events import Notice
from harness.cli import options as shared
from harness.cli.memory import Memory
from harness.cli.output import note
from harness.cli.settings import Settings
from harness.core.i18n import _
from harness.core.verdict import ExitCode, Verdict, exit_code
from harness.records.run import Subject


def check_batch(options: AcceptanceOptions, path: Path, settings: Settings, memory: Memory) -> int:
    """Check the cards that the batch in ``path`` has not got yet, show all of it, and return the
    exit code over all its cards. Raises ConfigError for a file that is no batch."""
    options.checked()
    virtual = all(shared.is_virtual_selector(name) for name in options.readers)
    batch = Batch.open(path, None if virtual else bench_salt())
    kept: list[bool] = []
    if batch.rows:
        note(_("{n} cards are done already: going on").format(n=len(batch.rows)))
    try:
        whole = run_batch(
            options,
            batch,
            progress=_follow,
            ask=None if virtual else _next_card,
            keep=lambda record: kept.append(memory.keep(record)),
        )
    except KeyboardInterrupt:
        whole = False
    rows = list(batch.rows.values())
    if settings.json:
        sys.stdout.write(json.dumps(batch_json(rows, whole=whole), indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(table(rows)) + "\n")
    if not whole:
        note(_("interrupted: the same command goes on with the next card"))
        return ExitCode.INTERRUPTED
    if not all(kept):
        return ExitCode.ERROR
    return exit_code([Verdict(row.verdict) for row in rows], strict=options.strict)


def _follow(event: object) -> None:
    if isinstance(event, Notice):
        note(event.text)
    elif isinstance(event, Subject):
        note(event.label)


def _next_card(number: int) -> bool:
    """Ask for the next card; q or the end of the input ends the batch."""
    text = _("insert card {n}, chip first, face up, and press Enter (q ends, Ctrl-C keeps all)")
    try:
        said: str = click.prompt(
            text.format(n=number), default="", show_default=False, err=True, prompt_suffix=": "
        )
    except click.Abort:
        return False
    return said.strip().lower() != "q"


def batch_json(rows: list[BatchRow], *, whole: bool) -> dict[str, object]:
    """The batch as an object of JSON values (``harness/data/schemas/batch.json``)."""
    return {
        "schema": SCHEMA,
        "kind": "batch",
        "complete": whole,
        "rows": [
            {
                "card": row.card,
                "label": row.label,
                "pan": row.pan,
                "verdict": row.verdict,
                "totals": row.totals,
                "failed": list(row.failed),
                "run": row.run,
            }
            for row in rows
        ],
    }


def table(rows: list[BatchRow]) -> list[str]:
    """One line a card, what failed at its end; a line of sums."""
    wide = max((len(row.card) for row in rows), default=4)
    lines = []
    for row in rows:
        sums = "  ".join(f"{row.totals.get(name, 0):>3} {name.lower()}" for name in _SUMS)
        failed = f"  {', '.join(row.failed)}" if row.failed else ""
        lines.append(f"{row.verdict:<8}{row.card:<{wide}}  {row.pan:<19}  {sums}{failed}")
    bad = sum(row.verdict in ("FAIL", "ERROR", "TIMEOUT") for row in rows)
    lines.append(_("{n} cards, {bad} with findings").format(n=len(rows), bad=bad))
    return lines


_SUMS = ("PASS", "WARN", "FAIL", "SKIP")
