"""TLS from the command line: ``host check``, ``host serve``, ``transact --host``."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time

import pytest
from tlscerts import Bench

from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate
from harness.issuer.server import HostServer
from harness.issuer.tls import FAULTS, TlsFiles, server_context


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def serving(bench: Bench, *hosts: str, guarded: bool = False, **more) -> HostServer:
    pair = bench.issue("server", *(hosts or ("127.0.0.1",)), **more)
    files = TlsFiles(bench.ca.certificate if guarded else None, pair.certificate, pair.key)
    return HostServer(IssuerHost("approve"), tls=server_context(files))


def verdicts(ran) -> list[str]:
    return [step["verdict"] for step in json.loads(ran.out)["steps"]]


def check(emv, server: HostServer, *more: str, host: str = "127.0.0.1"):
    return emv("host", "check", f"{host}:{server.address[1]}", "--timeout", "5", *more)


def test_all_steps(emv, bench, valid):
    with serving(bench) as server:
        ran = check(emv, server, "--tls-ca", bench.ca.certificate, "--json")
        text = check(emv, server, "--tls-ca", bench.ca.certificate).out
    assert ran.code == 0
    valid(ran.json, "host-check")
    assert verdicts(ran) == ["PASS"] * 5
    assert "certificate for 127.0.0.1, until" in " ".join(text.split())
    assert "TLSv1.3" in text


def test_without_tls_the_shape_is_the_same(emv, valid):
    with HostServer(IssuerHost("approve")) as server:
        ran = check(emv, server, "--json")
    valid(ran.json, "host-check")
    assert verdicts(ran) == ["PASS"] * 4


@pytest.mark.parametrize(("days", "verdict"), [(5, "WARN"), (60, "PASS")])
def test_a_certificate_that_ends_soon(emv, bench, days, verdict):
    with serving(bench, end=days) as server:
        today = datetime.date.today().isoformat()
        ran = check(emv, server, "--tls-ca", bench.ca.certificate, "--json", "--clock", today)
    assert ran.code == 0
    assert verdicts(ran)[2] == verdict
    assert ("todo" in ran.json["steps"][2]) is (verdict == "WARN")


@pytest.mark.parametrize(
    ("kind", "host", "span"),
    [
        ("expired", "127.0.0.1", (-20, -10)),
        ("not-yet-valid", "127.0.0.1", (10, 20)),
        ("name-mismatch", "host.example", (-2, 90)),
    ],
)
def test_each_mistake_has_its_own_words(emv, bench, kind, host, span):
    with serving(bench, host, start=span[0], end=span[1]) as server:
        ran = check(emv, server, "--tls-ca", bench.ca.certificate)
    assert ran.code == 1
    assert (ran.out.count("PASS"), ran.out.count("FAIL"), ran.out.count("SKIP")) == (2, 1, 2)
    text, todo = FAULTS[kind]
    shown = " ".join(ran.out.split())
    assert text in shown
    assert todo in shown


def test_an_unknown_ca(emv, bench):
    with serving(bench) as server:
        ran = check(emv, server, "--tls-ca", bench.other_ca().certificate, "--json")
    assert ran.json["steps"][2]["todo"] == FAULTS["unknown-ca"][1]


def test_the_system_does_not_know_our_ca(emv, bench):
    with serving(bench) as server:
        ran = check(emv, server, "--tls", "--json")
    assert ran.json["steps"][2]["verdict"] == "FAIL"


def test_a_client_certificate_that_is_asked_for(emv, bench, valid):
    mine = bench.issue("terminal", client=True)
    ours = ("--tls-ca", bench.ca.certificate)
    with serving(bench, guarded=True) as server:
        without = check(emv, server, *ours, "--json")
        with_it = check(emv, server, *ours, "--tls-cert", mine.certificate, "--tls-key", mine.key)
    failed = next(step for step in without.json["steps"] if step["verdict"] == "FAIL")
    assert failed["todo"] == FAULTS["client-certificate-required"][1]
    valid(without.json, "host-check")
    assert with_it.code == 0


def test_tls_wanted_from_a_host_without(emv, bench):
    with HostServer(IssuerHost("approve")) as server:
        ran = check(emv, server, "--tls-ca", bench.ca.certificate, "--json")
    assert ran.code == 1
    assert ran.json["steps"][2]["todo"] in (FAULTS["not-tls"][1], FAULTS["closed"][1])


def test_no_tls_at_a_host_that_wants_it(emv, bench):
    with serving(bench) as server:
        ran = check(emv, server)
    assert ran.code == 1
    assert "--tls" in ran.out


def test_files_and_options_that_are_wrong(emv, bench):
    assert emv("host", "check", "127.0.0.1", "--tls-ca", "nowhere.pem").code == 4
    assert emv("transact", "--amount", "1", "--tls").code == 4
    assert emv("transact", "--amount", "1", "--host", "h", "--tls-cert", "nowhere.pem").code == 4
    assert emv("host", "serve", "--port", "0", "--tls-key", "nowhere.pem").code == 4


def test_a_transaction_over_tls_books_and_reverses(emv, bench):
    ours = ("--tls-ca", bench.ca.certificate)
    with serving(bench) as server:
        ran = emv(
            "transact", "--amount", "62.34", "--host", f"127.0.0.1:{server.address[1]}", *ours
        )
        fates = [entry.fate for entry in server.ledger.entries.values()]
    assert ran.code == 0
    assert fates == [Fate.APPROVED]


def test_a_transaction_with_a_host_that_is_not_trusted_goes_the_way_of_unreachable(emv, bench):
    with serving(bench) as server:
        ran = emv(
            "transact", "--amount", "62.34", "--host", f"127.0.0.1:{server.address[1]}",
            "--tls-ca", bench.other_ca().certificate,
        )  # fmt: skip
        assert server.ledger.entries == {}
    shown = " ".join(ran.out.split())
    assert FAULTS["unknown-ca"][0] in shown
    assert "unable to go online: unreachable" in shown
    assert "reversal" not in shown


def test_serve_over_tls(bench, valid):
    pair = bench.issue("server", "127.0.0.1")
    command = [
        sys.executable, "-m", "harness.cli", "host", "serve", "--port", "0", "--json",
        "--tls-cert", pair.certificate, "--tls-key", pair.key,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as served:
        assert served.stdout is not None
        lines = b""
        deadline = time.monotonic() + 20
        while b"}" not in lines and time.monotonic() < deadline:
            lines += served.stdout.readline()
        said = json.loads(lines)
        asked = [
            sys.executable, "-m", "harness.cli", "host", "check",
            f"127.0.0.1:{said['port']}", "--tls-ca", bench.ca.certificate, "--json",
        ]  # fmt: skip
        ran = subprocess.run(asked, capture_output=True, check=False, timeout=60)
        served.send_signal(2)
        assert served.wait(10) == 0
    valid(said, "host-served")
    assert said["tls"] is True
    assert ran.returncode == 0
