"""``emv-harness host matrix``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.options import config
from harness.cli.output import SCHEMA, paint, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode

if TYPE_CHECKING:
    from harness.campaign.matrix import Cell, Seen

SHORT = {
    "approved-offline": N_("TC offline"),
    "approved-online": N_("TC online"),
    "declined-offline": N_("AAC offline"),
    "declined-online": N_("AAC online"),
    "terminated": N_("terminated"),
    "not-completed": N_("not completed"),
    "stopped": N_("stopped"),
}


@click.command("matrix", cls=Command, example="emv-harness host matrix")
@click.option(
    "--card", "images", metavar="IMAGE", multiple=True, help=N_("Default: every virtual card.")
)
@config
@common_options
def command(*, images: tuple[str, ...], config_name: str) -> int:
    """Every virtual card against every behaviour of the simulated issuer.

    Each cell is one whole transaction in process; what comes out is compared with what the EMV
    books give for the card's data. Exit code 1 where one differs.
    """
    from harness.campaign.matrix import COLUMNS, run_matrix
    from harness.profiles.image import list_images, load_image
    from harness.profiles.terminal_config import load_terminal

    chosen = [load_image(name) for name in images] or list_images()
    cards = [image for image in chosen if image.is_emv]
    cells = run_matrix(cards, load_terminal(config_name), current().clock)
    wrong = [cell for cell in cells if not cell.ok]
    if current().json:
        print_json(_json(cells))
    else:
        headings = [_("card"), *(column.id for column in COLUMNS)]
        print_lines(table(_rows(cells), headings))
        print_lines(_differences(wrong))
        print_lines(
            [
                "",
                _("{count} cells, {cards} cards: {good} as the books have it, {bad} not").format(
                    count=len(cells),
                    cards=len(cards),
                    good=len(cells) - len(wrong),
                    bad=len(wrong),
                ),
            ]
        )
    return ExitCode.FAILED if wrong else ExitCode.OK


def _rows(cells: list[Cell]) -> list[list[str]]:
    rows: dict[str, list[str]] = {}
    for cell in cells:
        text = _(SHORT[cell.seen.outcome.value])
        if cell.seen.reversal:
            text += " " + _("(reversed)")
        rows.setdefault(cell.image, [cell.image]).append(
            text if cell.ok else paint(f"{text} !", "red", "bold")
        )
    return list(rows.values())


def _differences(wrong: list[Cell]) -> list[str]:
    lines = []
    for cell in wrong:
        lines += [
            "",
            f"{cell.image}, {cell.column}: {cell.text}",
            "  " + _("seen {what}").format(what=_facts(cell.seen)),
            "  " + _("due  {what}").format(what=_facts(cell.expected)),
        ]
    return lines


def _facts(seen: Seen) -> str:
    tvr = "-" if seen.tvr is None else f"{seen.tvr:010X}"
    return f"{seen.outcome.value}, TVR {tvr}, reversal {seen.reversal}, script {seen.script or '-'}"


def _json(cells: list[Cell]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "kind": "host-matrix",
        "cells": [
            {
                "card": cell.image,
                "issuer": cell.column,
                "outcome": cell.seen.outcome.value,
                "expected": cell.expected.outcome.value,
                "reversal": cell.seen.reversal,
                "script": cell.seen.script,
                "ok": cell.ok,
            }
            for cell in cells
        ],
    }
