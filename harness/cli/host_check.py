"""``emv-harness host check``."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, paint, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.cli.tls_options import tls_files, tls_options
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("check", cls=Command, example="emv-harness host check 127.0.0.1:8583")
@click.argument("host", metavar="HOST[:PORT]")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600.0),
    default=5.0,
    show_default=True,
    help=N_("Seconds for each step."),
)
@tls_options
@common_options
def command(*, host: str, timeout: float, **tls: Any) -> int:  # noqa: ANN401
    """Can this place reach that host: name, TCP, TLS, ISO 8583 echo with MAC, status query?

    Books nothing. Exit code 1 when a step fails; the steps after it are then not tried.
    """
    from harness.cli.host_steps import run_steps
    from harness.issuer.client import TcpHost, parse_address

    address, files = parse_address(host, where="HOST"), tls_files(**tls)
    client = TcpHost(address, timeout_s=timeout, tls=files)
    try:
        rows = run_steps(client, current().clock, tls=files is not None)
    finally:
        client.close()
    if current().json:
        steps = [
            {"step": row.step, "verdict": row.verdict, "text": row.text}
            | ({"todo": row.todo} if row.todo else {})
            for row in rows
        ]
        print_json({"schema": SCHEMA, "kind": "host-check", "host": host, "steps": steps})
    else:
        colours = {"PASS": "green", "WARN": "yellow", "FAIL": "red", "SKIP": "dim"}
        shown = [[paint(row.verdict, colours[row.verdict]), row.step, row.text] for row in rows]
        print_lines(table(shown, [_("verdict"), _("step"), _("seen")]))
        print_lines([f"{_('what to do')}: {row.todo}" for row in rows if row.todo])
    return ExitCode.FAILED if any(row.verdict == "FAIL" for row in rows) else ExitCode.OK
