"""``emv-harness reader check``: reader health alone."""

from __future__ import annotations

from typing import Any

import click

from harness.checks.registry import Tier, all_checks
from harness.cli.acceptance import acceptance_options, run_suites
from harness.cli.group import Command
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _


@click.command("check", cls=Command, example="emv-harness reader check")
@click.option(
    "--tier",
    type=click.Choice([tier.value for tier in Tier]),
    default="full",
    show_default=True,
    help=N_("smoke: 5 s; full: 3 minutes; hands: asks for cards to be moved; soak: takes long."),
)
@click.option("--only", multiple=True, metavar="ID", help=N_("Only this check. Repeatable."))
@click.option(
    "--reader-fault",
    "reader_faults",
    multiple=True,
    metavar="NAME[@SEED]",
    help=N_("A fault of the reader between harness and virtual card. Repeatable."),
)
@acceptance_options
def command(**options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """Is this reader healthy?

    Enumeration, ATR, resets, APDU cases and lengths, latency, recovery, held to the profile of
    the reader model. Electrical, RF and block level cannot be observed over PC/SC.
    """
    known = {entry.id for entry in all_checks("reader")}
    wanted = tuple(name.upper() for name in options["only"])
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigError(
            _("no such reader check: {names}").format(names=", ".join(unknown)),
            where="--only",
            todo=_("docs/reader-tests.md lists them"),
        )
    return run_suites(("reader",), **{**options, "only": wanted})
