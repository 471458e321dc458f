"""Jobs: inline for virtual cards, in a worker otherwise, and every way that they may end."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import ConfigErrors, LinkTimeout, NoCard
from harness.link import supervisor
from harness.link.api import LinkOptions
from harness.link.board import Board
from harness.link.jobs import JobEnd, JobSpec
from harness.link.supervise import run_job

HERE = Path(__file__).parent


@pytest.fixture
def worker_readers(monkeypatch):
    """Let jobs on the tiny test readers run in a worker, as PC/SC readers' jobs do."""
    monkeypatch.syspath_prepend(str(HERE))
    return "fake:tiny"


def job(name: str, selector: str, deadline_s: float = 0.5, **more) -> JobSpec:
    kwargs = more.pop("kwargs", {})
    return JobSpec(
        f"linkjobs:{name}", selector, LinkOptions(deadline_s=deadline_s), kwargs=kwargs, **more
    )


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_value_events_and_exchanges_come_back(worker_readers):
    events = []
    end = run_job(job("counting", worker_readers, kwargs={"rounds": 3}), events.append)
    assert end.kind == "done", end.error
    assert end.value["rounds"] == 3
    assert end.value["pid"] != os.getpid()
    assert events == ["round 0", "round 1", "round 2"]
    apdus = [exchange for exchange in end.exchanges if exchange.kind == "apdu"]
    assert [exchange.response for exchange in apdus] == [b"\x90\x00"] * 3
    assert [exchange.kind for exchange in end.exchanges] == ["power", *["apdu"] * 3, "power"]
    assert all(exchange.elapsed_ms >= 0 for exchange in end.exchanges)
    assert end.in_flight is None


def test_hang_ends_at_the_deadline_and_nothing_is_lost(worker_readers):
    events = []
    started = time.monotonic()
    end = run_job(job("hanging", worker_readers), events.append)
    assert end.kind == "hung"
    assert time.monotonic() - started < 5
    assert events[0] == "before"
    assert end.error == "no answer in 500 ms, cause not established"
    assert end.in_flight is not None
    assert end.in_flight.command == bytes.fromhex("003A0000")
    assert end.in_flight.error.startswith("LinkTimeout")
    assert end.in_flight.elapsed_ms == pytest.approx(500)
    assert end.exchanges[-1].command == bytes.fromhex("00300000")
    assert not alive(events[1])
    with pytest.raises(LinkTimeout):
        end.result()


def test_hang_that_keeps_the_interpreter_busy_ends_as_well(worker_readers):
    """A C call that does not release the interpreter stops heartbeat and threads too."""
    end = run_job(job("hanging_with_the_gil", worker_readers), lambda _event: None)
    assert end.kind == "hung"


def test_no_sign_of_life(worker_readers, monkeypatch):
    monkeypatch.setattr(supervisor, "SILENCE_S", 1.0)
    events = []
    end = run_job(job("stopped", worker_readers), events.append)
    assert end.kind == "hung"
    assert "no sign of life" in end.error
    assert not alive(events[0])


def test_a_beat_read_half_written_is_no_silence(worker_readers, monkeypatch):
    """The worker writes while the parent reads: the heartbeat may be 0 at that moment."""
    read = Board.pulse
    zeroes = itertools.cycle((True, False))

    def torn(board):
        pulse = read(board)
        return replace(pulse, beat=0.0) if next(zeroes) else pulse

    monkeypatch.setattr(Board, "pulse", torn)
    end = run_job(job("counting", worker_readers, kwargs={"rounds": 3}), lambda _event: None)
    assert end.kind == "done"


def test_looking_all_the_time_at_a_busy_worker_finds_it_alive(worker_readers, monkeypatch):
    monkeypatch.setattr(supervisor, "TICK_S", 0.0002)
    busy = job("busy", worker_readers, kwargs={"rounds": 200_000})
    assert run_job(busy, lambda _event: None).error == ""


def test_a_parent_that_gets_no_time_takes_nothing_for_late(worker_readers, monkeypatch):
    """What it read before it was held up says nothing of the moment after that."""
    read = Board.pulse

    def held_up(board):
        pulse = read(board)
        left = pulse.deadline - time.monotonic()
        if 0 < left < 1:
            time.sleep(left + 0.01)
        return pulse

    monkeypatch.setattr(Board, "pulse", held_up)
    slow = job("slow_but_in_time", worker_readers, deadline_s=1.0)
    assert run_job(slow, lambda _event: None).kind == "done"


