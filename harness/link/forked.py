"""What becomes of a PC/SC context when the process that made it forks: two processes of its own.

``python -m harness.link.forked``: opens a context, forks, and lets the child use it while the
parent waits; one JSON object on stdout. The harness itself starts its workers with spawn.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress

from harness.core.plain import dataclass

CHILD_S = 5.0


@dataclass(frozen=True, slots=True)
class Forked:
    """Codes of SCardListReaders: by the ``child`` (empty: it did not come back in 5 s) on its
    parent's context, and by the ``parent`` on the same one afterwards."""

    child: str
    parent: str


def ask_forked() -> Forked:
    """Try it in processes of their own. Raises OSError, ValueError when they tell nothing."""
    argv = [sys.executable, "-m", "harness.link.forked"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=4 * CHILD_S, check=False, env=env
    )
    found: dict[str, str] = json.loads(done.stdout)
    return Forked(found["child"], found["parent"])


def main() -> int:
    """Fork with an open context, and tell what parent and child see."""
    from harness.link.pcsc_service import PcscService

    code, client = PcscService("").open()
    if client is None:
        sys.stdout.write(json.dumps({"child": code, "parent": code}))
        return 1
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tell, client.readers()[0].encode())
        os._exit(0)
    ready = select.select([told], [], [], CHILD_S)[0]
    seen = os.read(told, 200).decode() if ready else ""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    signal.alarm(int(CHILD_S))
    sys.stdout.write(json.dumps({"child": seen, "parent": client.readers()[0]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
