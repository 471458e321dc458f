"""``emv-harness history show``."""

from __future__ import annotations

import sys

import click

from harness.cli.group import Command
from harness.cli.history_file import open_to_read, reading
from harness.cli.output import note
from harness.cli.settings import common_options, current
from harness.core.i18n import _
from harness.core.masking import Masker


@click.command("show", cls=Command, example="emv-harness history show last")
@click.argument("run", metavar="RUN")
@reading
@common_options
def command(run: str, history: str | None) -> None:
    """Show one run as it was reported; RUN is its id, the beginning of it, or last.

    Its exchanges are not kept: they are in the report of that run.
    """
    from harness.campaign.history.read import load_run

    record, exchanges = load_run(open_to_read(history), run)
    if current().json:
        from harness.report.json_report import dumps, run_json

        sys.stdout.write(dumps(run_json(record, Masker())))
    else:
        from harness.report.console import print_run

        print_run(record, sys.stdout, masker=Masker(), verbose=current().verbose)
    if exchanges:
        text = _("{n} exchanges are not kept in the history: they are in the report of that run")
        note(text.format(n=exchanges))
