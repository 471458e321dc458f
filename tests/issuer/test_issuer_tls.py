"""TLS between terminal and host: it works, and each way in which it fails has its own words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tlscerts import Bench, encrypted

from harness.core.errors import ConfigError
from harness.issuer import tls
from harness.issuer.client import TcpHost
from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate, Ledger
from harness.issuer.messages import AuthorisationRequest, HostState, Notice, NoticeKind
from harness.issuer.server import Disturbance, HostServer
from harness.issuer.tls import FAULTS, TlsFiles, client_context, explain, server_context

REQUEST = AuthorisationRequest(
    b"", "4761739001010119", 1, {"9F02": bytes(6), "9C": b"\0"}, reference="1" * 12, terminal="T"
)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@contextmanager
def served(
    bench: Bench, files: TlsFiles, disturb: object = None, rule: str = "approve"
) -> Iterator[HostServer]:
    with HostServer(
        IssuerHost(rule, ledger=Ledger()),
        disturb=disturb,  # type: ignore[arg-type]
        tls=server_context(files),
    ) as server:
        yield server


def client(server: HostServer, files: TlsFiles) -> TcpHost:
    return TcpHost(server.address, timeout_s=5.0, tls=files, terminal="T")


def files(bench: Bench, name: str = "server", *hosts: str, **more: object) -> TlsFiles:
    pair = bench.issue(name, *(hosts or ("127.0.0.1",)), **more)  # type: ignore[arg-type]
    return TlsFiles(certificate=pair.certificate, key=pair.key)


def test_messages_go_through_and_the_connection_is_kept(bench: Bench) -> None:
    with served(bench, files(bench)) as server:
        host = client(server, TlsFiles(ca=bench.ca.certificate))
        assert host.echo() is not None
        first = host.connect()
        assert isinstance(first, ssl.SSLSocket)
        assert host.authorise(REQUEST).state is HostState.ANSWERED
        assert host.notify(Notice(NoticeKind.REVERSAL, REQUEST, "why"))
        assert host.connect() is first
        host.close()
        assert [entry.fate for entry in server.ledger.entries.values()] == [Fate.REVERSED]


def test_after_a_dropped_connection_a_new_one_is_opened(bench: Bench) -> None:
    kinds = iter([Disturbance.DROPPED])

    def disturb(_mti: str) -> Disturbance:
        return next(kinds, Disturbance.NONE)

    with served(bench, files(bench), disturb) as server:
        host = client(server, TlsFiles(ca=bench.ca.certificate))
        assert host.authorise(REQUEST).state is HostState.NO_ANSWER
        assert host.notify(Notice(NoticeKind.REVERSAL, REQUEST, "why"))
        host.close()


def test_a_repeated_answer_that_nobody_waits_for_does_no_harm(bench: Bench) -> None:
    with served(bench, files(bench), lambda _mti: Disturbance.DUPLICATED) as server:
        host = client(server, TlsFiles(ca=bench.ca.certificate))
        assert host.echo() is not None
        assert host.echo() is not None
        host.close()


def test_client_certificates(bench: Bench) -> None:
    mine = bench.issue("terminal", client=True)
    guarded = files(bench)
    guarded = TlsFiles(bench.ca.certificate, guarded.certificate, guarded.key)
    with served(bench, guarded) as server:
        host = client(server, TlsFiles(bench.ca.certificate, mine.certificate, mine.key))
        assert host.echo() is not None
        host.close()


@pytest.mark.parametrize(
    ("kind", "name", "span"),
    [
        ("expired", "127.0.0.1", (-20, -10)),
        ("not-yet-valid", "127.0.0.1", (10, 20)),
        ("name-mismatch", "host.example", (-2, 90)),
    ],
)
def test_server_certificates_that_do_not_hold(
    bench: Bench, kind: str, name: str, span: tuple[int, int]
) -> None:
    given = files(bench, "server", name, start=span[0], end=span[1])
    with served(bench, given) as server:
        host = client(server, TlsFiles(ca=bench.ca.certificate))
        with pytest.raises(OSError, match=r".") as caught:
            host.connect()
        assert explain(caught.value).kind == kind
        answer = host.authorise(REQUEST)
        assert answer.state is HostState.UNREACHABLE
        assert FAULTS[kind][0] in answer.log[0]
        assert server.ledger.entries == {}


def test_a_name_that_is_given_is_the_one_that_counts(bench: Bench) -> None:
    with served(bench, files(bench, "server", "host.example")) as server:
        host = client(server, TlsFiles(ca=bench.ca.certificate, name="host.example"))
        assert host.echo() is not None
        host.close()


def test_unknown_ca_and_self_signed(bench: Bench) -> None:
    other = bench.other_ca()
    with served(bench, files(bench)) as server:
        with pytest.raises(OSError, match=r".") as caught:
            client(server, TlsFiles(ca=other.certificate)).connect()
        assert explain(caught.value).kind == "unknown-ca"
    alone = bench.self_signed("127.0.0.1")
    with served(bench, TlsFiles(certificate=alone.certificate, key=alone.key)) as server:
        with pytest.raises(OSError, match=r".") as caught:
            client(server, TlsFiles(ca=bench.ca.certificate)).connect()
        assert explain(caught.value).kind == "self-signed"


def test_protocol_versions(bench: Bench) -> None:
    context = server_context(files(bench))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with HostServer(IssuerHost("approve"), tls=context) as server:
        old = client(server, TlsFiles(ca=bench.ca.certificate))
        assert old.echo() is not None
        old.close()
        with pytest.raises(OSError, match=r".") as caught:
            client(server, TlsFiles(ca=bench.ca.certificate, least="1.3")).connect()
        assert explain(caught.value).kind == "protocol-version"


def test_a_port_without_tls(bench: Bench) -> None:
    with HostServer(IssuerHost("approve")) as server:
        host = TcpHost(server.address, timeout_s=2.0, tls=TlsFiles(ca=bench.ca.certificate))
        with pytest.raises(OSError, match=r".") as caught:
            host.connect()
        assert explain(caught.value).kind in ("not-tls", "closed")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("given", ["none", "of another CA", "expired"])
def test_client_certificates_that_are_refused(
    bench: Bench, version: ssl.TLSVersion, given: str
) -> None:
    guarded = files(bench)
    context = server_context(TlsFiles(bench.ca.certificate, guarded.certificate, guarded.key))
    context.minimum_version = context.maximum_version = version
    mine = TlsFiles(ca=bench.ca.certificate)
    if given != "none":
        pair = (
            bench.issue("mine", client=True, end=-1)
            if given == "expired"
            else bench.issue("mine", client=True, signer=bench.other_ca())
        )
        mine = TlsFiles(bench.ca.certificate, pair.certificate, pair.key)
    with HostServer(IssuerHost("approve"), tls=context) as server:
        answer = client(server, mine).authorise(REQUEST)
        assert server.ledger.entries == {}
    wanted = "client-certificate-" + ("required" if given == "none" else "refused")
    seen = next((kind for kind in FAULTS if FAULTS[kind][0] in answer.log[0]), answer.log[0])
    if version is ssl.TLSVersion.TLSv1_2 and given == "none":
        assert seen in (wanted, "other")  # a general alert: handshake failure
    else:
        assert seen == wanted
    # Nothing was taken by the host: no reversal is due.
    assert answer.state is HostState.UNREACHABLE


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ca": "nowhere.pem"}, "no CA certificate can be read"),
        ({"certificate": "nowhere.pem"}, "no such file"),
        ({"key": "x"}, "a key without a certificate"),
        ({"least": "1.0"}, "unknown TLS version"),
    ],
)
def test_files_that_cannot_be_used(change: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        client_context(TlsFiles(**change))


def test_keys_that_do_not_fit_or_are_locked(bench: Bench, tmp_path: Path) -> None:
    one, other = bench.issue("one"), bench.issue("other")
    with pytest.raises(ConfigError, match="does not belong"):
        client_context(TlsFiles(certificate=one.certificate, key=other.key))
    locked = encrypted(one, tmp_path / "locked.key")
    with pytest.raises(ConfigError, match="encrypted"):
        client_context(TlsFiles(certificate=one.certificate, key=locked))
    with pytest.raises(ConfigError, match="cannot be read"):
        client_context(TlsFiles(certificate=one.certificate, key=one.certificate))
    with pytest.raises(ConfigError, match="needs a certificate"):
        server_context(TlsFiles())
    assert client_context(TlsFiles(certificate=one.certificate, key=one.key))


def test_every_fault_has_words_and_something_to_do() -> None:
    reached = {*tls._BY_REASON.values(), *tls._BY_VERIFY_CODE.values(), "other"}
    assert reached == set(FAULTS)
    assert all(text and todo for text, todo in FAULTS.values())
    assert explain(ConnectionResetError("gone")).kind == "closed"
    assert explain(OSError("what")).kind == "other"


@pytest.mark.parametrize("kind", [ssl.SSLZeroReturnError, ssl.SSLEOFError])
def test_a_connection_that_ends_is_closed_however_python_says_it(kind: type[ssl.SSLError]) -> None:
    def told(error: ssl.SSLError) -> str:
        error.reason = ""  # as ssl itself sets it
        return explain(error).kind

    assert told(kind(6, "TLS/SSL connection has been closed (EOF)")) == "closed"
    assert told(ssl.SSLError(1, "something else")) == "other"
