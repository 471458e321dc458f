"""Programs that are known to hold smart-card readers; found by reading ``/proc``, never killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.core.i18n import N_, _

_KNOWN: dict[str, str] = {
    "scdaemon": N_("`gpgconf --kill scdaemon`, or `disable-ccid` in scdaemon.conf"),
    "gsd-smartcard": N_("log out of the smart-card session, or mask gsd-smartcard"),
    "pcscd": "",
    "firefox": N_("close it, or unload its PKCS#11 module"),
    "firefox-esr": N_("close it, or unload its PKCS#11 module"),
    "chrome": N_("close it, or unload its PKCS#11 module"),
    "chromium": N_("close it, or unload its PKCS#11 module"),
    "pkcs11-register": N_("wait until it is done"),
    "cardpeek": N_("close it"),
    "pcsc_scan": N_("press Ctrl-C in its window"),
    "scriptor": N_("let it end, or press Ctrl-C in its window"),
    "gscriptor": N_("close it"),
    "opensc-tool": N_("wait until it is done"),
    "yubikey-manager": N_("close it"),
    "ykman": N_("wait until it is done"),
    "vicc": N_("it serves another virtual card: stop it"),
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A running program that may hold a reader, and how to make it let go."""

    name: str
    pid: int
    todo: str


def running_culprits(proc: Path = Path("/proc")) -> list[Suspect]:
    """Programs from the list of usual holders that run now (empty where there is no ``/proc``)."""
    found = [
        Suspect(name, pid, _(_KNOWN[name])) for name, pid in processes(proc) if _KNOWN.get(name)
    ]
    return sorted(found, key=lambda suspect: (suspect.name, suspect.pid))


def processes(proc: Path = Path("/proc")) -> list[tuple[str, int]]:
    """(program name, pid) of every process that can be read."""
    found = []
    for folder in proc.glob("[0-9]*"):
        try:
            # The kernel keeps 15 characters of the name.
            name = (folder / "comm").read_text("utf-8", "replace").strip()
        except OSError:
            continue
        found.append((name, int(folder.name)))
    return found
