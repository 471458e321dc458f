"""Where programs and drivers are on this system."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_DRIVER_FOLDERS = (
    "/usr/lib/pcsc/drivers/serial",
    "/usr/local/lib/pcsc/drivers/serial",
    "/usr/lib64/pcsc/drivers/serial",
)


def find_tool(name: str) -> str | None:
    """Path of a program; the system's own are found without /usr/sbin in PATH."""
    path = os.environ.get("PATH", "")
    return shutil.which(name, path=f"{path}:/usr/local/sbin:/usr/sbin:/sbin")


def find_driver(name: str) -> Path | None:
    """A driver for readers that are named in reader.conf, or None."""
    places = (Path(folder) / name for folder in _DRIVER_FOLDERS)
    return next((place for place in places if place.exists()), None)
