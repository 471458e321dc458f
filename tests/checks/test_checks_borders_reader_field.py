"""Contactless readers, receive buffers, contexts over a fork: each odd answer in full."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from readerbenches import SpoiledLink, SpoiledReader, bench, card_with_atr, virtual
from readermore import forking
from readerscript import follow, run, scripted, sent, serving

from harness.checks.reader.bench import Bench
from harness.core.errors import ConfigError
from harness.link import service as sv
from harness.link.forked import Forked
from harness.link.service import ShortBuffer

PSEUDO = "3B80800101"
CONTACT = "not applicable: a contact card, by its ATR"


@pytest.mark.parametrize("id", ["CL-01", "CL-03"])
@pytest.mark.parametrize(
    "raw",
    ["", "3B", "3B808", "3B600000", "3F80800101", "3B908001", "3B80810100", "3B80800201"],
)
def test_a_contact_card_has_no_uid(id: str, raw: str) -> None:
    assert run(id, bench(cold_atr=bytes.fromhex(raw[: len(raw) // 2 * 2]))) == CONTACT


@pytest.mark.parametrize("raw", ["3B808001", PSEUDO, "3B8F8001" + "00" * 15 + "0E"])
def test_an_answer_that_a_reader_makes_up_is_known(raw: str) -> None:
    made = scripted({"FFCA": "0102030405060708090A9000"})
    made.cold_atr = bytes.fromhex(raw)
    assert run("CL-01", made) == "PASS: UID of 10 bytes; ATS of 10 bytes"


UID, ATS = "FFCA000000", "FFCA010000"
UIDS = (
    ({UID: "6A81"}, "WARN: FFCA0000 is refused: 6A81"),
    ({UID: "010203046282"}, "WARN: FFCA0000 is refused: 6282"),
    ({UID: "010203049000", ATS: "75779000"}, "PASS: UID of 4 bytes; ATS of 2 bytes"),
    ({UID: "010203049000", ATS: "6A81"}, "PASS: UID of 4 bytes; no ATS: 6A81"),
    ({UID: "010203049000", ATS: "75776282"}, "PASS: UID of 4 bytes; no ATS: 6282"),
    ({UID: "9000"}, "FAIL: a UID of 0 bytes"),
    *(({UID: "00" * size + "9000"}, f"FAIL: a UID of {size} bytes") for size in (3, 5, 6, 9, 11)),
    *(
        ({UID: "00" * size + "9000", ATS: "9000"}, f"PASS: UID of {size} bytes; ATS of 0 bytes")
        for size in (4, 7, 8, 10)
    ),
)


@pytest.mark.parametrize(("script", "wanted"), UIDS)
def test_uid_and_ats_are_asked_for(script: dict[str, str], wanted: str) -> None:
    made = scripted(script, PSEUDO)
    first = len(made.exchanges)
    assert run("CL-01", made) == wanted
    assert sent(made, first) == ([UID, ATS] if wanted.startswith("PASS") else [UID])


PPSE = "00A404000E325041592E5359532E444446303100"


def timed(slow_ms: float, count: int, limit: float | None = None) -> Bench:
    """A contactless card on which SELECT takes 1 ms, ``count`` times at the end ``slow_ms``."""
    inner = card_with_atr(PSEUDO)
    left = iter([0.001] * (20 - count) + [slow_ms / 1000] * count)

    def spoil(_command: bytes, answer: bytes) -> bytes:
        inner.clock.advance(next(left))
        return answer

    spoils = [follow({})]
    reader = SpoiledReader(inner, wrap=lambda link: SpoiledLink(link, spoils[-1]))
    made = bench(reader)
    made.close()
    spoils.append(spoil)
    made.limits = type(made.limits)("test", limit)
    return made


def figures(p50: float, p95: float, most: float, limit: float) -> str:
    return (
        f" [SELECT PPSE p50={p50} ms] [SELECT PPSE p95={p95} ms None..{limit}]"
        f" [SELECT PPSE p99={most} ms] [SELECT PPSE max={most} ms]"
    )


TIMES = (
    (1, 0, 5.0, "PASS: 20 times, p95 1 ms" + figures(1.0, 1.0, 1.0, 5.0)),
    (400, 1, None, "PASS: 20 times, p95 1 ms" + figures(1.0, 1.0, 400.0, 300.0)),
    (
        400,
        2,
        None,
        "FAIL: 20 times, p95 400 ms, limit 300 ms" + figures(1.0, 400.0, 400.0, 300.0),
    ),
    (299, 20, None, "PASS: 20 times, p95 299 ms" + figures(299.0, 299.0, 299.0, 300.0)),
    (
        6,
        20,
        5.0,
        "FAIL: 20 times, p95 6 ms, limit 5 ms" + figures(6.0, 6.0, 6.0, 5.0),
    ),
)


@pytest.mark.parametrize(("slow", "count", "limit", "wanted"), TIMES)
def test_the_time_of_select_ppse_is_held_to_a_limit(
    slow: float, count: int, limit: float | None, wanted: str
) -> None:
    made = timed(slow, count, limit)
    first = len(made.exchanges)
    assert run("CL-03", made) == wanted
    assert sent(made, first) == [PPSE] * 20


FITS = ShortBuffer(sv.SUCCESS, 202, False)
SMALL = ShortBuffer(sv.INSUFFICIENT_BUFFER, 202, False)


def rooms(*seen: ShortBuffer | Exception) -> Bench:
    turns = iter(seen)

    def into(_handle: Any, command: bytes, room: int) -> ShortBuffer:
        assert command.hex().upper() == "803400C8C8"
        assert room in (0, 1, 2, 201, 202)
        found = next(turns)
        if isinstance(found, Exception):
            raise found
        return found

    return serving({"transmit_into": into})


BUFFERS = (
    (bench, "PASS: refused four times, nothing written behind the buffer"),
    (
        lambda: rooms(*[SMALL] * 4, FITS),
        "PASS: refused four times, nothing written behind the buffer",
    ),
    (
        lambda: rooms(FITS),
        "FAIL: 202 bytes into a buffer of 0: SCARD_S_SUCCESS, expected SCARD_E_INSUFFICIENT_BUFFER",
    ),
    (
        lambda: rooms(*[SMALL] * 3, ShortBuffer(sv.INSUFFICIENT_BUFFER, 202, True)),
        "FAIL: 202 bytes into a buffer of 201: bytes behind it were written to",
    ),
    (
        lambda: rooms(*[SMALL] * 5),
        "FAIL: a buffer that is just large enough: SCARD_E_INSUFFICIENT_BUFFER, expected"
        " SCARD_S_SUCCESS",
    ),
    (
        lambda: rooms(*[SMALL] * 4, ShortBuffer(sv.SUCCESS, 201, False)),
        "FAIL: 201 bytes were reported, 202 came",
    ),
    (
        lambda: rooms(*[SMALL] * 4, ShortBuffer(sv.SUCCESS, 203, False)),
        "FAIL: 203 bytes were reported, 202 came",
    ),
    (
        lambda: rooms(*[SMALL] * 4, ShortBuffer(sv.SUCCESS, 202, True)),
        "FAIL: a buffer that is just large enough: bytes behind it were written to",
    ),
    (
        lambda: rooms(ConfigError("only with pcsc-lite", todo="on Linux")),
        "dependency missing: only with pcsc-lite || on Linux",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), BUFFERS)
def test_a_small_buffer_is_refused(make: Any, wanted: str) -> None:
    assert run("LEN-04", make()) == wanted


def test_the_rooms_that_are_tried() -> None:
    seen: list[int] = []

    def into(_handle: Any, _command: bytes, room: int) -> ShortBuffer:
        seen.append(room)
        return SMALL if room < 202 else FITS

    assert run("LEN-04", serving({"transmit_into": into})).startswith("PASS")
    assert seen == [0, 1, 2, 201, 202]


COMM = "SCARD_F_COMM_ERROR"
FORKS = (
    ((COMM, sv.SUCCESS), f"PASS: the child gets {COMM}, the parent's context works on"),
    (
        (sv.SUCCESS, sv.SUCCESS),
        "PASS: the child is served on its parent's context || programs that fork must open a"
        " context of their own in the child",
    ),
    (("", sv.SUCCESS), "FAIL: the child's call did not come back in 5 s"),
    (("", ""), "FAIL: the child's call did not come back in 5 s"),
    ((COMM, sv.NO_SERVICE), f"FAIL: the parent's context afterwards: {sv.NO_SERVICE}"),
    (("no word", None), "FAIL: the parent's context did not survive the child's call"),
)


@pytest.mark.parametrize(("told", "wanted"), FORKS)
def test_what_becomes_of_a_context_over_a_fork(told: tuple[str, Any], wanted: str) -> None:
    assert run("CON-05", forking(*told)) == wanted


def raising(error: Exception) -> Bench:
    class Forking(SpoiledReader):
        def forked(self) -> Forked:
            raise error

    return bench(Forking(virtual()))


def test_a_parent_that_hangs_did_not_survive() -> None:
    hung = raising(subprocess.TimeoutExpired("python", 20))
    assert run("CON-05", hung) == "FAIL: the parent's context did not survive the child's call"


def test_processes_that_cannot_be_started_are_no_fault_of_the_reader() -> None:
    with pytest.raises(OSError, match="no memory"):
        run("CON-05", raising(OSError("no memory")))


def test_the_card_is_let_go_before_the_fork() -> None:
    made = forking()
    inner = made.reader.inner
    assert inner.in_use()
    run("CON-05", made)
    assert not inner.in_use()
