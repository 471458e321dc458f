"""``emv-harness config validate``."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.settings import common_options
from harness.cli.validation import report_validity
from harness.core.i18n import N_


@click.command("validate", cls=Command, example="emv-harness config validate attended-eu")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@common_options
def command(names: tuple[str, ...]) -> int:
    """Read terminal configurations (ids or files) and list every mistake with its key path."""
    from harness.profiles.terminal_config import load_terminal

    return report_validity(names, lambda name: load_terminal(name).id, N_("configuration"))
