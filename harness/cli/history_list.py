"""``emv-harness history list``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.history_file import by_reader, open_to_read, reading, since
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict

if TYPE_CHECKING:
    from harness.campaign.history.read import RunHead

_WIDE = 24


@click.command("list", cls=Command, example="emv-harness history list --since 2026-11-01")
@reading
@by_reader
@click.option("--card", metavar="NAME", default="", help=N_("Part of its label, image or hash."))
@since
@click.option(
    "--verdict",
    type=click.Choice([verdict.value for verdict in Verdict], case_sensitive=False),
    help=N_("Only runs whose worst verdict is this one."),
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help=N_("At most so many, the newest. 0: all."),
)
@common_options
def command(
    *,
    history: str | None,
    reader: str,
    card: str,
    since: date | None,
    verdict: str | None,
    limit: int,
) -> None:
    """List the runs that were kept, the newest first."""
    from harness.campaign.history.read import Wanted, runs

    opened = open_to_read(history)
    wanted = Wanted(reader, card, since, (verdict or "").upper(), limit)
    found = runs(opened, wanted)
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "history",
                "file": str(opened.path),
                "runs": [asdict(run) for run in found],
            }
        )
        return
    rows = [_row(run) for run in found]
    headings = [_("run"), _("verdict"), _("reader"), _("card"), _("results")]
    print_lines(table(rows, headings) if rows else [_("no run fits")])


def _row(run: RunHead) -> list[str]:
    counts = [f"{n} {_(word.lower())}" for word, n in run.totals.items() if n]
    cards = run.cards
    card = cards[0] if len(cards) == 1 else _("{n} cards").format(n=len(cards)) if cards else "-"
    said = " ".join(counts)
    if run.faults:
        said += _(", faults: {names}").format(names=run.faults)
    if run.interrupted:
        said += _(", interrupted")
    return [run.id, run.verdict, _short(", ".join(run.readers)), _short(card), said]


def _short(text: str) -> str:
    return text if len(text) <= _WIDE else text[: _WIDE - 1] + "…"
