"""Where the local pcscd is reached."""

from __future__ import annotations

import os
import socket
from pathlib import Path

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
"""pcsc-lite's own variable: its client library reads the socket path from it."""

_DEFAULT = "/run/pcscd/pcscd.comm"


def daemon_socket() -> Path:
    """The socket that PC/SC clients of this process connect to."""
    return Path(os.environ.get(SOCKET_VARIABLE) or _DEFAULT)


def daemon_identity() -> str:
    """Which pcscd this process sees: two daemons (in two mount namespaces) may both have a reader
    of the same name, and these are different readers."""
    try:
        status = daemon_socket().stat()
    except OSError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def wake_daemon() -> bool:
    """Connect to the daemon's socket: with systemd that starts it. True when it took the call."""
    try:
        with socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(1.0)
            knock.connect(str(daemon_socket()))
    except OSError:
        return False
    return True
