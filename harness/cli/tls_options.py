"""Options for TLS to a host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from harness.core.i18n import N_
from harness.issuer.tls import VERSIONS, TlsFiles

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--tls", is_flag=True, help=N_("Speak TLS; implied by the other TLS options.")),
    click.option(
        "--tls-ca", metavar="FILE", help=N_("CA certificates (PEM) to trust, not the system's.")
    ),
    click.option("--tls-cert", metavar="FILE", help=N_("Certificate of this side (PEM).")),
    click.option("--tls-key", metavar="FILE", help=N_("Its private key. Default: in --tls-cert.")),
    click.option(
        "--tls-name", metavar="NAME", help=N_("Name in the host's certificate. Default: HOST.")
    ),
    click.option(
        "--tls-min", type=click.Choice(VERSIONS), help=N_("Lowest TLS version. Default: 1.2.")
    ),
)


def tls_options(function: Function) -> Function:
    """``--tls`` and what goes with it."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def tls_files(
    *,
    tls: bool,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    tls_name: str | None,
    tls_min: str | None,
) -> TlsFiles | None:
    """What the options say; None where TLS was not asked for."""
    if not (tls or tls_ca or tls_cert or tls_key or tls_name or tls_min):
        return None
    return TlsFiles(tls_ca, tls_cert, tls_key, tls_name, tls_min or VERSIONS[0])
