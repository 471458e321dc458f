"""``emv-harness run``: the acceptance run."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.acceptance import acceptance_options, evidence_option, run_suites
from harness.cli.group import Command
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _

SUITES = ("reader", "card", "coverage")


@click.command("run", cls=Command, example="emv-harness run")
@click.option(
    "--suite",
    default=",".join(SUITES),
    show_default=True,
    metavar="LIST",
    help=N_("Parts of the run, separated by commas."),
)
@evidence_option
@acceptance_options
def command(suite: str, **options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """The acceptance run: is the reader healthy, is the card valid, which types are completed?

    Writes report.html, report.json and junit.xml. Without options it runs over every virtual
    card in this process. Exit code: 3 if anything could not be judged, 1 if anything failed,
    5 if nothing ran, else 0.
    """
    return run_suites(_suites(suite), always_write=True, **options)


def _suites(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in SUITES]
    if unknown or not names:
        raise ConfigError(
            _("no such suite: {name}").format(name=", ".join(unknown) or repr(text)),
            where="--suite",
            todo=_("choose from: {names}").format(names=", ".join(SUITES)),
        )
    return tuple(name for name in SUITES if name in names)
