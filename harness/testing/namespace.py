"""The inside of a private pcscd's mount namespace (run by ``private_pcscd``).

``unshare -m python -m harness.testing.namespace FOLDER``: FOLDER/run becomes /run/pcscd, driver
bundles are covered so that no USB reader is touched, and a daemon runs until stdin closes. A line
``start`` starts it anew.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from harness.link.system import find_driver, find_tool

RUN_FOLDER = Path("/run/pcscd")
DRIVERS = Path("/usr/lib/pcsc/drivers")
MOUNT_S = 30.0


def write_config(folder: Path, name: str, port: int) -> None:
    """Lay out FOLDER: ``conf`` with one vpcd reader, ``run`` for the socket, ``empty``."""
    for part in ("conf", "run", "empty"):
        (folder / part).mkdir()
    # mkdtemp makes the folder private; clients of other users are no use here either.
    (folder / "conf" / "vpcd").write_text(
        f'FRIENDLYNAME "{name}"\n'
        f"DEVICENAME   /dev/null:0x{port:04X}\n"
        f"LIBPATH      {find_driver('libifdvpcd.so')}\n"
        f"CHANNELID    0x{port:04X}\n"
    )


def main(arguments: list[str]) -> int:
    """Set the namespace up and keep a daemon in it until stdin closes."""
    folder = Path(arguments[0])
    try:
        RUN_FOLDER.mkdir(exist_ok=True)
        _mount(folder / "run", RUN_FOLDER)
        for bundle in DRIVERS.glob("*.bundle"):
            _mount(folder / "empty", bundle)
    except (OSError, subprocess.CalledProcessError) as error:
        _say(f"cannot set the namespace up: {error}")
        return 1
    keeper = _Keeper(folder)
    keeper.start()
    os.mkfifo(folder / "control", 0o600)
    threading.Thread(target=_listen, args=(folder, keeper), daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "start":
            keeper.start()
    keeper.end()
    return 0


class _Keeper:
    """The daemon, of which there is one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, ending the one before."""
        with self._turn:
            if self._daemon is not None:
                _end(self._daemon)
            self._daemon = _start(self._folder)
            (self._folder / "pid").write_text(str(self._daemon.pid), "ascii")

    def end(self) -> None:
        """End it."""
        with self._turn:
            if self._daemon is not None:
                _end(self._daemon)


def _listen(folder: Path, keeper: _Keeper) -> None:
    """Orders of checks that run inside: they have no hold of stdin."""
    while True:
        with (folder / "control").open(encoding="ascii") as control:
            for line in control:
                if line.strip() == "start":
                    keeper.start()


def _mount(source: Path, target: Path) -> None:
    command = ["mount", "--bind", str(source), str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=MOUNT_S)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    program = find_tool("pcscd") or "pcscd"
    with (folder / "pcscd.log").open("ab") as log:
        daemon = subprocess.Popen(
            [program, "--foreground", "--config", str(folder / "conf")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _say(f"pid {daemon.pid}")
    return daemon


def _end(daemon: subprocess.Popen[bytes]) -> None:
    """Politely first: it removes its socket then. It may be stuck on a mute card."""
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(1.5)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
