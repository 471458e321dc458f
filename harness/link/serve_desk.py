"""Orders to a served card from another shell: a socket of the user's own, one a slot.

A client sends one line (``insert``, ``remove``, ``next``, ``stop`` or ``status``) and gets one JSON
object: what became of it. The socket lies in a directory that nobody else can enter.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.core.errors import ServiceDown
from harness.core.i18n import _
from harness.link.serve_control import ServeControl

ORDERS = ("insert", "remove", "next", "stop", "status")
DONE_S = 15.0
"""pcscd looks at its slots every 0.4 s or so; a card that comes back stays out for a second."""
_IN = frozenset(("ready",))
_OUT = frozenset(("removed", "waiting"))


def control_path(port: int) -> Path:
    """Where the socket of the slot on ``port`` is."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) if base else Path(tempfile.gettempdir())
    return folder / f"emv-harness-{os.getuid()}" / f"serve-{port}.sock"


class ServeDesk:
    """Takes orders for one slot. ``tell`` has to be told every event of the slot; ``card`` is the
    id of the card whose turn it is."""

    def __init__(self, port: int, control: ServeControl, card: str) -> None:
        self.card = card
        self._control = control
        self._path = control_path(port)
        self._news = threading.Condition()
        self._state = "waiting"
        self._count = 0
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Start to listen, in a thread that ends with the process. Raises ServiceDown where the
        directory of the socket belongs to somebody else."""
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
            raise ServiceDown(
                _("the directory of the control socket is open to others"), where=str(folder)
            )
        if _answers(self._path):
            return  # another `card serve` has the slot, and will be told so by the driver
        with suppress(FileNotFoundError):
            self._path.unlink()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(4)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Stop listening. Safe to call twice."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
            with suppress(FileNotFoundError):
                self._path.unlink()

    def tell(self, event: str) -> None:
        """Something happened in the slot."""
        with self._news:
            self._state = event
            self._count += 1
            self._news.notify_all()

    def obey(self, order: str) -> dict[str, Any]:
        """Carry out ``order`` and say what became of it, at the latest after 15 s. ``stop`` is
        carried out by whoever sends the answer: the process ends with it."""
        with self._news:
            since = self._count
        if order == "remove" and self._state not in _OUT:
            self._control.remove()
            return self._answer(self._wait(_OUT, since))
        if order == "insert" and self._state not in _IN:
            self._control.reinsert()
            return self._answer(self._wait(_IN, since))
        if order == "next":
            self._control.next()
            return self._answer(self._wait(_IN, since))
        return self._answer(order in ORDERS)

    def _wait(self, states: frozenset[str], since: int) -> bool:
        """Until an event after ``since`` leaves the slot in one of ``states``."""
        end = time.monotonic() + DONE_S
        with self._news:
            while self._count == since or self._state not in states:
                if not self._news.wait(end - time.monotonic()):
                    return False
        return True

    def _answer(self, done: bool) -> dict[str, Any]:
        return {"done": done, "state": self._state, "card": self.card}

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            order = ""
            with client, suppress(OSError):
                client.settimeout(5.0)
                order = client.recv(64).decode("ascii", "replace").strip()
                client.sendall(json.dumps(self.obey(order)).encode() + b"\n")
            if order == "stop":
                self._control.stop()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def give_order(port: int, order: str) -> dict[str, Any]:
    """Send ``order`` to the card that is served on ``port``: ``done``, ``state`` and ``card``.

    Raises ServiceDown where none is.
    """
    path = control_path(port)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DONE_S + 5.0)
            client.connect(str(path))
            client.sendall(order.encode("ascii") + b"\n")
            with client.makefile("r", encoding="ascii") as answer:
                found: dict[str, Any] = json.loads(answer.readline())
                return found
    except (OSError, ValueError) as error:
        raise ServiceDown(
            _("no card is served on port {port}").format(port=port),
            where=str(path),
            todo=_("start one: emv-harness card serve IMAGE; --slot 2 means the second slot"),
        ) from error
