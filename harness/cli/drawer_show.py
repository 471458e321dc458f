"""``emv-harness drawer show``."""

from __future__ import annotations

import click

from harness.cli.drawer_file import opened, option, path_of, show_card
from harness.cli.group import Command
from harness.cli.settings import common_options


@click.command("show", cls=Command, example='emv-harness drawer show "blue visa"')
@click.argument("label", metavar="LABEL")
@option
@common_options
def command(label: str, drawer: str | None) -> None:
    """Show one card of the drawer, as it was when last seen."""
    from harness.campaign.drawer import card_called

    show_card(path_of(drawer), card_called(opened(drawer), label))
