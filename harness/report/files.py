"""Writing report files: whole or not at all, readable by others only when masked."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.core.errors import ConfigError


def write_atomic(path: Path, text: str, *, private: bool = False) -> Path:
    """Write ``text`` as UTF-8 under a temporary name, then rename it to ``path``.

    ``private`` gives mode 0600, for what holds cardholder data in clear. Returns ``path``.
    Raises ConfigError when the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o600 if private else 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
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


def _umask() -> int:
    value = os.umask(0o077)
    os.umask(value)
    return value


def _cannot(path: Path, error: OSError, option: str = "--out") -> ConfigError:
    return ConfigError(
        f"cannot write {path.name}: {error.strerror}",
        where=str(path.parent),
        todo=f"give another directory with {option}",
    )
