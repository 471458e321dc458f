"""The pcscd that the harness itself started, which checks may therefore kill and start again.

Nobody else's daemon is ever touched: without ``EMV_OWN_PCSCD``, which only ``private_pcscd`` sets,
there is none. The variable names a folder with the daemon's ``pid`` and a FIFO ``control``.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from harness.core.errors import ServiceDown
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.daemon import wake_daemon

VARIABLE = "EMV_OWN_PCSCD"
START_S = 10.0


@dataclass(frozen=True, slots=True)
class OwnDaemon:
    """A daemon of our own; ``folder`` is where its keeper listens."""

    folder: Path

    @property
    def pid(self) -> int:
        """Its process, 0 where none is written down."""
        try:
            return int((self.folder / "pid").read_text("ascii"))
        except (OSError, ValueError):
            return 0

    def kill(self) -> None:
        """End it as a crash would: its socket stays behind. Raises ServiceDown without one."""
        pid = self.pid
        if not pid:
            raise ServiceDown(_("the private pcscd is not running"))
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + START_S
        while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
            if _is_zombie(pid):
                return
            time.sleep(0.01)

    def restart(self) -> None:
        """Start it anew and wait until it answers. Raises ServiceDown."""
        before = self.pid
        with (self.folder / "control").open("w", encoding="ascii") as control:
            control.write("start\n")
        end = time.monotonic() + START_S
        while self.pid == before or not wake_daemon():
            if time.monotonic() > end:
                raise ServiceDown(_("the private pcscd did not come back"))
            time.sleep(0.02)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def own_daemon() -> OwnDaemon | None:
    """The daemon that the harness started for this process, or None."""
    folder = os.environ.get(VARIABLE, "")
    found = OwnDaemon(Path(folder)) if folder else None
    return found if found is not None and found.pid else None
