"""A host that sends its answer byte by byte does not hold the terminal longer than one that is
silent."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from harness.issuer import iso_messages as iso
from harness.issuer.client import TcpHost
from harness.issuer.iso_wire import frame, pack, receive, unpack
from harness.issuer.messages import AuthorisationRequest, HostState

REQUEST = AuthorisationRequest(
    b"", "4761739001010119", 1, {"9F02": bytes(6), "9C": b"\0"}, reference="1" * 12, terminal="T"
)
PAUSE_S, TIMEOUT_S = 0.3, 0.9
FAR_TOO_LONG_S = 25.0
"""The whole answer would take more than 30 s; three pauses and a slow machine take less."""


@pytest.mark.parametrize(
    ("pause", "state"), [(PAUSE_S, HostState.NO_ANSWER), (0.0, HostState.ANSWERED)]
)
def test_an_answer_in_drops(pause: float, state: HostState) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def answer() -> None:
        connection, _address = listener.accept()
        with connection:
            raw = receive(connection)
            assert raw is not None
            for byte in frame(pack(iso.reply(unpack(raw), "05"))):
                if over.is_set():
                    return
                try:
                    connection.sendall(bytes((byte,)))
                except OSError:
                    return
                time.sleep(pause)

    thread = threading.Thread(target=answer)
    thread.start()
    timeout = TIMEOUT_S if pause else 20.0
    host = TcpHost(listener.getsockname()[:2], timeout_s=timeout, terminal="T")
    began = time.monotonic()
    try:
        assert host.authorise(REQUEST).state is state
        assert time.monotonic() - began < FAR_TOO_LONG_S
    finally:
        over.set()
        host.close()
        listener.close()
        thread.join()
