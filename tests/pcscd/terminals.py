"""A pseudo-terminal for tests of what a person types, where the machine has any."""

from __future__ import annotations

import pty

import pytest


def terminal() -> tuple[int, int]:
    """The two ends of a new one: the person's and the program's."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal here: {error}")
