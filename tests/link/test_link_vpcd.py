"""The card's end of the vpcd protocol, against a driver that this test plays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from linkcards import ATR_T0, TinyCard

from harness.core.errors import ConfigError, LinkError, ServiceDown, SharingViolation
from harness.link import vpcd_slot
from harness.link.serve_control import ServeControl
from harness.link.vpcd_server import DEFAULT_PORT, default_port, require_loopback, serve

OFF, ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"


class Driver:
    """Listens as vpcd does, and speaks its frames."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.port = self.listener.getsockname()[1]
        self.card: socket.socket | None = None

    def accept(self) -> None:
        if self.card is not None:
            self.card.close()
        self.card, _address = self.listener.accept()
        self.card.settimeout(5)

    def send(self, payload: bytes) -> None:
        # In two writes, as the driver does.
        self.card.sendall(len(payload).to_bytes(2, "big"))
        self.card.sendall(payload)

    def receive(self) -> bytes:
        head = self._exactly(2)
        return self._exactly(int.from_bytes(head, "big"))

    def ask(self, payload: bytes) -> bytes:
        self.send(payload)
        return self.receive()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.card.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def gone(self) -> bool:
        try:
            return self.card.recv(1) == b""
        except TimeoutError:
            return False

    def close(self) -> None:
        self.listener.close()
        if self.card is not None:
            self.card.close()


class Served:
    """``serve`` in a thread."""

    def __init__(self, driver: Driver, **options) -> None:
        self.card = TinyCard()
        self.control = ServeControl()
        self.events: list[str] = []
        self.error: Exception | None = None
        self.ready = threading.Event()
        options = {"mute_limit_s": None, **options}
        self.thread = threading.Thread(target=self._run, args=(driver.port, options))
        self.thread.start()

    def _run(self, port: int, options) -> None:
        try:
            serve(
                self.card,
                port,
                on_ready=self.ready.set,
                on_event=lambda name, _text: self.events.append(name),
                control=self.control,
                **options,
            )
        except LinkError as error:
            self.error = error

    def end(self) -> None:
        self.control.stop()
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.control.close()


@pytest.fixture
def driver():
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def served(driver):
    served = Served(driver)
    driver.accept()
    yield served
    served.end()


def wait_for(condition, seconds=3.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


def test_controls_and_commands(driver, served):
    assert driver.ask(ATR) == ATR_T0
    assert served.ready.wait(1)
    driver.send(ON)
    assert driver.ask(bytes.fromhex("00300000")) == b"\x90\x00"
    driver.send(RESET)
    driver.send(OFF)
    assert driver.ask(ATR) == ATR_T0
    assert served.card.log == ["on", "on", "reset", "off"]
    assert served.events == ["inserted", "ready"]


def test_frames_may_come_in_pieces_and_together(driver, served):
    frame = b"\x00\x04\x00\x30\x00\x00"
    for byte in frame:
        driver.card.sendall(bytes([byte]))
        time.sleep(0.002)
    assert driver.receive() == b"\x90\x00"
    driver.card.sendall(frame + frame)
    assert (driver.receive(), driver.receive()) == (b"\x90\x00", b"\x90\x00")


def test_long_frames(driver, served):
    answer = driver.ask(bytes.fromhex("0034FFF0"))
    assert len(answer) == 0xFFF0 + 2


def test_delay_is_kept(driver, served):
    started = time.monotonic()
    assert driver.ask(bytes.fromhex("00380002")) == b"\x90\x00"
    assert 0.2 <= time.monotonic() - started < 1


def test_mute_card_keeps_serving_controls(driver, served):
    driver.send(bytes.fromhex("003A0000"))
    driver.card.settimeout(0.3)
    with pytest.raises(TimeoutError):
        driver.receive()
    assert wait_for(lambda: "mute" in served.events)
    driver.card.settimeout(5)
    driver.send(RESET)
    assert driver.ask(bytes.fromhex("00300000")) == b"\x90\x00"


def test_mute_card_is_pulled_after_its_limit_and_comes_back(driver):
    served = Served(driver, mute_limit_s=0.2)
    driver.accept()
    driver.send(bytes.fromhex("003A0000"))
    assert driver.gone()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    driver.send(ON)
    assert driver.ask(bytes.fromhex("00300000")) == b"\x90\x00"
    served.end()


def test_removed_card_stays_out_until_told(driver, served):
    driver.send(bytes.fromhex("003E0000"))
    assert driver.gone()
    assert wait_for(lambda: "removed" in served.events)
    driver.listener.settimeout(0.3)
    with pytest.raises(TimeoutError):
        driver.accept()
    driver.listener.settimeout(5)
    served.control.reinsert()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0


def test_removed_card_comes_back_after_a_time(driver):
    served = Served(driver, reinsert_after=0.1)
    driver.accept()
    driver.send(bytes.fromhex("003E0000"))
    assert driver.gone()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    served.end()


def test_pulled_by_control(driver, served):
    assert driver.ask(ATR) == ATR_T0
    served.control.remove()
    assert driver.gone()


def test_waits_for_a_driver_that_went_away(driver, served):
    assert driver.ask(ATR) == ATR_T0
    driver.card.close()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    assert "lost" in served.events


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceDown) as caught:
        serve(TinyCard(), port)
    assert f"127.0.0.1:{port}" in caught.value.what
    assert "vsmartcard-vpcd" in caught.value.todo


