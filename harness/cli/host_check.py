"""``emv-harness host check``."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, paint, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode

if TYPE_CHECKING:
    from harness.issuer.client import TcpHost


@click.command("check", cls=Command, example="emv-harness host check 127.0.0.1:8583")
@click.argument("host", metavar="HOST[:PORT]")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600.0),
    default=5.0,
    show_default=True,
    help=N_("Seconds for each step."),
)
@common_options
def command(*, host: str, timeout: float) -> int:
    """Can this place reach that host: name, TCP, ISO 8583 echo with MAC, status query?

    Books nothing. Exit code 1 when a step fails; the steps after it are then not tried.
    """
    from harness.issuer.client import TcpHost, parse_address

    address = parse_address(host)
    client = TcpHost(address, timeout_s=timeout)
    steps: list[tuple[str, Callable[[], str]]] = [
        (_("name"), lambda: _name(address)),
        (_("TCP connection"), lambda: _tcp(address, timeout)),
        (_("ISO 8583 echo (0800), message authentication"), lambda: _echo(client)),
        (_("status query (0600)"), lambda: _status(client)),
    ]
    rows: list[tuple[str, str, str]] = []
    for title, step in steps:
        try:
            rows.append((title, "PASS", step()))
        except OSError as error:
            rows.append((title, "FAIL", str(error)))
            break
    rows += [(title, "SKIP", "") for title, _step in steps[len(rows) :]]
    client.close()
    _show(host, rows)
    return ExitCode.OK if all(row[1] == "PASS" for row in rows) else ExitCode.FAILED


def _show(host: str, rows: list[tuple[str, str, str]]) -> None:
    if current().json:
        keys = ("step", "verdict", "text")
        steps = [dict(zip(keys, row, strict=True)) for row in rows]
        print_json({"schema": SCHEMA, "kind": "host-check", "host": host, "steps": steps})
        return
    colours = {"PASS": "green", "FAIL": "red", "SKIP": "dim"}
    shown = [[paint(verdict, colours[verdict]), title, text] for title, verdict, text in rows]
    print_lines(table(shown, [_("verdict"), _("step"), _("seen")]))


def _name(address: tuple[str, int]) -> str:
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    return ", ".join(dict.fromkeys(str(one[4][0]) for one in found))


def _tcp(address: tuple[str, int], timeout: float) -> str:
    started = time.perf_counter()
    socket.create_connection(address, timeout).close()
    return f"{(time.perf_counter() - started) * 1000:.1f} ms"


def _echo(client: TcpHost) -> str:
    took = client.echo()
    if took is None:
        raise OSError(_("no valid answer (MAC key, message format?)"))
    return f"{took:.1f} ms"


def _status(client: TcpHost) -> str:
    fate = client.status("0" * 12)
    if fate is None:
        raise OSError(_("no valid answer"))
    return _("an unknown transaction is {fate}").format(fate=fate.value)
