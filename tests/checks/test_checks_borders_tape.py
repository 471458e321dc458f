"""One numbering of all exchanges of a job, and the last of them."""

from __future__ import annotations

import pytest

from harness.checks.tape import Tape, TapedLink, last_command, on_tape
from harness.core.clock import ManualClock
from harness.core.errors import CardRemoved
from harness.link.api import ResetKind
from harness.records.exchange import Exchange


class Inner:
    """Takes a quarter of a second for everything; answers 9000, or fails."""

    atr = b"\x3b\x00"
    protocol = "T=1"

    def __init__(self, clock: ManualClock, *, fails: bool = False) -> None:
        self.clock = clock
        self.fails = fails
        self.closed = False

    def _pass(self) -> None:
        self.clock.advance(0.25)
        if self.fails:
            raise CardRemoved("it left")

    def transmit(self, command: bytes) -> bytes:
        self._pass()
        return b"\x90\x00"

    def reset(self, kind: ResetKind) -> bytes:
        self._pass()
        return self.atr

    def close(self) -> None:
        self.closed = True


def taped(*, fails: bool = False) -> tuple[ManualClock, Inner, Tape, TapedLink]:
    clock, tape = ManualClock(), Tape()
    inner = Inner(clock, fails=fails)
    return clock, inner, tape, TapedLink(inner, clock, tape)


def test_commands_and_resets_with_their_times():
    clock, _inner, tape, link = taped()
    clock.advance(7)
    assert link.transmit(b"\x00\xa4") == b"\x90\x00"
    clock.advance(1)
    assert link.reset(ResetKind.WARM) == b"\x3b\x00"
    assert list(tape) == [
        Exchange(0, b"\x00\xa4", b"\x90\x00", 0.0, 250.0, "apdu", ""),
        Exchange(1, b"", b"\x3b\x00", 1250.0, 250.0, "reset", ""),
    ]


def test_failures_are_kept_and_raised():
    _clock, _inner, tape, link = taped(fails=True)
    with pytest.raises(CardRemoved):
        link.transmit(b"\x00\xa4")
    with pytest.raises(CardRemoved):
        link.reset(ResetKind.COLD)
    assert list(tape) == [
        Exchange(0, b"\x00\xa4", None, 0.0, 250.0, "apdu", "CardRemoved: it left"),
        Exchange(1, b"", None, 250.0, 250.0, "reset", "CardRemoved: it left"),
    ]


def test_the_taped_link_is_the_link_otherwise():
    _clock, inner, _tape, link = taped()
    assert (link.atr, link.protocol) == (b"\x3b\x00", "T=1")
    link.close()
    assert inner.closed


def test_parts_of_a_tape():
    _clock, _inner, tape, link = taped()
    for number in range(4):
        link.transmit(bytes([0, number]))
    assert len(tape) == 4
    assert tape[-1].command == b"\x00\x03"
    assert [each.index for each in tape[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        tape[4]
    tape.keep(2)
    assert [each.command[1] for each in tape] == [0, 1]


def test_a_recorder_goes_on_where_the_tape_ends():
    clock = ManualClock()
    known = [Exchange(0, b"", b"\x3b\x00", 0.0, 0.0, "reset")]
    on_tape(Inner(clock), clock, known).transmit(b"\x00\xa4")
    assert [each.index for each in known] == [0, 1]


# The last command


def exchange(index: int, kind: str = "apdu") -> Exchange:
    command = bytes.fromhex("00B2010C00") if kind == "apdu" else b""
    return Exchange(index, command, b"\x90\x00", 0.0, 0.0, kind)


@pytest.mark.parametrize(
    ("exchanges", "said"),
    [
        ([], ("", None)),
        ([exchange(4)], ("READ RECORD SFI 1 record 1", 4)),
        ([exchange(4), exchange(5)], ("READ RECORD SFI 1 record 1", 5)),
        ([exchange(4), exchange(5, "reset")], ("a reset", 5)),
        ([exchange(4, "reset"), exchange(5)], ("READ RECORD SFI 1 record 1", 5)),
    ],
)
def test_the_last_thing_that_was_asked(exchanges, said):
    assert last_command(exchanges) == said
