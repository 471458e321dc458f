"""What the reader checks share: work in threads, figures, the size of the process, the desk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from readerbenches import bench

from harness.checks import registry
from harness.checks.finding import ok
from harness.checks.reader import endurance
from harness.checks.reader.desk import Task, service_check
from harness.checks.reader.spread import three_digits
from harness.checks.registry import Needs, Tier, Wants
from harness.core.errors import LinkTimeout
from harness.core.spec import Spec


def test_a_task_gives_what_its_work_returned() -> None:
    task = Task(lambda: 7)
    assert task.value() == 7
    assert task.done(0.0) is True


def test_a_task_raises_what_its_work_raised() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Task(work).value()


def test_a_task_that_stands_still_ends_the_wait_and_not_the_process() -> None:
    gate = threading.Event()
    task = Task(gate.wait)
    assert task.done(0.001) is False
    with pytest.raises(LinkTimeout, match="did not come back in 2 ms") as caught:
        task.value(0.002)
    assert caught.value.deadline_s == 0.002
    assert task._thread.daemon
    gate.set()
    assert task.value() is True


def test_done_waits_for_the_work() -> None:
    gate = threading.Event()
    threading.Timer(0.05, gate.set).start()
    assert Task(gate.wait).done(10.0)


def test_a_value_is_waited_for_ten_seconds_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    monkeypatch.setattr(Task, "done", lambda _self, seconds: waits.append(seconds))
    with pytest.raises(LinkTimeout, match=r"in 10,000 ms"):
        Task(lambda: None).value()
    assert waits == [10.0]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, 0.0),
        (0.012345, 0.0123),
        (45.678, 45.7),
        (999.4, 999.0),
        (1000.6, 1001),
        (2000.6, 2001),
    ],
)
def test_times_are_told_with_three_digits_and_whole_above_a_second(
    value: float, shown: float
) -> None:
    assert three_digits(value) == shown


def test_a_service_check_is_registered_with_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHECKS", {})
    spec = (Spec("a book", "1"),)
    checks = {
        "TST-01": service_check("TST-01", "one"),
        "TST-02": service_check(
            "TST-02", "two", needs=Needs.TEST_CARD, tier=Tier.SOAK, wants=(Wants.HAND,),
            limit_s=9.0, spec=spec,
        ),
    }  # fmt: skip
    for id, decorate in checks.items():
        function = decorate(lambda _bench: ok("fine"))
        entry = registry.CHECKS["reader", id]
        assert entry.function is function
        assert function(bench()).message == "fine"
        assert entry.severity.value == "FAIL"
    one, two = (registry.CHECKS["reader", id] for id in checks)
    assert (one.needs, one.tier, one.limit_s) == (Needs.ANY_CARD, Tier.FULL, 60.0)
    assert one.wants == {Wants.SERVICE}
    assert one.spec[0].document == "PC/SC Specification Part 5"
    assert (two.needs, two.tier, two.limit_s) == (Needs.TEST_CARD, Tier.SOAK, 9.0)
    assert two.wants == {Wants.SERVICE, Wants.HAND}
    assert two.spec == spec


def status(tmp_path: Path, text: str | None) -> dict[str, Path]:
    """A /proc with this status and two open descriptors."""
    found = tmp_path / "status"
    if text is not None:
        found.write_text(text, encoding="ascii")
    folder = tmp_path / "fd"
    folder.mkdir()
    for name in ("0", "1"):
        (folder / name).touch()
    return {"/proc/self/status": found, "/proc/self/fd": folder}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Name:\tx\nVmSize:\t  999 kB\nVmRSS:\t  1234 kB\nThreads:\t1\n", (1234, 2)),
        ("Name:\tx\n", (0, 0)),
        (None, (0, 0)),
    ],
)
def test_the_footprint_is_read_from_proc(
    text: str | None, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endurance, "Path", status(tmp_path, text).__getitem__)
    assert endurance.footprint() == size