def test_slot_that_is_taken(driver, monkeypatch):
    monkeypatch.setattr(vpcd_slot, "TAKEN_S", 0.3)
    with pytest.raises(SharingViolation) as caught:
        serve(TinyCard(), driver.port)
    assert "another virtual card" in caught.value.what
    assert str(driver.port + 1) in caught.value.todo


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_other_hosts_are_refused(host):
    with pytest.raises(ConfigError, match="no authentication"):
        serve(TinyCard(), 1, host)
    require_loopback(host, allow_remote=True)


def test_port_from_the_environment(monkeypatch):
    monkeypatch.delenv("EMV_VPCD_PORT", raising=False)
    assert default_port() == DEFAULT_PORT
    monkeypatch.setenv("EMV_VPCD_PORT", "0x9000")
    assert default_port() == 0x9000
    for bad in ("many", "0", "65536"):
        monkeypatch.setenv("EMV_VPCD_PORT", bad)
        with pytest.raises(ConfigError) as caught:
            default_port()
        assert caught.value.where == "EMV_VPCD_PORT"


SCRIPT = """
    import sys
    sys.path[:0] = [{here!r}]
    from linkcards import TinyCard
    from harness.link.vpcd_server import serve
    serve(TinyCard(), {port}, on_ready=lambda: print("ready", flush=True))
    print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_takes_the_card_out(driver, number):
    script = textwrap.dedent(SCRIPT).format(here=str(Path(__file__).parent), port=driver.port)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, _err = process.communicate(timeout=5)
    assert (out, process.returncode) == ("ended\n", 0)
    assert driver.gone()


def test_signal_puts_a_removed_card_back(driver):
    script = textwrap.dedent(SCRIPT).format(here=str(Path(__file__).parent), port=driver.port)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    driver.accept()
    driver.send(bytes.fromhex("003E0000"))
    assert driver.gone()
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGUSR1)
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    process.terminate()
    process.communicate(timeout=5)


def test_insert_after_waits_outside_first(driver):
    served = Served(driver, insert_after=0.3)
    assert wait_for(lambda: served.events == ["waiting"])
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    assert served.events[:2] == ["waiting", "inserted"]
    served.end()


def test_insert_after_may_be_cut_short_or_stopped(driver):
    served = Served(driver, insert_after=60)
    assert wait_for(lambda: served.events == ["waiting"])
    served.control.reinsert()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    served.end()
    stopped = Served(driver, insert_after=60)
    stopped.end()
    assert stopped.error is None


def test_next_puts_the_following_card_in(driver):
    others = [TinyCard(), TinyCard()]
    served = Served(driver, following=lambda: others.pop(0))
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    second = others[0]
    served.control.next()
    assert driver.gone()
    driver.accept()
    driver.send(ON)
    assert driver.ask(ATR) == ATR_T0
    assert served.card.log[-1] == "off"
    assert "on" in second.log
    served.control.remove()
    assert driver.gone()
    third = others[0]
    served.control.next()
    driver.accept()
    assert driver.ask(ATR) == ATR_T0
    assert "on" in third.log
    served.end()
    assert served.events.count("next") == 2
