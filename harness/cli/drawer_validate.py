"""``emv-harness drawer validate``."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.settings import common_options
from harness.cli.validation import report_validity
from harness.core.i18n import N_


@click.command("validate", cls=Command, example="emv-harness drawer validate cards.toml")
@click.argument("names", nargs=-1, required=True, metavar="FILE...")
@common_options
def command(names: tuple[str, ...]) -> int:
    """Read files of drawers and list every mistake with its key path."""
    return report_validity(names, _load, N_("drawer"))


def _load(name: str) -> str:
    from harness.profiles.drawer import load_drawer

    load_drawer(Path(name))
    return Path(name).stem
