"""``emv-harness config``: the terminal configurations that a transaction may run under."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "config",
    cls=LazyGroup,
    example="emv-harness config list",
    commands_by_name={
        "list": ("harness.cli.config_list:command", N_("Configurations that are shipped.")),
        "import": (
            "harness.cli.config_import:command",
            N_("From a table, data objects or JSON of a terminal."),
        ),
        "compare": (
            "harness.cli.config_compare:command",
            N_("What differs, and what that does to a card."),
        ),
        "validate": ("harness.cli.config_validate:command", N_("All mistakes of a file.")),
    },
)
@group_options
def group() -> None:
    """Terminal configurations: what the harness's kernel claims to be."""
