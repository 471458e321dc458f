"""Every test process is a client of one socket name of its own.

pcsc-lite's client library reads the name of its socket once in the life of a process. So the name
is fixed here, before anybody calls it: behind it is nothing, until a fixture links it to a private
daemon. No test ever speaks to the system's daemon.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="emv-tests-"))
os.environ["PCSCLITE_CSOCK_NAME"] = str(FOLDER / "pcscd.comm")
# Nor does any keep its runs, or make a salt, where this user keeps his.
os.environ["EMV_SALT_FILE"] = str(FOLDER / "salt")
for name in ("EMV_HISTORY", "EMV_DRAWER"):
    os.environ.pop(name, None)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
