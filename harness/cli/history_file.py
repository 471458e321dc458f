"""Which file is the history: ``--history``, ``EMV_HISTORY``, or the one of this user."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import optional_file
from harness.cli.output import note
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.paths import state_home

if TYPE_CHECKING:
    from harness.campaign.history.store import History

VARIABLE = "EMV_HISTORY"

recording = click.option(
    "--history",
    metavar="FILE",
    envvar=VARIABLE,
    help=N_(
        "Keep this run in FILE (masked), and count what earlier runs there showed: a file, "
        "`default`, or `off`. Else EMV_HISTORY says; without either nothing is kept."
    ),
)
reading = click.option(
    "--history",
    metavar="FILE",
    envvar=VARIABLE,
    help=N_("The file with the runs. Else EMV_HISTORY says, or it is the default one."),
)


def parse_since(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """The day of ``--since``. Raises ConfigError."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ConfigError(
            _("not a date: {text!r}").format(text=value),
            where="--since",
            todo=_("write it as YYYY-MM-DD"),
        ) from error


since = click.option(
    "--since",
    metavar="DATE",
    callback=parse_since,
    help=N_("Only runs from this day on (YYYY-MM-DD)."),
)
by_reader = click.option("--reader", metavar="NAME", default="", help=N_("Part of its name."))


def recording_path(value: str | None) -> Path | None:
    """Where runs are kept; None when they are not."""
    return optional_file(value, default_path)


def default_path() -> Path:
    """The history of this user."""
    return state_home() / "history.db"


def open_to_read(value: str | None) -> History:
    """The history that is asked. Raises ConfigError: there is none, or it is no history."""
    from harness.campaign.history.store import open_history

    return told(open_history(recording_path(value) or default_path()))


def told(history: History) -> History:
    """Say when opening it has changed its layout; the history."""
    if history.upgraded_from is not None:
        text = _("history: {path} was brought up from schema {number}; older harnesses refuse it")
        note(text.format(path=history.path, number=history.upgraded_from))
    return history
