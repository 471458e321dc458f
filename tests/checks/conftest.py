"""Checks that run in process know nothing of a pcscd that other tests of the process started."""

from __future__ import annotations

import pytest

from harness.link.own_daemon import VARIABLE


@pytest.fixture(autouse=True)
def no_daemon_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
