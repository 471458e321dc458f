"""``emv-harness card control``: orders to a card that another shell serves."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("control", cls=Command, example="emv-harness card control remove")
@click.argument("order", type=click.Choice(["insert", "remove", "next", "status", "stop"]))
@click.option(
    "--slot", type=click.IntRange(1, 2), default=1, help=N_("vpcd's first or second slot.")
)
@click.option(
    "--port",
    type=click.IntRange(1, 65534),
    help=N_("TCP port of the vpcd driver's first slot. Default: EMV_VPCD_PORT, or 35963."),
)
@common_options
def command(*, order: str, slot: int, port: int | None) -> int:
    """Insert, remove or change the card of a running `card serve`, and wait until it is done.

    The order is done when pcscd has taken the card, or the slot is empty. Exit code 1 when that
    was not so after 15 s.
    """
    from harness.link.serve_desk import give_order
    from harness.link.vpcd_server import default_port

    answer = give_order((port or default_port()) + slot - 1, order)
    done = bool(answer.get("done"))
    state, card = str(answer.get("state", "")), str(answer.get("card", ""))
    if current().json:
        print_json({"schema": SCHEMA, "kind": "control", "order": order, "slot": slot,
                    "done": done, "state": state, "card": card})  # fmt: skip
    else:
        said = _("done") if done else _("not done within 15 s")
        click.echo(f"{order}: {said}   {card}   {state}")
    return ExitCode.OK if done else ExitCode.FAILED
