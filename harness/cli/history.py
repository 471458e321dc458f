"""``emv-harness history``: what a bench did, run after run."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


class _ListByDefault(LazyGroup):
    """``history --reader ACR39`` is ``history list --reader ACR39``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` in front where no command was named and no help was asked for."""
        named = any(word in self.commands_by_name for word in args)
        asks_help = bool(args) and args[0] in ctx.help_option_names
        if not named and not asks_help and (not args or args[0].startswith("-")):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(
    "history",
    cls=_ListByDefault,
    example="emv-harness history list",
    commands_by_name={
        "list": ("harness.cli.history_list:command", N_("The runs, the newest first.")),
        "show": ("harness.cli.history_show:command", N_("One run, as it was reported.")),
        "coverage": (
            "harness.cli.history_coverage:command",
            N_("Card types over all runs: required, tried, completed."),
        ),
        "trend": ("harness.cli.history_trend:command", N_("A measurement, run after run.")),
    },
)
@group_options
def group() -> None:
    """What was kept of earlier runs: --history FILE or EMV_HISTORY switches it on.

    Without a command it lists the runs.
    """
