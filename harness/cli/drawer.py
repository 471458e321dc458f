"""``emv-harness drawer``: the physical test cards of a bench."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "drawer",
    cls=LazyGroup,
    example='emv-harness drawer add "blue visa" --card visa-credit',
    commands_by_name={
        "list": ("harness.cli.drawer_list:command", N_("What is there, worn, expired, missing.")),
        "add": ("harness.cli.drawer_add:command", N_("Put the card in the reader into it.")),
        "show": ("harness.cli.drawer_show:command", N_("One card.")),
        "seen": ("harness.cli.drawer_seen:command", N_("Which card is in the reader; note it.")),
        "mark": ("harness.cli.drawer_mark:command", N_("Say that a card is good, worn or lost.")),
        "validate": ("harness.cli.drawer_validate:command", N_("All mistakes of a drawer's file.")),
    },
)
@group_options
def group() -> None:
    """The physical test cards of this bench: labels, what each is for, and its state.

    A card is recognised by a salted hash. The file is yours to edit: docs/formats/drawer.md.
    """
