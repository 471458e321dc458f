"""``emv-harness reader check``: reader health alone."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.acceptance import acceptance_options, run_suites
from harness.cli.group import Command


@click.command("check", cls=Command, example="emv-harness reader check")
@acceptance_options
def command(**options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """Is this reader healthy?

    Enumeration, ATR, resets, APDU cases and lengths, latency, recovery, held to the profile of
    the reader model. Electrical, RF and block level cannot be observed over PC/SC.
    """
    return run_suites(("reader",), **options)
