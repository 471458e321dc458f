"""The steps of ``host check``: each says what was seen and, where it failed, what to do."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from harness.core.clock import Clock
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.issuer.tls import explain
from harness.report.layout import milliseconds

if TYPE_CHECKING:
    from harness.issuer.client import TcpHost

SOON_DAYS = 14
"""A certificate that ends within so many days is a WARN."""
AFTER_HANDSHAKE_S = 0.3
"""With TLS 1.3 a host refuses a client's certificate only after the handshake."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step. ``verdict`` is PASS, WARN, FAIL or SKIP."""

    step: str
    verdict: str
    text: str = ""
    todo: str = ""


class StepFailed(Exception):
    """A step found what it must not."""

    def __init__(self, text: str, todo: str) -> None:
        super().__init__(text)
        self.text, self.todo = text, todo


def run_steps(client: TcpHost, clock: Clock, *, tls: bool) -> list[Row]:
    """All steps until one fails; those after it are SKIP."""
    steps: list[tuple[str, Callable[[], str | Row]]] = [
        (_("name"), lambda: _name(client.address)),
        (_("TCP connection"), lambda: _tcp(client.address, client.timeout_s)),
        (_("ISO 8583 echo (0800), message authentication"), lambda: _echo(client)),
        (_("status query (0600)"), lambda: _status(client)),
    ]
    if tls:
        steps.insert(2, (_("TLS"), lambda: _tls(client, clock.today())))
    rows: list[Row] = []
    for title, step in steps:
        try:
            seen = step()
        except StepFailed as failed:
            rows.append(Row(title, "FAIL", failed.text, failed.todo))
            break
        except OSError as error:
            rows.append(Row(title, "FAIL", str(error), _advice(error)))
            break
        rows.append(seen if isinstance(seen, Row) else Row(title, "PASS", seen))
    return rows + [Row(title, "SKIP") for title, _step in steps[len(rows) :]]


def _advice(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return _("check the spelling, and the name service of this place; or give the address")
    if isinstance(error, ConnectionRefusedError):
        return _("nothing listens there: check the port, and that the host runs")
    if isinstance(error, TimeoutError):
        return _("a firewall may swallow it: ask whether this address and port are open from here")
    return _("ask the network's operator for the way to this address")


def _name(address: tuple[str, int]) -> str:
    found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    return ", ".join(dict.fromkeys(str(one[4][0]) for one in found))


def _tcp(address: tuple[str, int], timeout: float) -> str:
    started = time.perf_counter()
    socket.create_connection(address, timeout).close()
    return milliseconds((time.perf_counter() - started) * 1000)


def _tls(client: TcpHost, today: date) -> Row:
    """The handshake, and the certificate that the host showed."""
    try:
        connection = client.connect()
        if not isinstance(connection, ssl.SSLSocket):  # pragma: no cover - TLS was asked for
            raise ConnectionError(_("no TLS"))
        _wait_for_refusal(connection)
    except OSError as error:
        fault = explain(error)
        raise StepFailed(fault.text, fault.todo) from error
    shown = connection.getpeercert() or {}
    end = _end(shown)
    text = _("{version}, {cipher}; certificate for {names}, until {date}").format(
        version=connection.version(),
        cipher=(connection.cipher() or ("?",))[0],
        names=_names(shown),
        date=end.isoformat() if end else "?",
    )
    days = (end - today).days if end else SOON_DAYS
    if days >= SOON_DAYS:
        return Row(_("TLS"), "PASS", text)
    return Row(
        _("TLS"),
        "WARN",
        text,
        _("the certificate ends in {days} days: have it renewed").format(days=days),
    )


def _wait_for_refusal(connection: ssl.SSLSocket) -> None:
    timeout = connection.gettimeout()
    connection.settimeout(AFTER_HANDSHAKE_S)
    try:
        if connection.recv(1) == b"":
            raise ConnectionResetError(_("closed by the host after the handshake"))
    except TimeoutError:
        return
    finally:
        connection.settimeout(timeout)


def _names(certificate: Mapping[str, object]) -> str:
    names = certificate.get("subjectAltName")
    pairs = names if isinstance(names, tuple) else ()
    found = [str(name[1]) for name in pairs if len(name) == 2]
    return ", ".join(found) or "?"


def _end(certificate: Mapping[str, object]) -> date | None:
    text = certificate.get("notAfter")
    if not isinstance(text, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC).date()


def _echo(client: TcpHost) -> str:
    took = client.echo()
    if took is None:
        raise _nothing_valid(client, _("no valid answer (MAC key, message format?)"))
    return milliseconds(took)


def _status(client: TcpHost) -> str:
    fate = client.status("0" * 12)
    if fate is None:
        raise _nothing_valid(client, _("no valid answer"))
    return _("an unknown transaction is {fate}").format(fate=fate.value)


def _nothing_valid(client: TcpHost, text: str) -> StepFailed:
    fault = client.fault
    if isinstance(fault, ssl.SSLError):
        meant = explain(fault)
        return StepFailed(meant.text, meant.todo)
    seen = f"{text}: {fault}" if fault and str(fault) else text
    return StepFailed(
        seen,
        _("compare message format and MAC key with docs/issuer-host.md; a port with TLS: --tls"),
    )
