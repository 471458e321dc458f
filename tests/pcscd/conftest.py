"""One private pcscd for the tests of this folder; they skip with the reason where none can be."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.link.daemon import SOCKET_VARIABLE
from harness.testing.private_pcscd import PrivatePcscd, available

LINK_TESTS = str(Path(__file__).parent.parent / "link")


@pytest.fixture(scope="package")
def daemon() -> Iterator[PrivatePcscd]:
    """The daemon; this process and its children are its clients."""
    ok, reason = available()
    if not ok:
        pytest.skip(f"no private pcscd: {reason}")
    before = dict(os.environ)
    door = Path(os.environ[SOCKET_VARIABLE])  # see tests/conftest.py
    with PrivatePcscd() as running:
        door.symlink_to(running.socket_path)
        os.environ.update({**running.clients, SOCKET_VARIABLE: str(door)})
        sys.path.insert(0, LINK_TESTS)
        yield running
        sys.path.remove(LINK_TESTS)
        door.unlink()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def healthy(daemon: PrivatePcscd) -> Iterator[PrivatePcscd]:
    """The daemon for a test that kills it; started again afterwards."""
    yield daemon
    daemon.restart_daemon()
