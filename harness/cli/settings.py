"""The options that every command has, and the values that they leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, TypeVar

import click

from harness.core.clock import SystemClock, parse_date
from harness.core.i18n import LANGUAGES, N_
from harness.core.plain import dataclass

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings:
    """What the common options say. ``verbose`` counts ``-v``."""

    json: bool = False
    verbose: int = 0
    unmask: bool = False
    debug: bool = False
    clock: SystemClock = field(default_factory=SystemClock)


def current() -> Settings:
    """Settings of the command that runs."""
    return click.get_current_context().ensure_object(Settings)


def _keep(ctx: click.Context, param: click.Parameter, value: object) -> object:
    if value in (None, False, 0):
        return value
    settings = ctx.ensure_object(Settings)
    if param.name == "clock":
        settings.clock = SystemClock(parse_date(str(value)))
    elif param.name in ("json", "verbose", "unmask", "debug"):
        setattr(settings, param.name, value)
    return value


def _option(*names: str, **kwargs: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    return click.option(*names, expose_value=False, callback=_keep, **kwargs)


# --lang and --debug are read before click starts (see main); they are declared for the help.
_lang = _option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=N_("Language of texts for people. Default: by the locale."),
)
_debug = _option("--debug", is_flag=True, help=N_("Show where an unexpected error came from."))
_json = _option("--json", is_flag=True, help=N_("One JSON object (or list) on stdout."))
_verbose = _option("-v", "--verbose", count=True, help=N_("Say more."))
_clock = _option(
    "--clock", metavar="DATE", help=N_("Judge dates as if today were DATE (YYYY-MM-DD).")
)
unmask = _option(
    "--unmask", is_flag=True, help=N_("Show cardholder data in clear. Never PINs and keys.")
)


def group_options(function: Function) -> Function:
    """What a group takes before the name of its command."""
    return _debug(_lang(function))


def common_options(function: Function) -> Function:
    """``--json -v --clock --lang --debug``."""
    return _json(_verbose(_clock(_lang(_debug(function)))))
