"""A host that is reached over TCP: the terminal's end of ISO 8583.

What left and was not answered is unknown, never unreachable: the terminal then reverses it, and a
reversal is sent again until it is acknowledged (store and forward).
"""

from __future__ import annotations

import socket
import time
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from harness.core.clock import Clock, SystemClock
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.issuer import iso_messages as iso
from harness.issuer.iso_wire import Message, frame, pack, receive, unpack
from harness.issuer.ledger import Fate, Totals
from harness.issuer.messages import (
    AuthorisationRequest,
    AuthorisationResponse,
    HostState,
    Notice,
)

if TYPE_CHECKING:
    import ssl

    from harness.issuer.tls import TlsFiles

TIMEOUT_S = 10.0
TRIES = 3
MAX_STRAYS = 16
"""Late and repeated answers that are passed over while one is waited for."""


class TcpHost:
    """Implements ``messages.Host`` and ``messages.NoticeTaker`` over one connection, which is
    opened when it is needed and again after every fault, with TLS where ``tls`` is given. Not for
    several threads. Raises ConfigError for a TLS file that cannot be used.

    ``pending`` holds the notices that no host has acknowledged yet, oldest first; ``fault`` is why
    the last echo, query, notice or reconciliation got no answer.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        timeout_s: float = TIMEOUT_S,
        terminal: str = "HARNESS1",
        clock: Clock | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        self.address = address
        self.name = f"{address[0]}:{address[1]}"
        self.pending: deque[Notice] = deque()
        self.timeout_s = timeout_s
        self._terminal = terminal
        self._clock = clock or SystemClock()
        self.fault: OSError | CodecError | None = None
        self._connection: socket.socket | None = None
        self._stan = 0
        self._tls: ssl.SSLContext | None = None
        self._tls_name = address[0]
        if tls is not None:
            from harness.issuer.tls import client_context

            self._tls, self._tls_name = client_context(tls), tls.name or address[0]

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """Ask the host. Never raises for what the network does."""
        self.flush()
        message = iso.from_request(request, self._now())
        try:
            raw = frame(pack(message))
        except ConfigError as error:
            return self._nothing(HostState.UNREACHABLE, error.what)
        try:
            self._connect()
        except OSError as error:
            return self._nothing(HostState.UNREACHABLE, self._words(error))
        try:
            given = self._exchange(message, raw)
        except TimeoutError:
            self.close()
            return self._nothing(
                HostState.NO_ANSWER,
                _("no answer in {ms:,.0f} ms").format(ms=self.timeout_s * 1000),
            )
        except CodecError as error:
            self.close()
            return self._nothing(HostState.MALFORMED, error.what)
        except OSError as error:
            self.close()
            state = HostState.UNREACHABLE if self._refused(error) else HostState.NO_ANSWER
            return self._nothing(state, self._words(error))
        answer = iso.to_response(given, self.name)
        line = _("{name} answered {arc}").format(name=self.name, arc=answer.arc)
        return AuthorisationResponse(
            answer.state,
            arc=answer.arc,
            issuer_authentication_data=answer.issuer_authentication_data,
            scripts=answer.scripts,
            log=(line,),
            name=self.name,
        )

    def notify(self, notice: Notice) -> bool:
        """Keep a notice and try to deliver everything that is kept, in order."""
        self.pending.append(notice)
        return self.flush() == 0

    def flush(self, tries: int = TRIES) -> int:
        """Deliver what is kept, at most ``tries`` attempts a notice; returns how many are left."""
        while self.pending:
            if not self._delivered(self.pending[0], tries):
                break
            self.pending.popleft()
        return len(self.pending)

    def _delivered(self, notice: Notice, tries: int) -> bool:
        for _try in range(tries):
            message = iso.from_notice(notice, self._now())
            given = self._ask(message)
            if given is not None:
                return True
        return False

    def echo(self) -> float | None:
        """An echo test: ms that it took, None where nothing valid came back."""
        started = time.perf_counter()
        given = self._ask(iso.network(self._now(), self._terminal, self._next()))
        return (time.perf_counter() - started) * 1000 if given else None

    def status(self, reference: str) -> Fate | None:
        """Status query for a transaction of unknown outcome; None where nobody answers."""
        given = self._ask(iso.status_request(self._now(), self._terminal, self._next(), reference))
        return iso.fate_of(given) if given else None

    def reconcile(self, ours: Totals) -> bool | None:
        """Do the host's batch totals agree with ours? None where nobody answers."""
        given = self._ask(iso.totals_request(self._now(), self._terminal, self._next(), ours))
        return given.get("39") == "00" if given else None

    def close(self) -> None:
        """End the connection; a later call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, message: Message) -> Message | None:
        """One message and its answer, None where there is none. Raises ConfigError where our own
        message cannot be built."""
        raw = frame(pack(message))
        self.fault = None
        try:
            self._connect()
            return self._exchange(message, raw)
        except (OSError, CodecError) as fault:
            self.close()
            self.fault = fault
            return None

    def _exchange(self, message: Message, raw: bytes) -> Message:
        """Raises OSError, TimeoutError, CodecError."""
        connection = self._connect()
        deadline = time.monotonic() + self.timeout_s
        connection.settimeout(self.timeout_s)
        connection.sendall(raw)
        for _stray in range(MAX_STRAYS):
            received = receive(connection, deadline)
            if received is None:
                raise ConnectionResetError(_("the host closed the connection"))
            given = unpack(received)
            if iso.answers(message, given):
                return given
        raise CodecError(_("nothing but answers to other messages"))

    def _connect(self) -> socket.socket:
        """The open connection; one that the host has closed meanwhile is opened again."""
        if self._connection is not None and self._over(self._connection):
            self.close()
        if self._connection is None:
            connection = socket.create_connection(self.address, self.timeout_s)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                from harness.issuer.tls import shake_hands

                connection = shake_hands(connection, self._tls, self._tls_name)
            self._connection = connection
        return self._connection

    def connect(self) -> socket.socket:
        """The open connection, opened now where there is none. Raises OSError."""
        return self._connect()

    def _over(self, connection: socket.socket) -> bool:
        if self._tls is None:
            return _gone(connection)
        import ssl

        from harness.issuer.tls import is_over

        return isinstance(connection, ssl.SSLSocket) and is_over(connection)

    def _words(self, error: OSError) -> str:
        if self._tls is None:
            return str(error)
        import ssl

        from harness.issuer.tls import explain

        return explain(error).text if isinstance(error, ssl.SSLError) else str(error)

    def _refused(self, error: OSError) -> bool:
        """Did the host refuse TLS, so that it never took the request?"""
        if self._tls is None:
            return False
        from harness.issuer.tls import is_refusal

        return is_refusal(error)

    def _nothing(self, state: HostState, why: str) -> AuthorisationResponse:
        line = _("{name}: {why}").format(name=self.name, why=why)
        return AuthorisationResponse(state, log=(line,), name=self.name)

    def _next(self) -> int:
        self._stan += 1
        return self._stan

    def _now(self) -> datetime:
        return self._clock.now()


def _gone(connection: socket.socket) -> bool:
    """Has the other side closed? Bytes that wait (a late answer) are no end."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def parse_address(text: str, default_port: int = 8583, *, where: str = "--host") -> tuple[str, int]:
    """``HOST``, ``HOST:PORT`` or ``[::1]:PORT``. Raises ConfigError, said of ``where``."""
    name, port = text, str(default_port)
    if text.startswith("["):
        name, _bracket, rest = text[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else port
    elif text.count(":") == 1:
        name, _colon, port = text.partition(":")
    if not name or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigError(
            _("not a host and a port: {text!r}").format(text=text),
            where=where,
            todo=_("give for instance {example}").format(example="127.0.0.1:8583"),
        )
    return name, int(port)
