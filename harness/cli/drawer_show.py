"""``emv-harness drawer show``."""

from __future__ import annotations

import click

from harness.cli.drawer_file import card_lines, one_card_json, opened, option, path_of
from harness.cli.group import Command
from harness.cli.output import print_json, print_lines
from harness.cli.settings import common_options, current


@click.command("show", cls=Command, example='emv-harness drawer show "blue visa"')
@click.argument("label", metavar="LABEL")
@option
@common_options
def command(label: str, drawer: str | None) -> None:
    """Show one card of the drawer, as it was when last seen."""
    from harness.campaign.drawer import no_such_card
    from harness.campaign.drawer_state import remarks

    found = opened(drawer)
    card = found.labelled(label)
    if card is None:
        raise no_such_card(found, label)
    said = remarks(card, current().clock.today())
    if current().json:
        print_json(one_card_json(path_of(drawer), card, said))
    else:
        print_lines(card_lines(card, said))
