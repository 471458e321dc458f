"""A limit in time is kept, or broken, whatever the machine's pace."""

from __future__ import annotations

import time

import pytest

from harness.testing import pace


def burn(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_what_is_quick_enough_is_returned() -> None:
    assert pace.within(1.0, lambda: burn(0.01)) == "done"


def test_what_is_too_slow_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "slowness", lambda: 1.0)
    with pytest.raises(AssertionError, match=r"allowed 0\.01 s"):
        pace.within(0.01, lambda: burn(0.05))


def test_a_slow_machine_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "slowness", lambda: 100.0)
    assert pace.within(0.01, lambda: burn(0.05)) == "done"


def test_a_busy_moment_is_forgiven_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "slowness", lambda: 1.0)
    spent = iter([0.05, 0.0])
    assert pace.within(0.02, lambda: burn(next(spent))) == "done"


def test_slowness_is_never_below_one() -> None:
    assert pace.slowness() >= 1.0
