"""Files that are there whole or not at all, whoever reads or dies meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_S = 30.0
"""How long ``locked`` waits for another process."""


def replace_file(
    path: Path, text: str | bytes, *, private: bool = False, durable: bool = True
) -> None:
    """Write ``text`` (as UTF-8, bytes as they are) under a temporary name beside ``path``, then
    rename it.

    ``private`` gives mode 0600; else a file that is replaced keeps its mode, and a new one has
    what the umask leaves. With ``durable`` it is on the disk when this returns. Raises OSError,
    and leaves nothing behind then.
    """
    # Where the path is a link, the file that it leads to is replaced and the link stays.
    path = path.resolve()
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if private else _mode(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A rename is on disk only once its folder is."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # a system that does not open folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        value = os.umask(0o077)
        os.umask(value)
        return 0o666 & ~value


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone among the processes that take this lock: for reading a file, changing it and writing
    it back. Raises TimeoutError after ``WAIT_S``; where there is no flock nothing is locked."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        end = time.monotonic() + WAIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise TimeoutError(f"{folder} is locked by another process") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)
