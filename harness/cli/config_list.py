"""``emv-harness config list``."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import _


@click.command("list", cls=Command, example="emv-harness config list")
@common_options
def command() -> None:
    """List the terminal configurations, for --config."""
    from harness.profiles.terminal_config import load_terminal, terminal_ids

    configs = [load_terminal(name) for name in terminal_ids()]
    if current().json:
        print_json(
            [
                {
                    "schema": SCHEMA,
                    "id": config.id,
                    "name": config.name,
                    "note": config.note,
                    "terminal_type": f"{config.terminal_type:02d}",
                    "country": f"{config.country:03d}",
                    "currency": f"{config.currency:03d}",
                    "capabilities": config.capabilities.hex().upper(),
                    "additional_capabilities": config.additional_capabilities.hex().upper(),
                    "aids": [known.aid.hex().upper() for known in config.aids],
                }
                for config in configs
            ]
        )
        return
    rows = [
        [
            config.id,
            f"{config.terminal_type:02d}",
            f"{config.country:03d}",
            f"{config.currency:03d}",
            config.capabilities.hex(" ").upper(),
            _(config.name),
        ]
        for config in configs
    ]
    headings = [_("id"), _("type"), _("country"), _("currency"), "9F33", _("name")]
    print_lines(table(rows, headings))
