"""``emv-harness card``: virtual cards, and card validity alone."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "card",
    cls=LazyGroup,
    example="emv-harness card list",
    commands_by_name={
        "list": ("harness.cli.card_list:command", N_("Virtual cards that are shipped.")),
        "faults": ("harness.cli.card_faults:command", N_("Faults that --fault can switch on.")),
        "types": ("harness.cli.card_types:command", N_("Card types that a plan may name.")),
        "show": ("harness.cli.card_show:command", N_("What is on a virtual card.")),
        "new": ("harness.cli.card_new:command", N_("Write the image of a new virtual card.")),
        "from-transcript": (
            "harness.cli.card_transcript:command",
            N_("An image of a card that was recorded."),
        ),
        "validate": ("harness.cli.card_validate:command", N_("All mistakes of an image file.")),
        "serve": ("harness.cli.card_serve:command", N_("Plug a virtual card into pcscd.")),
        "purse": ("harness.cli.card_purse:command", N_("A purse before and after a payment.")),
        "control": (
            "harness.cli.card_control:command",
            N_("Insert, remove or change a served card."),
        ),
        "check": ("harness.cli.card_check:command", N_("Card validity alone.")),
        "log": ("harness.cli.card_log:command", N_("The card's own log of transactions.")),
    },
)
@group_options
def group() -> None:
    """Virtual cards, and whether a card is valid."""
