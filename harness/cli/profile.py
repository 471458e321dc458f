"""``emv-harness profile``: profiles of reader models."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "profile",
    cls=LazyGroup,
    example="emv-harness profile list",
    commands_by_name={
        "list": ("harness.cli.profile_list:command", N_("Models, and what follows from them.")),
        "import": ("harness.cli.profile_import:command", N_("A profile from a descriptor dump.")),
        "new": ("harness.cli.profile_new:command", N_("A profile of the reader plugged in here.")),
        "validate": ("harness.cli.profile_validate:command", N_("All mistakes of a file.")),
    },
)
@group_options
def group() -> None:
    """What reader models are, and the limits that they are held to."""
