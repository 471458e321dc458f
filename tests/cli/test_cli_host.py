"""``host serve``, ``host check``, ``host matrix``, and the issuer options of ``transact``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

import pytest

from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate
from harness.issuer.server import Disturbance, HostServer


def test_host_check_of_our_own_host(emv):
    with HostServer(IssuerHost("approve")) as server:
        name, port = server.address
        ran = emv("host", "check", f"{name}:{port}", "--json")
        assert emv("host", "check", f"{name}:{port}").out.count("PASS") == 4
    assert ran.code == 0
    steps = json.loads(ran.out)["steps"]
    assert [step["verdict"] for step in steps] == ["PASS"] * 4


def test_host_check_of_nothing(emv):
    with HostServer(IssuerHost("approve")) as server:
        port = server.address[1]
    ran = emv("host", "check", f"127.0.0.1:{port}", "--timeout", "0.5")
    assert ran.code == 1
    assert (ran.out.count("PASS"), ran.out.count("FAIL"), ran.out.count("SKIP")) == (1, 1, 2)


def test_host_check_of_a_host_with_another_tongue(emv):
    with HostServer(IssuerHost("approve"), disturb=lambda _mti: Disturbance.TRUNCATED) as server:
        ran = emv("host", "check", f"127.0.0.1:{server.address[1]}", "--timeout", "0.5")
    assert ran.code == 1
    assert "no valid answer" in ran.out


@pytest.mark.parametrize("text", ["host:x", ":1"])
def test_host_addresses_that_are_none(text, emv):
    assert emv("host", "check", text).code == 4
    assert emv("transact", "--amount", "1", "--host", text).code == 4


def test_transact_over_tcp_books_and_reverses(emv):
    with HostServer(IssuerHost("approve")) as server:
        address = f"127.0.0.1:{server.address[1]}"
        ran = emv("transact", "--amount", "62.34", "--host", address)
        assert ran.code == 0
        assert f"approved by {address} (00)" in ran.out
        assert sum(entry.booked for entry in server.ledger.entries.values()) == 6234
    with HostServer(IssuerHost("wrong-arpc")) as server:
        address = f"127.0.0.1:{server.address[1]}"
        ran = emv("transact", "--amount", "62.34", "--host", address, "--json")
        fates = [entry.fate for entry in server.ledger.entries.values()]
    assert ran.code == 1
    assert fates == [Fate.REVERSED]
    data = json.loads(ran.out)
    assert [(one["kind"], one["delivered"]) for one in data["follow_ups"]] == [("reversal", True)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--online", "decline:51"), "declined by the simulated issuer (51)"),
        (("--online", "wrong-arpc"), "ARPC refused by the card"),
        (("--online", "no-answer"), "reversal due"),
        (("--online", "malformed"), "reversal due"),
        (("--online", "refer"), "nobody can call it"),
        (("--online", "refer", "--referral", "decline"), "declined on the telephone"),
        (("--script", "counter:71"), "script command 1, PUT DATA: 9000"),
        (("--script", "failing:72"), "script processing failed after final GENERATE AC"),
    ],
)
def test_transact_what_the_issuer_does(arguments, words, emv):
    ran = emv("transact", "--amount", "62.34", *arguments)
    assert ran.code in (0, 1)
    assert words in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "arguments",
    [("--online", "maybe"), ("--online", "decline:x"), ("--script", "x"), ("--ca-keys", "nope")],
)
def test_transact_issuer_options_that_are_wrong(arguments, emv):
    assert emv("transact", "--amount", "1", *arguments).code == 4


def test_transact_with_keys_of_a_file(emv, tmp_path):
    (tmp_path / "mine.toml").write_text("schema = 1\n", encoding="utf-8")
    ran = emv("transact", "--amount", "1", "--ca-keys", str(tmp_path / "mine.toml"))
    assert ran.code == 0  # the own test key is no key of a file
    (tmp_path / "bad.toml").write_text('[[key]]\nrid = "A0"\n', encoding="utf-8")
    ran = emv("transact", "--amount", "1", "--ca-keys", str(tmp_path / "bad.toml"))
    assert ran.code == 4
    assert "key[0]" in ran.err


def test_matrix_of_two_cards(emv, valid):
    ran = emv("host", "matrix", "--card", "visa-credit", "--card", "maestro", "--json")
    assert ran.code == 0
    valid(ran.json, "host-matrix")
    cells = json.loads(ran.out)["cells"]
    assert len(cells) == 12
    assert all(cell["ok"] for cell in cells)
    assert {cell["outcome"] for cell in cells} == {
        "approved-online",
        "declined-online",
        "approved-offline",
    }


def test_matrix_says_where_it_differs(emv, monkeypatch):
    from harness.campaign import matrix
    from harness.terminal.outcome import Outcome

    monkeypatch.setattr(matrix, "expect", lambda *_: matrix.Seen(Outcome.TERMINATED))
    ran = emv("host", "matrix", "--card", "visa-credit")
    assert ran.code == 1
    assert "6 not" in ran.out
    assert "due  terminated" in ran.out


def test_serve_ends_with_ctrl_c_and_says_where_it_listens():
    command = [sys.executable, "-m", "harness.cli", "host", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as served:
        assert served.stdout is not None
        lines = b""
        deadline = time.monotonic() + 20
        while b"}" not in lines and time.monotonic() < deadline:
            lines += served.stdout.readline()
        assert json.loads(lines)["port"] > 0
        served.send_signal(2)
        assert served.wait(10) == 0


def test_serve_on_a_port_that_is_taken(emv):
    with HostServer(IssuerHost("approve")) as server:
        ran = emv("host", "serve", "--port", str(server.address[1]))
    assert ran.code == 4
    assert "cannot listen" in ran.err


def test_ctrl_c_while_the_host_thinks_reverses_and_ends():
    asked = threading.Event()
    faults = iter([Disturbance.LATE])

    def disturb(_mti):
        return next(faults, Disturbance.NONE)

    with HostServer(
        IssuerHost("approve"), disturb=disturb, late_s=1.5, on_line=lambda _line: asked.set()
    ) as server:
        command = [sys.executable, "-m", "harness.cli", "transact", "--amount", "62.34"]
        command += ["--host", f"127.0.0.1:{server.address[1]}", "--lang", "en"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            assert asked.wait(20)
            running.send_signal(2)
            out, err = running.communicate(timeout=20)
        fates = [entry.fate for entry in server.ledger.entries.values()]
    assert running.returncode == 2
    assert "interrupted" in err
    assert "reversal due" in out
    assert fates == [Fate.REVERSED]


def test_what_is_wrong_names_the_option_of_this_command(emv) -> None:
    assert "where: --policy" in emv("host", "serve", "--policy", "maybe").err
    assert "where: HOST" in emv("host", "check", "nowhere:99999").err
    assert "where: --online" in emv("transact", "--amount", "1", "--online", "maybe").err
