"""The issuer host over TCP: ISO 8583 in, ISO 8583 out.

A disturbance (dropped, late, truncated, duplicated) can be ordered for each message, so that a
terminal can be shown what networks do.
"""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING

from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.issuer import iso_messages as iso
from harness.issuer.decision import FORMAT_ERROR
from harness.issuer.host import IssuerHost
from harness.issuer.iso_wire import MAX_MESSAGE, Message, frame, pack, receive, unpack
from harness.issuer.ledger import Ledger, Totals
from harness.issuer.messages import HostState, Notice

if TYPE_CHECKING:
    import ssl

IDLE_S = 300.0
HANDSHAKE_S = 10.0
NO_MATCH = "95"
"""Response code: reconcile error."""


class Disturbance(StrEnum):
    """What becomes of one message and its answer."""

    NONE = "none"
    LOST = "lost"
    DROPPED = "dropped"
    LATE = "late"
    TRUNCATED = "truncated"
    DUPLICATED = "duplicated"
    CORRUPTED = "corrupted"


class HostServer:
    """Serves one ``IssuerHost`` on ``address`` (port 0: any free one); a context manager.

    ``disturb`` is asked for every message by its type. ``late_s`` is how late a late answer is.
    ``on_line`` gets one line for each message, without cardholder data. ``tls``: a server's
    context, see ``tls.server_context``.
    """

    def __init__(
        self,
        host: IssuerHost,
        address: tuple[str, int] = ("127.0.0.1", 0),
        *,
        disturb: Callable[[str], Disturbance] | None = None,
        late_s: float = 0.2,
        on_line: Callable[[str], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.ledger = host.ledger = host.ledger or Ledger()
        self.disturb_with(disturb)
        self._late_s = late_s
        self._tls = tls
        self._on_line = on_line or (lambda _line: None)
        self._stopping = threading.Event()
        self._live: set[socket.socket] = set()
        self._server = _Server(address, self)
        self._thread: threading.Thread | None = None

    def disturb_with(self, disturb: Callable[[str], Disturbance] | None) -> None:
        """From now on ask this one; None: disturb nothing."""
        self._disturb = disturb or (lambda _mti: Disturbance.NONE)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        name, port = self._server.server_address[:2]
        return str(name), int(port)

    def start(self) -> HostServer:
        """Listen in a thread of its own."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def serve(self) -> None:
        """Listen here until ``stop`` or Ctrl-C."""
        self._server.serve_forever(0.2)

    def stop(self) -> None:
        """Close every connection; nothing is left running."""
        self._stopping.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        for connection in tuple(self._live):
            _close(connection)
        self._server.server_close()

    def __enter__(self) -> HostServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def talk(self, connection: socket.socket) -> None:
        """One connection, from the first message to its end. Raises nothing."""
        if self._tls is None:
            self._serve(connection)
            return
        connection.settimeout(HANDSHAKE_S)
        with self._tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ) as secured:
            try:
                secured.do_handshake()
            except OSError as error:
                self._on_line(_("TLS handshake failed: {why}").format(why=_reason(error)))
                _let_the_alert_arrive(secured)
                return
            self._serve(secured)

    def _serve(self, connection: socket.socket) -> None:
        self._live.add(connection)
        connection.settimeout(IDLE_S)
        try:
            while not self._stopping.is_set() and self._one(connection):
                pass
        except (OSError, CodecError) as error:
            self._on_line(_("connection closed: {why}").format(why=str(error).splitlines()[0]))
        finally:
            self._live.discard(connection)

    def _one(self, connection: socket.socket) -> bool:
        """One message; False ends the connection."""
        raw = receive(connection)
        if raw is None:
            return False
        asked = unpack(raw)
        fault = self._disturb(asked["t"])
        if fault is Disturbance.LOST:
            return False
        answer = self._answer(asked)
        self._on_line(f"{asked['t']} {asked.get('37', '')} -> {_shown(answer)}")
        if answer is None or fault is Disturbance.DROPPED:
            return False
        if not answer:
            return True
        return self._send(connection, frame(pack(answer)), fault)

    def _send(self, connection: socket.socket, data: bytes, fault: Disturbance) -> bool:
        if fault is Disturbance.LATE:
            time.sleep(self._late_s)
        if fault is Disturbance.TRUNCATED:
            connection.sendall(data[: len(data) // 2])
            return False
        if fault is Disturbance.CORRUPTED:
            data = data[:-1] + bytes((data[-1] ^ 0xFF,))
        connection.sendall(data * (2 if fault is Disturbance.DUPLICATED else 1))
        return True

    def _answer(self, asked: Message) -> Message | None:
        """None: hang up; empty: say nothing."""
        mti = asked["t"]
        if mti == iso.AUTHORISATION:
            return self._authorise(asked)
        if mti in iso.KIND_OF:
            notice = Notice(iso.KIND_OF[mti], iso.to_request(asked), "")
            return iso.reply(asked, "00") if self.host.notify(notice) else {}
        if mti == iso.RECONCILIATION:
            return self._reconcile(asked)
        if mti == iso.STATUS:
            fate = self.ledger.fate(asked.get("41", ""), asked.get("37", ""))
            return iso.reply(asked, "00") | {"63": fate.value}
        if mti == iso.NETWORK:
            return iso.reply(asked, "00")
        if len(mti) == 4 and mti.isdigit() and mti[2] in "024":
            return iso.reply(asked, FORMAT_ERROR)
        return None

    def _authorise(self, asked: Message) -> Message | None:
        answer = self.host.authorise(iso.to_request(asked))
        if answer.state is HostState.ANSWERED:
            return iso.from_response(asked, answer)
        if answer.state is HostState.MALFORMED:
            return iso.reply(asked, "00") | {"39": "??"}
        return {} if answer.state is HostState.NO_ANSWER else None

    def _reconcile(self, asked: Message) -> Message:
        ours = self.ledger.totals(asked.get("41", ""))
        fields = iso.totals_fields(ours)
        same = all(asked.get(name) == value for name, value in fields.items())
        return iso.reply(asked, "00" if same else NO_MATCH) | fields

    def totals(self, terminal: str) -> Totals:
        """What was booked for a terminal."""
        return self.ledger.totals(terminal)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], owner: HostServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        """One connection."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.owner.talk(self.request)


def _shown(answer: Message | None) -> str:
    if answer is None:
        return _("connection closed")
    return f"{answer['t']} {answer.get('39', '')}" if answer else _("no answer")


def _let_the_alert_arrive(connection: socket.socket) -> None:
    """Read what the other side has sent meanwhile: closing over unread bytes resets the
    connection, and the alert that says why is lost."""
    try:
        connection.settimeout(1.0)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(MAX_MESSAGE):
            pass
    except OSError:
        return


def _reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error)


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
