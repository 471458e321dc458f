"""ISO 8583 over TCP: bytes, MAC, framing, and what a terminal makes of a bad network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.core.errors import CodecError, ConfigError
from harness.issuer import iso_messages as iso
from harness.issuer.client import TcpHost, parse_address
from harness.issuer.host import IssuerHost
from harness.issuer.iso_wire import frame, pack, receive, unpack
from harness.issuer.ledger import Fate, Ledger, Totals
from harness.issuer.messages import AuthorisationRequest, HostState, Notice, NoticeKind
from harness.issuer.server import Disturbance, HostServer

NOW = datetime(2026, 11, 21, 12, 34, 56, tzinfo=UTC)
PAN = "4761739001010119"


def request(number: int = 1, amount: int = 1234, **changes: Any) -> AuthorisationRequest:
    data = {
        "9F02": bytes.fromhex(f"{amount:012d}"),
        "9C": b"\0",
        "5F2A": b"\x09\x78",
        "9F41": bytes.fromhex(f"{number:08d}"),
        "84": bytes.fromhex("A0000000031010"),
    }
    return AuthorisationRequest(
        aid=data["84"],
        pan=changes.get("pan", PAN),
        psn=changes.get("psn", 1),
        data=data,
        pin_block=changes.get("pin_block", b""),
        reference=f"{number:012d}",
        terminal="HARNESS1",
    )


@pytest.fixture
def served() -> Iterator[Any]:
    """A function that starts a server (ended with the test) and gives it with a client."""
    running: list[Any] = []

    def start(rule: str = "approve", timeout_s: float = 5.0, **more: Any) -> Any:
        server = HostServer(IssuerHost(rule), late_s=0.4, **more).start()
        client = TcpHost(server.address, timeout_s=timeout_s)
        running.extend((client.close, server.stop))
        return server, client

    yield start
    for end in running:
        end()


def once(*faults: Disturbance) -> Any:
    """These disturbances in order, then none."""
    left = list(faults)
    return lambda _mti: left.pop(0) if left else Disturbance.NONE


def patience(fault: Disturbance) -> float:
    """Shorter than late where lateness is the point, else long enough for a busy machine."""
    return 0.2 if fault is Disturbance.LATE else 5.0


def test_a_message_as_bytes() -> None:
    raw = pack(iso.from_request(request(), NOW))
    assert raw[:4] == b"0100"
    # Fields 2 3 4 7, 11 12 13, 22 23, 25, 37, 41, 49 55, 64.
    assert raw[4:12].hex() == "7238068008808201"
    assert b"16" + PAN.encode() in raw
    assert unpack(raw) == iso.from_request(request(), NOW)


@pytest.mark.parametrize("place", [5, 40, -1])
def test_the_mac_covers_every_byte_of_it(place: int) -> None:
    raw = bytearray(pack(iso.from_request(request(), NOW)))
    raw[place] ^= 0x01
    with pytest.raises(CodecError):
        unpack(bytes(raw))


def test_with_a_secondary_bitmap_the_mac_is_in_field_128() -> None:
    message = iso.network(NOW, "HARNESS1", 7)
    raw = pack(message)
    assert raw[4] & 0x80
    assert unpack(raw) == message
    without = iso.from_request(request(), NOW)
    assert not pack(without)[4] & 0x80


@pytest.mark.parametrize("cut", [0, 3, 11, 30, -1])
def test_half_a_message_is_a_coding_error(cut: int) -> None:
    raw = pack(iso.from_request(request(), NOW))
    with pytest.raises(CodecError):
        unpack(raw[:cut])


def test_a_message_that_cannot_be_built_says_which_field() -> None:
    with pytest.raises(ConfigError, match="field 4"):
        pack({"t": "0100", "4": "12"})


def test_another_key_refuses_it() -> None:
    raw = pack(iso.from_request(request(), NOW))
    with pytest.raises(CodecError, match="authentication code"):
        unpack(raw, key=bytes(range(16)))


def test_requests_and_answers_keep_what_they_carry() -> None:
    asked = request(pin_block=bytes(range(8)))
    again = iso.to_request(unpack(pack(iso.from_request(asked, NOW))))
    assert again == asked


def test_approve_decline_and_booking(served: Any) -> None:
    server, client = served()
    answer = client.authorise(request(1))
    assert (answer.state, answer.arc) == (HostState.ANSWERED, "00")
    assert server.ledger.fate("HARNESS1", "000000000001") is Fate.APPROVED
    assert server.ledger.spent(PAN) == 1234
    assert client.status("000000000001") is Fate.APPROVED
    assert client.status("000000000009") is Fate.UNKNOWN
    assert client.echo() > 0


def test_the_same_request_twice_is_booked_once(served: Any) -> None:
    server, client = served()
    assert [client.authorise(request(1)).arc for _ in range(3)] == ["00"] * 3
    assert server.ledger.spent(PAN) == 1234


def test_batch_totals(served: Any) -> None:
    _server, client = served()
    client.authorise(request(1))
    client.authorise(request(2, amount=1))
    client.notify(Notice(NoticeKind.REVERSAL, request(2, amount=1), "test"))
    client.notify(Notice(NoticeKind.CAPTURE, request(3, amount=50), "test"))
    ours = Totals(approved=1, reversed=1, captured=1, amount=1284)
    assert client.reconcile(ours) is True
    assert client.reconcile(Totals(approved=1, reversed=1, captured=1, amount=1285)) is False


@pytest.mark.parametrize(
    ("fault", "state", "fate"),
    [
        (Disturbance.LOST, HostState.NO_ANSWER, Fate.UNKNOWN),
        (Disturbance.DROPPED, HostState.NO_ANSWER, Fate.APPROVED),
        (Disturbance.LATE, HostState.NO_ANSWER, Fate.APPROVED),
        (Disturbance.TRUNCATED, HostState.MALFORMED, Fate.APPROVED),
        (Disturbance.CORRUPTED, HostState.MALFORMED, Fate.APPROVED),
        (Disturbance.DUPLICATED, HostState.ANSWERED, Fate.APPROVED),
        (Disturbance.NONE, HostState.ANSWERED, Fate.APPROVED),
    ],
)
def test_each_disturbance(served: Any, fault: Disturbance, state: HostState, fate: Fate) -> None:
    server, client = served(disturb=once(fault), timeout_s=patience(fault))
    assert client.authorise(request(1)).state is state
    assert server.ledger.fate("HARNESS1", "000000000001") is fate
    if state.unknown:
        assert client.notify(Notice(NoticeKind.REVERSAL, request(1), "test"))
        assert server.ledger.fate("HARNESS1", "000000000001") is Fate.REVERSED
        assert server.ledger.spent(PAN) == 0
    # The next one gets its own answer, not one that was still under way.
    assert client.authorise(request(2, amount=5)).arc == "00"
    assert server.ledger.fate("HARNESS1", "000000000002") is Fate.APPROVED


@pytest.mark.parametrize(
    "fault",
    [Disturbance.LOST, Disturbance.DROPPED, Disturbance.LATE, Disturbance.TRUNCATED],
)
def test_a_reversal_is_sent_until_it_is_acknowledged(served: Any, fault: Disturbance) -> None:
    server, client = served(disturb=once(Disturbance.NONE, fault, fault), timeout_s=patience(fault))
    client.authorise(request(1))
    assert client.notify(Notice(NoticeKind.REVERSAL, request(1), "test"))
    assert server.ledger.spent(PAN) == 0


def test_a_reversal_waits_for_the_host_to_come_back(served: Any) -> None:
    server, client = served(disturb=once(Disturbance.NONE, *[Disturbance.LOST] * 5))
    client.authorise(request(1))
    assert not client.notify(Notice(NoticeKind.REVERSAL, request(1), "test"))
    assert len(client.pending) == 1
    client.authorise(request(2, amount=5))  # what is kept goes first
    assert not client.pending
    assert server.ledger.spent(PAN) == 5


def test_a_reversal_that_overtakes_its_original_makes_it_void(served: Any) -> None:
    server, client = served()
    client.notify(Notice(NoticeKind.REVERSAL, request(1), "test"))
    assert client.authorise(request(1)).arc == "12"
    assert server.ledger.spent(PAN) == 0


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        ("no-answer", HostState.NO_ANSWER),
        ("unreachable", HostState.NO_ANSWER),
        ("malformed", HostState.ANSWERED),
    ],
)
def test_hosts_that_do_not_answer(served: Any, rule: str, state: HostState) -> None:
    _server, client = served(rule, timeout_s=0.2 if rule == "no-answer" else 5.0)
    answer = client.authorise(request())
    assert answer.state is state
    assert answer.arc in ("", "??")


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    client = TcpHost(address, timeout_s=0.2)
    assert client.authorise(request()).state is HostState.UNREACHABLE
    assert client.echo() is None
    assert client.status("1") is None
    assert client.reconcile(Totals()) is None
    assert not client.notify(Notice(NoticeKind.REVERSAL, request(), "test"))


@pytest.mark.parametrize(
    "junk", [b"\0\0", b"\xff\xff", b"\0\x08GARBAGE!", b"\0\x20short", frame(b"0100" + bytes(30))]
)
def test_junk_closes_the_connection_and_the_host_goes_on(served: Any, junk: bytes) -> None:
    server, client = served()
    with socket.create_connection(server.address, 1) as raw:
        raw.sendall(junk)
        raw.shutdown(socket.SHUT_WR)
        raw.settimeout(1)
        assert raw.recv(10) == b""
    assert client.echo() is not None


def test_an_answer_is_hung_up_on_and_an_unknown_type_is_a_format_error(served: Any) -> None:
    server, _client = served()
    with socket.create_connection(server.address, 1) as raw:
        raw.sendall(frame(pack({"t": "0110", "11": "000001", "41": "HARNESS1"})))
        raw.settimeout(1)
        assert raw.recv(10) == b""
        raw.close()
    with socket.create_connection(server.address, 1) as raw:
        raw.sendall(frame(pack({"t": "0300", "11": "000001", "41": "HARNESS1"})))
        raw.settimeout(1)
        given = receive(raw)
    assert given is not None
    assert unpack(given)["39"] == "30"


def test_a_stopped_server_leaves_no_thread() -> None:
    before = threading.active_count()
    with HostServer(IssuerHost("approve")) as server:
        client = TcpHost(server.address, timeout_s=1)
        assert client.echo() is not None
    client.close()
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("localhost", ("localhost", 8583)),
        ("127.0.0.1:9", ("127.0.0.1", 9)),
        ("[::1]:9", ("::1", 9)),
        ("[::1]", ("::1", 8583)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", ":9", "host:", "host:0", "host:65536", "host:x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError, match="host and a port"):
        parse_address(text)


def test_a_ledger_limit() -> None:
    ledger = Ledger(limit=2000)
    assert ledger.decide(request(1), "00") == "00"
    assert ledger.decide(request(2), "00") == "51"
    ledger.reverse(request(1))
    assert ledger.decide(request(3), "00") == "00"


@pytest.mark.parametrize(("kind", "spent"), [(b"\0", 1234), (b"\x20", -1234), (b"\x31", 0)])
def test_what_a_type_of_transaction_books(kind: bytes, spent: int) -> None:
    ledger = Ledger()
    made = request(1)
    made.data["9C"] = kind
    ledger.decide(made, "00")
    assert ledger.spent(PAN) == spent
    ledger.advise(made)
    assert ledger.spent(PAN) == spent
    assert ledger.entries["HARNESS1", "000000000001"].advices == 1
