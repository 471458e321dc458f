"""``emv-harness card check``: card validity alone."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.acceptance import acceptance_options, run_suites
from harness.cli.group import Command


@click.command("check", cls=Command, example="emv-harness card check --card visa-credit")
@acceptance_options
def command(**options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """Does this card follow the EMV books?

    Personalisation, consistency, dates, certificates, and with --allow-state-change a cryptogram.
    Reading a PC/SC card leaves it as it is, but for the transaction number that GET PROCESSING
    OPTIONS may use up.
    """
    return run_suites(("card",), **options)
