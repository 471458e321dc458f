"""``emv-harness coverage``: card types, required against completed."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.acceptance import acceptance_options, evidence_option, run_suites
from harness.cli.group import Command


@click.command("coverage", cls=Command, example="emv-harness coverage")
@evidence_option
@acceptance_options
def command(**options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """Which card types does this set-up complete a transaction with?

    Decided by the harness's own kernel under the terminal configuration of --config; it never
    claims to have tried that terminal's software. Needs --allow-state-change over PC/SC.
    """
    return run_suites(("coverage",), **options)
