"""The lock of a reader holds between processes, is counted within one, and names its holder."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from harness.core.errors import ConfigError, SharingViolation
from harness.link.lock import ReaderLock, all_holders, lock_directory

HOLD = """
import sys
from harness.link.lock import ReaderLock
lock = ReaderLock("Reader A", folder=None)
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(runtime):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_other_process_is_named(holder):
    lock = ReaderLock("Reader A")
    with pytest.raises(SharingViolation) as caught:
        lock.acquire()
    assert f"process {holder.pid}" in caught.value.what
    assert caught.value.where == "Reader A"
    assert caught.value.todo
    found = lock.holder()
    assert found is not None
    assert (found.pid, found.reader) == (holder.pid, "Reader A")
    assert [one.pid for one in all_holders()] == [holder.pid]


def test_other_reader_and_other_daemon_are_free(holder):
    for lock in (ReaderLock("Reader B"), ReaderLock("Reader A", "8:1")):
        assert lock.holder() is None
        lock.acquire()
        lock.release()


def test_lock_ends_with_its_holder(holder):
    holder.kill()
    holder.wait()
    lock = ReaderLock("Reader A")
    assert lock.holder() is None
    lock.acquire(wait_s=1.0)
    lock.release()


def test_waiting_is_bounded(holder):
    started = time.monotonic()
    with pytest.raises(SharingViolation):
        ReaderLock("Reader A").acquire(wait_s=0.2)
    assert 0.2 <= time.monotonic() - started < 2


def test_counted_within_a_process(runtime):
    first, second = ReaderLock("Reader A"), ReaderLock("Reader A")
    first.acquire()
    second.acquire()
    first.release()
    first.release()
    assert second.holder() is not None
    assert second.holder().pid == os.getpid()
    second.release()
    assert second.holder() is None
    assert all_holders() == []


def test_directory_is_private(runtime):
    folder = lock_directory()
    assert folder.parent == runtime
    assert folder.stat().st_mode & 0o777 == 0o700


def test_directory_of_others_is_refused(runtime):
    folder = lock_directory()
    folder.chmod(0o777)
    with pytest.raises(ConfigError, match="others may write"):
        lock_directory()


def test_directory_must_not_be_a_link(runtime):
    target = runtime / "elsewhere"
    target.mkdir()
    (runtime / "emv-harness").symlink_to(target)
    with pytest.raises(ConfigError):
        lock_directory()
