"""Writing report files: whole or not at all, readable by others only when masked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.core.atomic import replace_file
from harness.core.errors import ConfigError


def write_atomic(path: Path, text: str, *, private: bool = False) -> Path:
    """Write ``text`` as UTF-8 under a temporary name, then rename it to ``path``.

    ``private`` gives mode 0600, for what holds cardholder data in clear. Returns ``path``.
    Raises ConfigError when the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text, private=private, durable=False)
    except OSError as error:
        raise _cannot(path, error) from error
    return path


def require_writable(folder: Path, name: str = "report.html", option: str = "--out") -> None:
    """Make ``folder``, so that what a long run found has a place for ``name``. Raises ConfigError,
    which names the ``option`` that it came from."""
    probe = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".report.", dir=folder)
        os.close(handle)
        Path(temporary).unlink()
    except OSError as error:
        raise _cannot(probe, error, option) from error


def _cannot(path: Path, error: OSError, option: str = "--out") -> ConfigError:
    return ConfigError(
        f"cannot write {path.name}: {error.strerror}",
        where=str(path.parent),
        todo=f"give another directory with {option}",
    )
