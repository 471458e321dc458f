"""Whose turn it is on a virtual slot: the lock behind BeginTransaction and EndTransaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class SlotLock:
    """Counted, owned by a handle, waited for by the others. ``guard`` protects the slot itself."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        self._free = threading.Condition(self.guard)
        self._owner: object | None = None
        self._depth = 0

    def take(self, owner: object) -> None:
        """Wait until nobody else has it, and take it once more."""
        with self._free:
            self._free.wait_for(lambda: self._owner in (None, owner))
            self._owner = owner
            self._depth += 1

    def give(self, owner: object) -> bool:
        """Give it back once; False when ``owner`` does not have it."""
        with self._free:
            if self._owner is not owner:
                return False
            self._depth -= 1
            if self._depth == 0:
                self._owner = None
                self._free.notify_all()
            return True

    def drop(self, owner: object) -> None:
        """Give it back altogether."""
        with self._free:
            if self._owner is owner:
                self._owner, self._depth = None, 0
                self._free.notify_all()

    def taken_by_other(self, owner: object) -> bool:
        """Has somebody else a transaction?"""
        with self.guard:
            return self._owner not in (None, owner)

    @contextmanager
    def held_for(self, owner: object) -> Iterator[None]:
        """One exchange: alone, and not within somebody else's transaction."""
        with self._free:
            self._free.wait_for(lambda: self._owner in (None, owner))
            yield
