"""``emv-harness reader``: reader health alone."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "reader",
    cls=LazyGroup,
    example="emv-harness reader check",
    commands_by_name={
        "check": ("harness.cli.reader_check:command", N_("Is this reader healthy?")),
        "compare": ("harness.cli.reader_compare:command", N_("Two readers, or one over time.")),
    },
)
@group_options
def group() -> None:
    """Whether a reader is healthy."""
