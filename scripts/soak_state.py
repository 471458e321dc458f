"""A serving card is killed in the middle of GENERATE AC, again and again.

After each kill -9 its state file must be readable, and no transaction counter may come twice: a
counter that an answer has shown is on disk already. The card is the real ``emv-harness card
serve``; this script plays the vpcd driver for it.

Usage: .venv/bin/python scripts/soak_state.py [KILLS] [IMAGE]
"""

from __future__ import annotations

import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from harness.codec.apdu import generate_ac, get_data, get_processing_options, select
from harness.codec.dol import build_dol, dol_length, parse_dol
from harness.codec.tlv import parse
from harness.core.errors import HarnessError
from harness.profiles.image import Application, load_image
from harness.virtualcard.card import open_card

POWER_ON = b"\x01"
LONGEST_S = 0.06
"""The first cryptogram of a process takes some 30 ms: libraries are loaded in it."""

TIMEOUT_S = 20.0


class Driver:
    """vpcd's side of one serving process: a frame is two bytes of length and the payload."""

    def __init__(self, listener: socket.socket, image: str, state: Path) -> None:
        port = listener.getsockname()[1]
        tool = Path(sys.executable).with_name("emv-harness")
        command = [str(tool), "card", "serve", image, "--port", str(port), "--state", str(state)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        listener.settimeout(TIMEOUT_S)
        self.socket, _address = listener.accept()
        self.socket.settimeout(TIMEOUT_S)
        self.send(POWER_ON)

    def send(self, payload: bytes) -> None:
        """One frame to the card."""
        self.socket.sendall(struct.pack(">H", len(payload)) + payload)

    def ask(self, command: bytes) -> bytes:
        """An APDU and its whole answer; empty where the process died first."""
        self.send(command)
        return self.receive()

    def receive(self) -> bytes:
        """One frame from the card; empty where there is none any more."""
        with suppress(ConnectionError):
            head = self._exactly(2)
            return self._exactly(struct.unpack(">H", head)[0])
        return b""

    def kill(self) -> None:
        """kill -9, at once."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """The sockets and pipes of a dead process."""
        self.socket.close()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise ConnectionResetError
            data += chunk
        return data


def main(kills: int, image: str) -> int:
    """Run; 1 where a counter came twice or a state file could not be read. Returns the code."""
    app = load_image(image).applications[0]
    seen: set[int] = set()
    answered = 0
    chance = random.Random(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        state = Path(folder) / "card.json"
        for round_number in range(1, kills + 1):
            driver = Driver(server, image, state)
            try:
                problem, gave = one_round(driver, app, seen, chance.uniform(0, LONGEST_S))
            finally:
                driver.kill()
                driver.close()
            answered += gave
            problem = problem or unreadable(image, state)
            if problem:
                print(f"round {round_number}: {problem}")
                return 1
    print(
        f"{kills} kills, {answered} after the answer, counters 1 to {max(seen)}, none twice, "
        f"state readable every time, {time.monotonic() - began:.0f} s"
    )
    return 0


def one_round(driver: Driver, app: Application, seen: set[int], delay: float) -> tuple[str, bool]:
    """One transaction up to its GENERATE AC and the kill: what went wrong, and whether the card
    had answered by then."""
    answer = driver.ask(select(app.aid).to_bytes())
    if answer[-2:] != b"\x90\x00":
        return f"SELECT answered {answer.hex()}", False
    before = counter(driver)
    if seen and before < max(seen):
        return f"the counter went back to {before} from {max(seen)}", False
    pdol = bytes(dol_length(parse_dol(app.pdol)))
    driver.ask(get_processing_options(pdol).to_bytes())
    atc = counter(driver)
    if atc in seen or atc != before + 1:
        return f"counter {atc} after {before} and {sorted(seen)[-3:]}", False
    seen.add(atc)
    values = {0x9F37: b"\x01\x02\x03\x04", 0x9A: b"\x26\x11\x21"}
    driver.send(generate_ac("ARQC", build_dol(parse_dol(app.cdol1), values)).to_bytes())
    time.sleep(delay)
    driver.kill()
    answer = driver.receive()
    return "", bool(answer)


def counter(driver: Driver) -> int:
    """The card's transaction counter, by GET DATA."""
    answer = driver.ask(get_data(0x9F36).to_bytes())
    node = parse(answer[:-2]).find(0x9F36)
    if node is None:
        raise SystemExit(f"GET DATA answered {answer.hex()}")
    return int.from_bytes(node.value)


def unreadable(image: str, state: Path) -> str:
    """Why the state file cannot be used, or nothing."""
    try:
        open_card(image, state=state)
    except HarnessError as error:
        return f"state not readable: {error}"
    return ""


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int(given[0]) if given else 200, given[1] if len(given) > 1 else "visa-credit"))
