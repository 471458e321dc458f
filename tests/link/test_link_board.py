"""The flight recorder: complete, bounded, readable from the other side."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from harness.core.errors import LinkTimeout
from harness.link.board import Board
from harness.link.flight import MemoryLog, noted


@pytest.fixture
def board():
    board = Board.create()
    yield board
    board.close()


def other_side(board: Board) -> Board:
    """The same memory, opened again as the other process would."""
    import os

    return Board(os.dup(board.descriptor))


def test_other_side_reads_what_was_written(board):
    board.begin("power", b"", 1.0)
    board.end(b"\x3b\x00")
    board.begin("apdu", b"\x00\xa4\x04\x00", 5.0)
    board.end(b"\x6f\x00\x90\x00")
    board.begin("reset", b"", 5.0)
    board.end(None, "CardMute: é")
    board.begin("apdu", b"\x00\xb2\x01\x0c", 5.0)
    reader = other_side(board)
    flight = reader.flight()
    assert [(one.index, one.kind, one.command, one.response) for one in flight.exchanges] == [
        (0, "power", b"", b"\x3b\x00"),
        (1, "apdu", b"\x00\xa4\x04\x00", b"\x6f\x00\x90\x00"),
        (2, "reset", b"", None),
    ]
    assert flight.exchanges[2].error == "CardMute: é"
    assert flight.in_flight is not None
    assert (flight.in_flight.index, flight.in_flight.command) == (3, b"\x00\xb2\x01\x0c")
    pulse = reader.pulse()
    assert pulse.deadline == pytest.approx(pulse.started + 5.0)
    reader.close()


def test_nothing_in_flight_after_the_answer(board):
    board.begin("apdu", b"\x00", 5.0)
    board.end(b"\x90\x00")
    assert board.pulse().deadline == 0
    assert board.flight().in_flight is None


def test_beat_goes_on(board):
    before = board.pulse().beat
    board.beat()
    assert board.pulse().beat > before > 0


def test_long_answers_and_commands_fit(board):
    command, answer = b"\x00" * 65_544, b"\x01" * 65_538
    board.begin("apdu", command, 1.0)
    board.end(answer)
    [exchange] = board.flight().exchanges
    assert (exchange.command, exchange.response) == (command, answer)


def test_old_exchanges_are_given_up_and_counted(board):
    total = 40_000
    for number in range(total):
        board.begin("apdu", number.to_bytes(4, "big"), 1.0)
        board.end(b"\x00" * 256 + b"\x90\x00")
    flight = board.flight()
    kept = [one.index for one in flight.exchanges]
    assert kept == list(range(flight.dropped, total))
    assert flight.dropped > 0
    assert len(kept) > 10_000
    assert flight.exchanges[-1].command == (total - 1).to_bytes(4, "big")


def test_end_without_begin_changes_nothing(board):
    board.end(b"\x90\x00")
    assert board.flight().exchanges == ()


def test_memory_log_is_bounded():
    log = MemoryLog(limit=3)
    for number in range(5):
        log.begin("apdu", bytes([number]), 1.0)
        log.end(b"\x90\x00")
    log.begin("apdu", b"\x09", 1.0)
    flight = log.flight()
    assert [one.index for one in flight.exchanges] == [2, 3, 4]
    assert flight.dropped == 2
    assert flight.in_flight is not None
    assert flight.in_flight.command == b"\x09"


def card(command: bytes) -> bytes:
    """Answers by its first byte: E0 fails, E1 is another error, anything else is echoed."""
    if command[:1] == b"\xe0":
        raise LinkTimeout("no answer in 5,000 ms", deadline_s=5.0)
    if command[:1] == b"\xe1":
        raise KeyboardInterrupt
    return command + b"\x90\x00"


COMMANDS = (b"", b"\x00\xa4", b"\xe0\x01", bytes(300), b"\xe1", bytes(66_001), b"\x80")


def played(log: Board | MemoryLog, transmit: Callable[[bytes], bytes]) -> list:
    """What the log holds after every command, without the times."""
    for command in COMMANDS:
        with suppress(LinkTimeout, KeyboardInterrupt):
            assert transmit(command) == command + b"\x90\x00"
    assert log.flight().in_flight is None
    return [replace(one, started_ms=0, elapsed_ms=0) for one in log.flight().exchanges]


def test_the_quick_way_writes_what_begin_and_end_write(board):
    other = Board.create()
    quick = played(board, board.around(card, 5.0))
    assert quick == played(other, lambda command: noted(other, card, 5.0, command))
    assert [one.error for one in quick if one.error] == [
        "LinkTimeout: no answer in 5,000 ms", "KeyboardInterrupt",
    ]  # fmt: skip
    memory = MemoryLog()
    assert len(played(memory, memory.around(card, 5.0))) == len(quick)
    other.close()


def test_the_quick_way_is_in_flight_meanwhile_and_gives_up_the_oldest(board):
    seen = []

    def slow(command: bytes) -> bytes:
        if len(seen) < 2:
            seen.append((other_side(board).flight().in_flight, board.pulse()))
        return bytes(258)

    transmit = board.around(slow, 5.0)
    for number in range(60_000):
        transmit(number.to_bytes(4, "big"))
    (flying, pulse), _second = seen
    assert flying is not None
    assert (flying.index, flying.command, flying.kind) == (0, bytes(4), "apdu")
    assert pulse.deadline == pytest.approx(pulse.started + 5.0)
    flight = board.flight()
    assert [one.index for one in flight.exchanges] == list(range(flight.dropped, 60_000))
    assert flight.dropped > 20_000
