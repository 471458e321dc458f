"""``emv-harness profile validate``."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.settings import common_options
from harness.cli.validation import report_validity
from harness.core.i18n import N_


@click.command("validate", cls=Command, example="emv-harness profile validate acs-acr39u")
@click.argument("names", nargs=-1, required=True, metavar="PROFILE...")
@common_options
def command(names: tuple[str, ...]) -> int:
    """Read reader profiles (ids or files) and list every mistake with its key path."""
    from harness.profiles.reader_profile import load_profile

    return report_validity(names, lambda name: load_profile(name).id, N_("reader profile"))
