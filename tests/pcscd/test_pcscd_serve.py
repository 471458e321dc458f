"""``card serve`` and ``card control`` as a user runs them: slots, in and out, cards in turn."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from terminals import terminal

from harness.link.pcsc_reader import reader_state
from harness.profiles.image import load_image
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

FIRST, SECOND = "Virtual PCD 00 00", "Virtual PCD 00 01"
COMMAND = [sys.executable, "-m", "harness"]
Serve = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def serve(daemon: PrivatePcscd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """``serve("visa-credit", "--slot", "2")`` starts that and ends it with the test."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    running = []

    def start(*arguments: str, **more) -> subprocess.Popen[str]:
        argv = [*COMMAND, "card", "serve", "--port", str(daemon.port), *arguments]
        options = {"stdin": subprocess.DEVNULL, **more}
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


def control(daemon: PrivatePcscd, *arguments: str) -> dict:
    done = subprocess.run(
        [*COMMAND, "card", "control", "--port", str(daemon.port), "--json", *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout) if done.stdout else {"code": done.returncode, "err": done.stderr}


def until(name: str, present: bool, atr: bytes | None = None, seconds: float = 20.0) -> bool:
    """Does the reader show a card (with this ATR), or none, in time?"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        state = reader_state(name)
        if state.present == present and (atr is None or state.atr == atr):
            return True
        time.sleep(0.1)
    return False


def test_a_card_goes_out_and_in_by_order_and_the_next_one_takes_its_turn(
    serve: Serve, daemon: PrivatePcscd
):
    visa, interac = (load_image(name).atr for name in ("visa-credit", "interac-debit"))
    serve("visa-credit", "interac-debit", "--ephemeral")
    assert until(FIRST, True, visa)
    assert control(daemon, "status") | {"state": "ready", "card": "visa-credit"} == control(
        daemon, "status"
    )
    out = control(daemon, "remove")
    assert (out["done"], out["state"]) == (True, "removed")
    assert until(FIRST, False)
    back = control(daemon, "insert")
    assert (back["done"], back["state"], back["card"]) == (True, "ready", "visa-credit")
    assert until(FIRST, True, visa)
    following = control(daemon, "next")
    assert (following["done"], following["card"]) == (True, "interac-debit")
    assert until(FIRST, True, interac)
    assert control(daemon, "next")["card"] == "visa-credit"
    assert control(daemon, "stop")["done"]
    assert until(FIRST, False)
    nobody = control(daemon, "remove")
    assert nobody["code"] == 3
    assert "no card is served" in nobody["err"]


def test_insert_after_begins_with_an_empty_slot(serve: Serve):
    process = serve("visa-credit", "--ephemeral", "--insert-after", "4", "--json")
    assert json_events(process, 1) == ["waiting"]
    assert not reader_state(FIRST).present
    assert until(FIRST, True)
    assert json_events(process, 2) == ["inserted", "ready"]


def json_events(process: subprocess.Popen[str], count: int) -> list[str]:
    """The next events; one that does not come within 30 s ends the process, and fails."""
    found: list[str] = []
    text = ""
    assert process.stdout is not None
    patience = threading.Timer(30, process.kill)
    patience.start()
    while len(found) < count:
        line = process.stdout.readline()
        assert line, f"after {found} and {text!r} nothing came"
        text += line
        try:
            found.append(json.loads(text)["event"])
        except ValueError:
            continue
        text = ""
    patience.cancel()
    return found


def test_both_slots_hold_different_cards_and_take_orders_apart(serve: Serve, daemon: PrivatePcscd):
    process = serve("visa-credit", "mastercard-debit", "--slot", "both", "--ephemeral")
    assert until(FIRST, True)
    assert until(SECOND, True)
    assert control(daemon, "status", "--slot", "2")["card"] == "mastercard-debit"
    assert control(daemon, "remove", "--slot", "2")["state"] == "removed"
    assert until(SECOND, False)
    assert reader_state(FIRST).present
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert until(FIRST, False)


def test_slot_2_alone_and_a_second_server_is_told_that_it_is_taken(serve: Serve):
    serve("visa-credit", "--slot", "2", "--ephemeral")
    assert until(SECOND, True)
    assert not reader_state(FIRST).present
    late = serve("interac-debit", "--slot", "2", "--ephemeral")
    text, _none = late.communicate(timeout=60)
    assert late.returncode == 3
    assert "holds another virtual card" in text


def test_keys_on_a_terminal(serve: Serve):
    keyboard, screen = terminal()
    process = serve(
        "visa-credit", "interac-debit", "--ephemeral", stdin=screen,
        preexec_fn=lambda: take_terminal(screen),
    )  # fmt: skip
    assert until(FIRST, True, load_image("visa-credit").atr)
    os.write(keyboard, b"r")
    assert until(FIRST, False)
    os.write(keyboard, b"i")
    assert until(FIRST, True, load_image("visa-credit").atr)
    os.write(keyboard, b"n")
    assert until(FIRST, True, load_image("interac-debit").atr)
    os.write(keyboard, b"q")
    assert process.wait(20) == 0
    os.close(keyboard)
    os.close(screen)


def take_terminal(descriptor: int) -> None:
    """Make ``descriptor`` the controlling terminal, as a shell does for its foreground job."""
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)


def test_cards_that_would_share_a_memory_are_refused(serve: Serve):
    text, _none = serve("visa-credit", "visa-credit").communicate(timeout=60)
    assert "both would remember in one file" in text
    text, _none = serve("visa-credit", "interac-debit", "--state", "one.json").communicate(
        timeout=60
    )
    assert "one state file is for one card" in text
    text, _none = serve("visa-credit", "--slot", "both").communicate(timeout=60)
    assert "two slots need two cards" in text
