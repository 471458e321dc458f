"""Starting and steering the process that serves a card to vpcd."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.core import errors
from harness.core.errors import HarnessError, LinkError, ServiceDown
from harness.core.i18n import _
from harness.link.api import LinkOptions

OPENER = "harness.virtualcard.card:open_card"
START_S = 10.0


class ServedChild:
    """One ``serve_child`` process. It ends with this object, and with the process that made it."""

    def __init__(self, image: str, options: LinkOptions, port: int, opener: str = OPENER) -> None:
        wanted = {
            "image": image,
            "faults": list(options.faults),
            "seed": options.seed,
            "date": options.clock.today().isoformat(),
            "port": port,
            "opener": opener,
        }
        package = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(dict.fromkeys(filter(None, (package, *sys.path))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.link.serve_child", json.dumps(wanted)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
        )
        self._buffer = b""
        self.removed = False

    def wait_ready(self) -> None:
        """Until the driver has taken the card. Raises what the child reported, LinkError when it
        ended or did not get ready in 10 s."""
        end = time.monotonic() + START_S
        while (left := end - time.monotonic()) > 0:
            event = self._event(left)
            if event is not None and event["event"] == "ready":
                return
        raise ServiceDown(
            _("pcscd did not take the virtual card in {ms:,.0f} ms").format(ms=START_S * 1000),
            todo=_("`emv-harness doctor` looks at pcscd and its vpcd driver"),
        )

    def poll(self) -> None:
        """Take in what the child has said since: ``removed`` is up to date afterwards."""
        while self._event(0) is not None:
            pass

    def reinsert(self) -> None:
        """Put the card back and wait until the driver has it."""
        self._order("reinsert")
        self.wait_ready()
        self.removed = False

    def put_back(self) -> None:
        """Put the card back, without waiting for the driver."""
        self.poll()
        self._order("reinsert")
        self.removed = False

    def insert(self, which: str) -> None:
        """Put ``other`` (a card with another ATR) or ``wrong-way`` into the empty slot."""
        self.poll()
        self._order(which)
        self.removed = False

    def remove(self) -> None:
        """Pull the card."""
        self._order("remove")

    def stop(self) -> None:
        """End the process. Safe to call twice."""
        process = self._process
        if process.stdin is not None and not process.stdin.closed:
            with suppress(OSError):
                process.stdin.close()
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _order(self, order: str) -> None:
        stdin = self._process.stdin
        try:
            if stdin is None or stdin.closed:
                raise BrokenPipeError
            stdin.write(order.encode() + b"\n")
            stdin.flush()
        except OSError as error:
            raise LinkError(_("the process that serves the virtual card has ended")) from error

    def _event(self, seconds: float) -> dict[str, Any] | None:
        """The next event, or None after ``seconds``. An error of the child is raised."""
        stdout = self._process.stdout
        if stdout is None or stdout.closed:
            return None
        while b"\n" not in self._buffer:
            if not select.select([stdout], [], [], seconds)[0]:
                return None
            data = os.read(stdout.fileno(), 4096)
            if not data:
                raise LinkError(
                    _(
                        "the process that serves the virtual card has ended: exit code {code}"
                    ).format(code=self._process.wait())
                )
            self._buffer += data
        line, _newline, self._buffer = self._buffer.partition(b"\n")
        event: dict[str, Any] = json.loads(line)
        if event["event"] == "error":
            raise _error(event)
        if event["event"] == "removed":
            self.removed = True
        return event


def _error(event: dict[str, Any]) -> HarnessError:
    """The child's error as one of ours; of a file's many mistakes the text holds all."""
    cls = getattr(errors, str(event.get("kind")), HarnessError)
    if cls is errors.ConfigErrors:
        cls = errors.ConfigError
    error: HarnessError = cls(event["what"], where=event["where"], todo=event["todo"])
    return error
