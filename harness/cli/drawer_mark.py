"""``emv-harness drawer mark``."""

from __future__ import annotations

import click

from harness.cli.drawer_file import card_lines, one_card_json, option, path_of
from harness.cli.group import Command
from harness.cli.output import print_json, print_lines
from harness.cli.settings import common_options, current
from harness.core.i18n import N_


@click.command("mark", cls=Command, example='emv-harness drawer mark "blue visa" worn')
@click.argument("label", metavar="LABEL")
@click.argument("state", metavar="STATE", type=click.Choice(["good", "worn", "lost"]))
@click.option("--note", "remark", metavar="TEXT", help=N_("Anything to remember."))
@option
@common_options
def command(label: str, state: str, remark: str | None, drawer: str | None) -> None:
    """Say that the card LABEL is good, worn or lost. A worn or lost card serves no plan."""
    from harness.campaign.drawer import change_card, existing
    from harness.campaign.drawer_state import remarks

    path = path_of(drawer)
    existing(path)
    change_card(path, label, {"state": state, **({} if remark is None else {"note": remark})})
    card = existing(path).labelled(label)
    assert card is not None
    said = remarks(card, current().clock.today())
    if current().json:
        print_json(one_card_json(path, card, said))
    else:
        print_lines(card_lines(card, said))
