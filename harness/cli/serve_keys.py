"""Keys on the terminal while a card is served: i, r, n, q."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

LOOK_S = 0.3


def usable() -> bool:
    """Is stdin a terminal that this process may read from, and not only in its background?"""
    try:
        return sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


@contextmanager
def keys(actions: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """Within it, a key that is pressed does its action at once. Nothing where there is no
    terminal."""
    if not usable():
        yield
        return
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    ended = threading.Event()
    listener = threading.Thread(target=_listen, args=(descriptor, actions, ended), daemon=True)
    tty.setcbreak(descriptor)
    try:
        listener.start()
        yield
    finally:
        ended.set()
        listener.join(2 * LOOK_S)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _listen(
    descriptor: int, actions: Mapping[str, Callable[[], None]], ended: threading.Event
) -> None:
    while not ended.is_set():
        # Who reads a terminal from the background is stopped by it.
        if not select.select([descriptor], [], [], LOOK_S)[0] or not usable():
            ended.wait(LOOK_S if not usable() else 0)
            continue
        key = os.read(descriptor, 1).decode("ascii", "replace").lower()
        action = actions.get(key)
        if action is not None:
            action()
