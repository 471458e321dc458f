"""Where the shipped files are (the checkout first, the wheel's copy second), and our own."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from harness.core.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def shipped(name: str) -> Path:
    """Directory ``vectors`` or ``reader_profiles``.

    An editable install carries a stale copy, so the checkout beside the package wins.
    """
    checkout = _PACKAGE.parent / name
    if checkout.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    wheel = _PACKAGE / "_shipped" / name
    if wheel.is_dir():
        return wheel
    raise ConfigError(
        f"the shipped directory {name!r} is missing",
        where=f"{checkout} and {wheel}",
        todo="install emv-harness again",
    )


def vectors() -> Path:
    """Evidence: card images, sequences, cases, transcripts, faults."""
    return shipped("vectors")


def state_home() -> Path:
    """Where the harness keeps what outlives a run: ``$XDG_STATE_HOME`` or ``~/.local/state``."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "emv-harness"


def data(name: str) -> Path:
    """A run-time dictionary inside the package, ``harness/data/``."""
    return _PACKAGE / "data" / name
