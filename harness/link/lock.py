"""One harness process a reader: an advisory lock that all processes of this user see.

PC/SC's exclusive mode protects one connection; this lock protects a whole job, and can say who
holds it. It is ``flock`` on a file, which the kernel releases when its holder dies in any way.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
from pathlib import Path

from harness.core.errors import ConfigError, SharingViolation
from harness.core.i18n import _
from harness.core.plain import dataclass


def lock_directory() -> Path:
    """The user's own directory for lock files, made with mode 0700.

    Raises ConfigError when it belongs to somebody else or is open to others.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    uid = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(base) / "emv-harness" if base else Path(f"/tmp/emv-harness-{uid}")  # noqa: S108
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise ConfigError(
            _("the directory for reader locks cannot be made: {why}").format(why=error.strerror),
            where=str(folder),
            todo=_("set XDG_RUNTIME_DIR to a directory of your own"),
        ) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or status.st_mode & 0o022:
        raise ConfigError(
            _("the directory for reader locks belongs to another user, or others may write to it"),
            where=str(folder),
            todo=_("remove it, or set XDG_RUNTIME_DIR to a directory of your own"),
        )
    return folder


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: process id, its command line, the reader, since when (seconds)."""

    pid: int
    command: str
    reader: str
    since: float


@dataclass(slots=True)
class _Held:
    descriptor: int
    count: int


_held: dict[Path, _Held] = {}


class ReaderLock:
    """The lock of one reader. Within a process it may be taken many times (it is counted)."""

    def __init__(self, reader: str, daemon: str = "", *, folder: Path | None = None) -> None:
        self.reader = reader
        digest = hashlib.sha256(f"{daemon}\n{reader}".encode()).hexdigest()[:20]
        self.path = (folder or lock_directory()) / f"{digest}.lock"
        self._mine = 0

    def acquire(self, wait_s: float = 0.0) -> None:
        """Take it, waiting up to ``wait_s``. Raises SharingViolation that names the holder."""
        end = time.monotonic() + wait_s
        while not self._try():
            if time.monotonic() >= end:
                raise self._violation()
            time.sleep(0.05)
        self._mine += 1

    def release(self) -> None:
        """Give it back; more often than it was taken does no harm."""
        held = _held.get(self.path)
        if held is None or self._mine == 0:
            return
        self._mine -= 1
        held.count -= 1
        if held.count == 0:
            del _held[self.path]
            os.close(held.descriptor)

    def __enter__(self) -> ReaderLock:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def holder(self) -> Holder | None:
        """Who holds it now, this process included, or None."""
        return _holder_of(self.path)

    def _try(self) -> bool:
        held = _held.get(self.path)
        if held is not None:
            held.count += 1
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _flock(descriptor):
            os.close(descriptor)
            return False
        text = json.dumps(
            {
                "pid": os.getpid(),
                "command": " ".join(Path(word).name for word in sys.argv[:1]) or "python",
                "reader": self.reader,
                "since": time.time(),
            }
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
        _held[self.path] = _Held(descriptor, 1)
        return True

    def _violation(self) -> SharingViolation:
        holder = _read_holder(self.path)
        by = (
            _("process {pid} ({command})").format(pid=holder.pid, command=holder.command)
            if holder
            else _("another process of this user")
        )
        return SharingViolation(
            _("the reader is in use by another run of the harness: {by}").format(by=by),
            where=self.reader,
            todo=_("wait until it is done, or end it with Ctrl-C in its window"),
        )


def all_holders() -> list[Holder]:
    """Every lock of this user that is held now."""
    holders = (_holder_of(path) for path in sorted(lock_directory().glob("*.lock")))
    return [holder for holder in holders if holder is not None]


def _holder_of(path: Path) -> Holder | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Another open of the same file never shares the lock, not even in the same process.
        return None if _flock(descriptor) else _read_holder(path)
    finally:
        os.close(descriptor)


def _read_holder(path: Path) -> Holder | None:
    try:
        data = json.loads(path.read_text("utf-8"))
        return Holder(
            int(data["pid"]), str(data["command"]), str(data["reader"]), float(data["since"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _flock(descriptor: int) -> bool:
    """Try to lock; True when it worked, and where the system has no flock (PC/SC's exclusive mode
    remains)."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