def test_limit_of_the_whole_job(worker_readers):
    end = run_job(job("sleeping", worker_readers, limit_s=0.6), lambda _event: None)
    assert end.kind == "hung"
    assert "not done after 600 ms" in end.error


def test_own_error_comes_back_as_itself(worker_readers):
    end = run_job(job("refusing", worker_readers), lambda _event: None)
    assert end.kind == "crashed"
    assert isinstance(end.exception, NoCard)
    assert end.exception.todo == "insert one"
    with pytest.raises(NoCard):
        end.result()


def test_error_with_a_constructor_of_its_own_comes_back(worker_readers):
    end = run_job(job("many_mistakes", worker_readers), lambda _event: None)
    assert isinstance(end.exception, ConfigErrors)
    assert end.exception.problems == [("a.b", "wrong")]
    assert "a.b: wrong" in str(end.exception)


def test_defect_comes_back_with_its_traceback(worker_readers):
    end = run_job(job("defective", worker_readers), lambda _event: None)
    assert end.kind == "crashed"
    assert "ZeroDivisionError" in end.error


def test_killed_worker(worker_readers):
    end = run_job(job("dying", worker_readers), lambda _event: None)
    assert end.kind == "crashed"
    assert "SIGKILL" in end.error
    assert [exchange.kind for exchange in end.exchanges] == ["power", "apdu"]


def test_unknown_function(worker_readers):
    end = run_job(job("nothing_of_that_name", worker_readers), lambda _event: None)
    assert "no such job function" in end.error


def test_failure_while_an_event_is_handled_leaves_no_worker(worker_readers):
    seen = []

    def handle(event):
        seen.append(event)
        if isinstance(event, int):
            raise ValueError("the receiver is broken")

    with pytest.raises(ValueError, match="receiver is broken"):
        run_job(job("hanging", worker_readers), handle)
    assert not alive(seen[-1])


def test_virtual_job_runs_here():
    events = []
    end = run_job(JobSpec("linkjobs:where_am_i", "virtual test-card", LinkOptions()), events.append)
    assert end.value == os.getpid()
    assert [exchange.kind for exchange in end.exchanges] == ["power", "apdu", "power"]


def test_virtual_job_can_be_interrupted():
    end = run_job(
        JobSpec("linkjobs:interrupted", "virtual test-card", LinkOptions()), lambda _event: None
    )
    assert end.kind == "interrupted"
    assert len(end.exchanges) == 2
    with pytest.raises(KeyboardInterrupt):
        end.result()


SCRIPT = """
    import sys
    sys.path[:0] = [{here!r}]
    import linkfakes
    from harness.link.api import LinkOptions
    from harness.link.jobs import JobSpec
    from harness.link.supervise import run_job
    print("start", flush=True)
    def show(event):
        print(event, flush=True)
    end = run_job(
        JobSpec("linkjobs:hanging", "fake:tiny", LinkOptions(deadline_s=60.0)), show)
    print(end.kind, len(end.exchanges), end.in_flight.command.hex(), flush=True)
"""


def start_script() -> tuple[subprocess.Popen[str], int]:
    """A parent with a worker that hangs; the pid of the worker."""
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT).format(here=str(HERE))],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout.readline() == "start\n"
    assert parent.stdout.readline() == "before\n"
    worker = int(parent.stdout.readline())
    assert alive(worker)
    time.sleep(0.2)
    return parent, worker


def wait_until_dead(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_ctrl_c_ends_the_worker_and_keeps_what_was_done():
    parent, worker = start_script()
    parent.send_signal(signal.SIGINT)
    out, _err = parent.communicate(timeout=10)
    assert out.split() == ["interrupted", "2", "003a0000"]
    assert parent.returncode == 0
    assert wait_until_dead(worker)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_worker_dies_with_its_parent(number):
    parent, worker = start_script()
    parent.send_signal(number)
    parent.communicate(timeout=10)
    assert wait_until_dead(worker)


def test_result_of_a_crash_says_what_happened():
    with pytest.raises(Exception, match="killed by SIGSEGV"):
        JobEnd("crashed", error="killed by SIGSEGV").result()
