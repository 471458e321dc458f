"""``emv-harness host serve``."""

from __future__ import annotations

import sys

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("serve", cls=Command, example="emv-harness host serve --port 8583")
@click.option("--port", type=click.IntRange(0, 65535), default=8583, show_default=True)
@click.option("--bind", default="127.0.0.1", show_default=True, help=N_("Address to listen on."))
@click.option(
    "--policy",
    default="approve",
    show_default=True,
    metavar="RULE",
    help=N_("approve, decline:51, refer, no-answer, unreachable, malformed, wrong-arpc."),
)
@click.option("--script", default="", metavar="SCRIPT", help=N_("Issuer script: counter:71, ..."))
@click.option("--limit", type=click.IntRange(0), help=N_("Minor units that an account may spend."))
@click.option("--tls-cert", metavar="FILE", help=N_("Speak TLS with this certificate (PEM)."))
@click.option("--tls-key", metavar="FILE", help=N_("Its private key. Default: in --tls-cert."))
@click.option(
    "--tls-client-ca",
    metavar="FILE",
    help=N_("Only terminals with a certificate under these CAs (PEM)."),
)
@common_options
def command(
    *,
    port: int,
    bind: str,
    policy: str,
    script: str,
    limit: int | None,
    tls_cert: str | None,
    tls_key: str | None,
    tls_client_ca: str | None,
) -> int:
    """Serve the simulated issuer as an ISO 8583 host until Ctrl-C.

    It knows the keys of every shipped card image, keeps accounts while it runs, and answers
    authorisations, reversals, advices, totals, status queries and echo tests.
    """
    from harness.issuer.decision import rule
    from harness.issuer.host import IssuerHost
    from harness.issuer.ledger import Ledger
    from harness.issuer.server import HostServer

    settings = current()
    rule(policy, where="--policy")
    host = IssuerHost(policy, script=script, ledger=Ledger(limit))
    tls = None
    if tls_cert or tls_key or tls_client_ca:
        from harness.issuer.tls import TlsFiles, server_context

        tls = server_context(TlsFiles(tls_client_ca, tls_cert, tls_key))
    try:
        server = HostServer(host, (bind, port), on_line=note, tls=tls)
    except OSError as error:
        raise ConfigError(
            _("cannot listen: {why}").format(why=error),
            where=f"{bind}:{port}",
            todo=_("give another --port"),
        ) from error
    try:
        _say(server.address, as_json=settings.json, tls=tls is not None)
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return ExitCode.OK


def _say(address: tuple[str, int], *, as_json: bool, tls: bool) -> None:
    name, port = address
    if as_json:
        shown = {"address": name, "port": port, "tls": tls}
        print_json({"schema": SCHEMA, "kind": "host-served", **shown})
        sys.stdout.flush()
    else:
        text = (
            _("ISO 8583 over TLS on {address}:{port}; Ctrl-C ends it")
            if tls
            else _("ISO 8583 on {address}:{port}; Ctrl-C ends it")
        )
        note(text.format(address=name, port=port))
