"""Names, slots, readers that are not there: each odd answer in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from readerbenches import virtual
from readerscript import Over, run, sent, serving

from harness.checks.reader.bench import Bench
from harness.core.clock import ManualClock
from harness.core.errors import (
    CardRemoved,
    LinkError,
    LinkTimeout,
)
from harness.link import service as sv
from harness.link.api import Link
from harness.link.service import SlotState


def slotted(name: str) -> Bench:
    """A reader whose service lists it under this name."""
    made = serving()
    made.reader.found = Over(made.reader.found, {"slot": name})
    return made


NAMES = {
    "Gemalto PC Twin Reader 00 00": "PASS: model Gemalto PC Twin Reader, reader 00, slot 00",
    "ACS ACR1281 [ACR1281U PICC] (S-1) 01 0F": (
        "PASS: model ACS ACR1281, interface ACR1281U PICC, serial S-1, reader 01, slot 0F"
    ),
    "A Reader (A1B2) 10 02": "PASS: model A Reader, serial A1B2, reader 10, slot 02",
    "A Reader 0": "FAIL: 'A Reader 0' does not end in two hexadecimal numbers",
    "A Reader 00 0a": "FAIL: 'A Reader 00 0a' does not end in two hexadecimal numbers",
    "00 00": "FAIL: '00 00' does not end in two hexadecimal numbers",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_apart(name: str) -> None:
    assert run("ENU-02", slotted(name)) == NAMES[name]


def unknown(state: str = sv.UNKNOWN_READER, connect: str = sv.UNKNOWN_READER) -> Bench:
    def states(_client: Any, name: str) -> Any:
        assert name == "No Such Reader 7F 7F"
        return state, SlotState(frozenset())

    def connects(_client: Any, name: str) -> Any:
        assert name == "No Such Reader 7F 7F"
        return connect, None

    return serving(None, {"state": states, "connect": connects})


UNKNOWN = (
    (unknown, f"PASS: {sv.UNKNOWN_READER}"),
    (lambda: unknown(connect=sv.READER_UNAVAILABLE), f"PASS: {sv.UNKNOWN_READER}"),
    (
        lambda: unknown(connect=sv.NO_CARD),
        f"FAIL: connect: {sv.NO_CARD}, expected {sv.UNKNOWN_READER} / {sv.READER_UNAVAILABLE}",
    ),
    (
        lambda: unknown(state=sv.READER_UNAVAILABLE),
        f"FAIL: state: {sv.READER_UNAVAILABLE}, expected {sv.UNKNOWN_READER}",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), UNKNOWN)
def test_a_reader_that_is_not_there_is_unknown(make: Any, wanted: str) -> None:
    assert run("ENU-09", make()) == wanted


@dataclass
class Pair:
    """A reader with a second slot; ``spoil`` is given the command and the good answer of a link
    of the second one."""

    inner: Any = field(default_factory=virtual)
    name: str = "pair"
    kind: str = "virtual"
    image: str = ""
    spoil: Any = None
    left: bool = False
    log: list[str] = field(default_factory=list)

    def second(self) -> Any:
        self.log.append("second")
        return Over(self.inner.second(), {"connect": self._connect, "close": self._close})

    def connect(self) -> Link:
        self.log.append("connect")
        return Over(self.inner.connect(), {"close": lambda link: self._note(link, "let go")})

    def card_present(self) -> bool:
        return not self.left

    def _note(self, link: Any, what: str) -> None:
        self.log.append(what)
        link.close()

    def _connect(self, reader: Any) -> Any:
        told = {
            "transmit": self._transmit,
            "close": lambda link: self._note(link, "second let go"),
        }
        return Over(reader.connect(), told)

    def _transmit(self, link: Any, command: bytes) -> bytes:
        self.log.append(command.hex().upper())
        answer = link.transmit(command)
        return answer if self.spoil is None else self.spoil(command, answer)

    def _close(self, reader: Any) -> None:
        self.log.append("second closed")
        reader.close()


def raised(error: Exception, at: str) -> Any:
    def spoil(command: bytes, answer: bytes) -> bytes:
        if command.hex().upper() == at:
            raise error
        return answer

    return spoil


def swapped(command: bytes, answer: bytes) -> bytes:
    return b"\x00\x90\x00" if command.hex() == "803400ffff" else answer


def test_two_slots_take_turns() -> None:
    reader = Pair()
    made = Bench(reader, ManualClock())
    wanted = "PASS: 100 exchanges in turns, each answer from its own slot"
    assert run("ENU-08", made) == wanted
    sizes = [f"803400{n:02X}{n:02X}" for n in range(255, 205, -1)]
    assert reader.log == [
        "second", "connect", *sizes, "80380003", "second let go", "second closed",
    ]  # fmt: skip
    own = [f"803400{n:02X}{n:02X}" for n in range(1, 51)]
    assert sent(made) == [*own, *["80300000"] * 21]


def test_the_bench_lets_its_card_go_before_it_opens_two() -> None:
    reader = Pair()
    made = Bench(reader, ManualClock())
    assert made.link.atr
    run("ENU-08", made)
    assert reader.log[:4] == ["connect", "let go", "second", "connect"]


SLOTS = (
    ({"spoil": swapped}, "FAIL: the answer of one slot came out of the other"),
    ({"left": True}, "FAIL: letting one card go took the other away"),
    (
        {"spoil": raised(LinkError("no power"), "803400FEFE")},
        "FAIL: two slots at once: no power",
    ),
    (
        {"spoil": raised(CardRemoved("gone"), "80380003")},
        "FAIL: two slots at once: gone",
    ),
)


@pytest.mark.parametrize(("how", "wanted"), SLOTS)
def test_slots_that_mix_are_told(how: dict[str, Any], wanted: str) -> None:
    reader = Pair(**how)
    assert run("ENU-08", Bench(reader, ManualClock())) == wanted
    assert reader.log[-1] == "second closed"


def test_the_answers_of_the_first_slot_count_too() -> None:
    reader = Pair()
    broken = {"transmit": lambda link, command: link.transmit(command)[1:]}
    reader.inner = Over(reader.inner, {"connect": lambda one: Over(one.connect(), broken)})
    wanted = "FAIL: the answer of one slot came out of the other"
    assert run("ENU-08", Bench(reader, ManualClock())) == wanted


def test_a_slot_that_stays_silent_is_a_timeout() -> None:
    reader = Pair(spoil=raised(LinkTimeout("silent", deadline_s=3.0), "803400FEFE"))
    with pytest.raises(LinkTimeout):
        run("ENU-08", Bench(reader, ManualClock()))
    assert reader.log[-1] == "second closed"
