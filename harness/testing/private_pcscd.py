"""A pcscd of one's own with one vpcd reader, apart from the system's.

``python -m harness.testing.private_pcscd [--port P] -- COMMAND...`` runs COMMAND beside it and
ends with its exit code; ``--check`` only says whether that is possible here. ``PrivatePcscd`` is
the same for tests. The daemon lives in a mount namespace, because its socket path is fixed: it
never meets the system's daemon, nor any USB reader.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from harness.core.errors import ConfigError, HarnessError, ServiceDown
from harness.link.daemon import SOCKET_VARIABLE
from harness.link.own_daemon import VARIABLE as OWN_VARIABLE
from harness.link.system import find_driver, find_tool
from harness.link.vpcd_server import PORT_VARIABLE
from harness.testing import namespace

READER_NAME = "Virtual PCD"
START_S = 10.0
PROBE_S = 30.0


def available() -> tuple[bool, str]:
    """(can a private pcscd be started here, the reason if not)."""
    reason = _why_not()
    return not reason, reason


def _why_not() -> str:
    if not sys.platform.startswith("linux"):
        return "mount namespaces are Linux only"
    for tool, package in (("pcscd", "pcscd"), ("unshare", "util-linux"), ("nsenter", "util-linux")):
        if find_tool(tool) is None:
            return f"{tool} is not installed (package {package})"
    if find_driver("libifdvpcd.so") is None:
        return "the vpcd driver is not installed (package vsmartcard-vpcd)"
    if find_spec("smartcard") is None:
        return "pyscard is not installed (extra pcsc)"
    if os.geteuid() != 0:
        return "a mount namespace needs root"
    probe = subprocess.run(
        ["unshare", "-m", "true"], capture_output=True, text=True, check=False, timeout=PROBE_S
    )
    if probe.returncode:
        return f"no mount namespace here: {probe.stderr.strip()}"
    return ""


class PrivatePcscd:
    """A running private daemon; use it as a context manager, or ``start`` and ``stop`` it.

    ``port`` is the TCP port of its vpcd slot (chosen when 0; the next one belongs to it as well),
    ``name`` its reader's name, which PC/SC lists with a slot number appended. ``daemon_pid`` is
    the daemon's process. ``clients`` is the environment for a client outside the namespace.
    """

    def __init__(self, port: int = 0, *, name: str = READER_NAME) -> None:
        self.port = port or free_ports()
        self.name = name
        self._folder: Path | None = None
        self._keeper: subprocess.Popen[str] | None = None

    def __enter__(self) -> PrivatePcscd:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Make the namespace and start the daemon. Raises ConfigError where that cannot be done,
        ServiceDown when the daemon does not come up."""
        ok, reason = available()
        if not ok:
            raise ConfigError(
                f"a private pcscd cannot be started: {reason}",
                todo="install what is missing, or run as root",
            )
        self._folder = Path(tempfile.mkdtemp(prefix="emv-pcscd-"))
        namespace.write_config(self._folder, self.name, self.port)
        self._keeper = subprocess.Popen(
            ["unshare", "-m", sys.executable, "-m", "harness.testing.namespace", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            self._await_daemon()
        except BaseException:
            self.stop()
            raise

    @property
    def daemon_pid(self) -> int:
        """The daemon's process as its keeper wrote it down; a check may have started it anew."""
        with suppress(OSError, ValueError):
            return int(((self._folder or Path()) / "pid").read_text("ascii"))
        return 0

    def _await_daemon(self, before: int = 0) -> None:
        end = time.monotonic() + START_S
        while self.daemon_pid in (0, before):
            keeper = self._keeper
            if keeper is None or keeper.poll() is not None or time.monotonic() > end:
                said = keeper.stdout.read() if keeper is not None and keeper.stdout else ""
                raise ServiceDown(f"the private pcscd did not start: {said.strip() or self.log()}")
            time.sleep(0.01)
        end = time.monotonic() + START_S
        while not (_answers(self.socket_path) and _listens(self.port)):
            if time.monotonic() > end:
                raise ServiceDown(f"the private pcscd did not come up: {self.log()}")
            time.sleep(0.01)

    @property
    def socket_path(self) -> Path:
        """The daemon's socket as it is seen from outside the namespace."""
        if self._folder is None:
            raise ConfigError("the private pcscd is not running")
        return self._folder / "run" / "pcscd.comm"

    @property
    def clients(self) -> dict[str, str]:
        """Variables for a PC/SC client outside the namespace, and for vpcd readers."""
        return {SOCKET_VARIABLE: str(self.socket_path), **self._inside()}

    def _inside(self) -> dict[str, str]:
        return {
            PORT_VARIABLE: str(self.port),
            "EMV_VPCD_READER": self.name,
            OWN_VARIABLE: str(self._folder or ""),
        }

    def prefix(self) -> list[str]:
        """What to put before a command line so that it runs inside the namespace, here."""
        if self._keeper is None:
            raise ConfigError("the private pcscd is not running")
        # The folder is entered again from inside: a working directory carried over belongs to the
        # mounts outside, and a rename between the two is refused as crossing devices.
        enter = ["sh", "-c", 'cd -- "$0" && exec "$@"', str(Path.cwd())]
        return ["nsenter", "-t", str(self._keeper.pid), "-m", "-r", "--wd", *enter]

    def popen(self, argv: Sequence[str], **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401
        """Start ``argv`` inside the namespace; ``options`` as for ``subprocess.Popen``."""
        env = {**(options.pop("env", None) or os.environ), **self._inside()}
        env.pop(SOCKET_VARIABLE, None)
        options.setdefault("text", True)
        process: subprocess.Popen[str] = subprocess.Popen(
            [*self.prefix(), *argv], env=env, **options
        )
        return process

    def run(
        self, argv: Sequence[str], *, timeout: float = 60.0, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run ``argv`` inside to its end; output captured. Raises TimeoutExpired."""
        with self.popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                out, err = process.communicate(stdin, timeout=timeout)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(list(argv), process.returncode, out, err)

    def restart_daemon(self) -> None:
        """Start the daemon again in the same namespace."""
        if self._keeper is None or self._keeper.stdin is None:
            raise ConfigError("the private pcscd is not running")
        before = self.daemon_pid
        self._keeper.stdin.write("start\n")
        self._keeper.stdin.flush()
        self._await_daemon(before)

    def log(self) -> str:
        """The last lines that the daemon wrote."""
        if self._folder is None:
            return ""
        with suppress(OSError):
            return (self._folder / "pcscd.log").read_text("utf-8", "replace")[-2000:]
        return ""

    def stop(self) -> None:
        """End the daemon and the namespace. Safe to call twice."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            with suppress(OSError):
                if keeper.stdin is not None:
                    keeper.stdin.close()
            try:
                keeper.wait(5.0)
            except subprocess.TimeoutExpired:
                os.killpg(keeper.pid, signal.SIGKILL)
                keeper.wait()
            if keeper.stdout is not None:
                keeper.stdout.close()
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def free_ports() -> int:
    """A TCP port that is free together with the next one: vpcd opens two."""
    for _attempt in range(200):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with socket.socket() as second, suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise ConfigError("no two neighbouring TCP ports are free")


def _answers(path: Path) -> bool:
    """Does the daemon take connections? Its socket file may be there before that."""
    with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
        client.connect(str(path))
        return True
    return False


def _listens(port: int) -> bool:
    """Does somebody listen? Looked up in the kernel's table: a connection would be a card."""
    wanted = f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(wanted) and fields[3] == "0A":
            return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the command's exit code, or 4 when no daemon can be had."""
    parser = argparse.ArgumentParser(prog="private_pcscd", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TCP port of the vpcd slot")
    parser.add_argument("--check", action="store_true", help="only say whether it is possible")
    parser.add_argument("command", nargs="*", help="after --")
    wanted = parser.parse_args(arguments)
    ok, reason = available()
    if wanted.check or not ok:
        sys.stdout.write((reason or "available") + "\n")
        return 0 if ok else 4
    if not wanted.command:
        parser.error("give a command after --")
    try:
        with PrivatePcscd(wanted.port) as daemon:
            return _wait(daemon.popen(wanted.command))
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return 4


def _wait(process: subprocess.Popen[str]) -> int:
    """The command's exit code. Ctrl-C is the command's to handle; SIGTERM is passed on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_a: process.terminate())
    code = process.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
