"""Orders to a served card, from another thread or a signal handler."""

from __future__ import annotations

import os
import select

_ORDERS = {
    b"s": "stop",
    b"e": "remove",
    b"r": "reinsert",
    b"n": "next",
    b"o": "other",
    b"w": "wrong-way",
}


class ServeControl:
    """A pipe that wakes the server up. Every method may be called from anywhere."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self.stopped = False

    def stop(self) -> None:
        """Take the card out and return from ``serve``."""
        self.stopped = True
        self._order(b"s")

    def remove(self) -> None:
        """Take the card out of the slot."""
        self._order(b"e")

    def reinsert(self) -> None:
        """Put it back."""
        self._order(b"r")

    def next(self) -> None:
        """Take it out, and put the next one in."""
        self._order(b"n")

    def insert_other(self) -> None:
        """Put another card into the empty slot: the same under another ATR."""
        self._order(b"o")

    def insert_wrong_way(self) -> None:
        """Put it in the wrong way round: pcscd finds a card that is mute."""
        self._order(b"w")

    def fileno(self) -> int:
        """Readable when an order waits."""
        return self._read

    def wait(self, seconds: float | None) -> str:
        """The next order (``stop``, ``remove``, ``reinsert``, ``next``, ``other``,
        ``wrong-way``), or an empty string after ``seconds`` (None: wait without end)."""
        ready, _w, _x = select.select([self._read], [], [], seconds)
        return _ORDERS[os.read(self._read, 1)] if ready else ""

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._read)
        os.close(self._write)

    def _order(self, letter: bytes) -> None:
        os.write(self._write, letter)
