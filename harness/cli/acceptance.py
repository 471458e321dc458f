"""What ``run``, ``reader check``, ``card check`` and ``coverage`` have in common."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.cli import options as shared
from harness.cli.output import note
from harness.cli.settings import Settings, common_options, current, unmask
from harness.core.i18n import N_, _
from harness.core.masking import Masker
from harness.core.verdict import ExitCode, exit_code

if TYPE_CHECKING:
    from harness.records.run import RunRecord

Function = TypeVar("Function", bound=Callable[..., Any])

_plan = click.option(
    "--plan",
    metavar="NAME",
    default="default",
    show_default=True,
    help=N_("Card types that are required: a name, or a file."),
)
_operator = click.option("--operator", metavar="TEXT", default="", help=N_("Who ran it."))


def acceptance_options(function: Function) -> Function:
    """Every option of an acceptance run but ``--suite``."""
    return shared.reader_options(
        shared.safety_options(
            shared.config(
                _plan(shared.out(shared.strict(_operator(unmask(common_options(function))))))
            )
        )
    )
