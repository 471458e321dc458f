"""``emv-harness drawer mark``."""

from __future__ import annotations

import click

from harness.cli.drawer_file import option, path_of, show_card
from harness.cli.group import Command
from harness.cli.settings import common_options
from harness.core.i18n import N_


@click.command("mark", cls=Command, example='emv-harness drawer mark "blue visa" worn')
@click.argument("label", metavar="LABEL")
@click.argument("state", metavar="STATE", type=click.Choice(["good", "worn", "lost"]))
@click.option("--note", "remark", metavar="TEXT", help=N_("Anything to remember."))
@option
@common_options
def command(label: str, state: str, remark: str | None, drawer: str | None) -> None:
    """Say that the card LABEL is good, worn or lost. A worn or lost card serves no plan."""
    from harness.campaign.drawer import card_called, change_card, existing

    path = path_of(drawer)
    existing(path)
    change_card(path, label, {"state": state, **({} if remark is None else {"note": remark})})
    show_card(path, card_called(existing(path), label))
