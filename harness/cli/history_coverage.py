"""``emv-harness history coverage``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options as shared
from harness.cli.group import Command
from harness.cli.history_file import by_reader, open_to_read, reading, since
from harness.cli.options import card_types_option, take_card_types
from harness.cli.output import SCHEMA, print_json, print_lines
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, ngettext, speaking
from harness.core.masking import Masker
from harness.core.verdict import exit_code
from harness.records.run import Provenance, RunRecord

if TYPE_CHECKING:
    from harness.campaign.earlier import Sighting
    from harness.campaign.history.bench import BenchCoverage


@click.command("coverage", cls=Command, example="emv-harness history coverage --plan retail-eu")
@reading
@click.option(
    "--plan",
    metavar="NAME",
    default="default",
    show_default=True,
    help=N_("Card types that are required: a name, or a file."),
)
@shared.config
@by_reader
@since
@shared.strict
@card_types_option
@common_options
def command(
    *,
    history: str | None,
    plan: str,
    config_name: str,
    reader: str,
    since: date | None,
    strict: bool,
    type_files: tuple[Path, ...],
) -> int:
    """Which card types did this bench complete a transaction with, over all its runs?

    Nothing is run. Only runs under the terminal configuration of --config count, and none with
    faults switched on. Exit code as of coverage: 1 when a required type was refused or never
    tried.
    """
    from harness.campaign.history.bench import bench_coverage
    from harness.campaign.history.read import Wanted

    take_card_types(type_files)
    opened = open_to_read(history)
    # As a record of a run: English, said in the language in force when it is shown.
    with speaking("en"):
        found = bench_coverage(opened, plan, config_name, Wanted(reader=reader, since=since))
    record = RunRecord(_nobody(), found.results, found.coverage)
    if current().json:
        print_json({**_json(record, found), "plan": plan, "config": config_name})
    else:
        runs = {seen.run for seen in found.sightings}
        text = ngettext(
            "plan {plan}, configuration {config}, {n} run with evidence in {path}",
            "plan {plan}, configuration {config}, {n} runs with evidence in {path}",
            len(runs),
        )
        head = text.format(plan=plan, config=config_name, n=len(runs), path=opened.path)
        print_lines([head, *_lines(record)])
    return exit_code(record.verdicts, strict=strict)


def _nobody() -> Provenance:
    return Provenance("", "", "", "", "", "", "", "")


def _lines(record: RunRecord) -> list[str]:
    from harness.report.console_cards import coverage_lines
    from harness.report.localised import localised

    return [text for text, _style in coverage_lines(localised(record), current().verbose)]


def _json(record: RunRecord, found: BenchCoverage) -> dict[str, object]:
    from harness.report.json_report import run_json

    whole = run_json(record, Masker())
    return {
        "schema": SCHEMA,
        "kind": "history-coverage",
        **{key: whole[key] for key in ("coverage", "results", "totals")},
        "sightings": [_sighting(seen) for seen in found.sightings],
    }


def _sighting(seen: Sighting) -> dict[str, object]:
    return {
        "run": seen.run,
        "day": seen.day,
        "type": seen.row.type,
        "interface": seen.row.interface,
        "reader": seen.row.reader,
        "state": seen.row.attempt,
        "transactions": dict(seen.row.transactions),
        "basis": seen.row.basis,
        "cards": list(seen.cards),
        "own_test_keys": seen.own_keys,
        "note": seen.row.note,
    }
