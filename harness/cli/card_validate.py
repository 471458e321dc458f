"""``emv-harness card validate``."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.settings import common_options
from harness.cli.validation import report_validity
from harness.core.i18n import N_


@click.command("validate", cls=Command, example="emv-harness card validate visa-credit")
@click.argument("names", nargs=-1, required=True, metavar="IMAGE...")
@common_options
def command(names: tuple[str, ...]) -> int:
    """Read card images (ids or files) and list every mistake with its key path."""
    from harness.profiles.image import load_image

    return report_validity(names, lambda name: load_image(name).id, N_("card image"))
