"""``emv-harness host``: the issuer host, and ways to test one."""

from __future__ import annotations

import click

from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_


@click.group(
    "host",
    cls=LazyGroup,
    example="emv-harness host matrix",
    commands_by_name={
        "serve": ("harness.cli.host_serve:command", N_("Our issuer over TCP (ISO 8583).")),
        "check": ("harness.cli.host_check:command", N_("Can this place reach that host?")),
        "matrix": (
            "harness.cli.host_matrix:command",
            N_("Every card against every behaviour of the issuer."),
        ),
    },
)
@group_options
def group() -> None:
    """The issuer host: serve it, reach another one, try every card against it."""
