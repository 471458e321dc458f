"""Progress on stderr: what is being done and what is waited for.

On a terminal one line moves at least once a second; in a file or a CI log only changes are
written, each on a line of its own.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import IO

from harness.core.i18n import _
from harness.core.typeset import typeset
from harness.report.layout import WIDTH, cell_width, wrap

TICK_S = 0.5


class Progress:
    """Use as a context manager; ``show`` says what is going on now."""

    def __init__(self, stream: IO[str] | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        terminal = getattr(self._stream, "isatty", lambda: False)()
        self._moving = terminal and os.environ.get("TERM") != "dumb" and not quiet
        self._text = ""
        self._told: set[str] = set()
        self._since = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Progress:
        if self._moving:
            self._thread = threading.Thread(target=self._tick, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._clear()

    def show(self, group: str, text: str) -> None:
        """``text`` is going on from now on, as a part of ``group``.

        Where the line cannot move, each group is written once.
        """
        if self._quiet:
            return
        with self._lock:
            changed = group not in self._told
            self._told.add(group)
            self._text = f"{group}   {text}"
            self._since = time.monotonic()
            if self._moving:
                self._draw()
            elif changed:
                self._stream.write(group + "\n")
                self._stream.flush()

    def note(self, text: str) -> None:
        """A line that stays."""
        if self._quiet:
            return
        with self._lock:
            self._clear()
            self._stream.write(typeset(text) + "\n")
            self._stream.flush()

    def _tick(self) -> None:
        while not self._stop.wait(TICK_S):
            with self._lock:
                if self._text:
                    self._draw()

    def _draw(self) -> None:
        seconds = time.monotonic() - self._since
        tail = _(" … {seconds:.0f} s").format(seconds=seconds) if seconds >= 1 else ""
        line = wrap(self._text, WIDTH - 2 - cell_width(tail))[0] + tail
        self._stream.write("\r\033[2K" + line)
        self._stream.flush()

    def _clear(self) -> None:
        if self._moving:
            self._stream.write("\r\033[2K")
            self._stream.flush()
