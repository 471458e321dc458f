"""Programs that are known to hold smart-card readers; found by reading ``/proc``, never killed."""

from __future__ import annotations

from pathlib import Path

from harness.core.i18n import N_, _
from harness.core.plain import dataclass

_CLOSE = N_("close it (`kill {pid}` does), or unload its PKCS#11 module")
_END = N_("let it end, or `kill {pid}`")
_KNOWN: dict[str, str] = {
    "scdaemon": N_("`gpgconf --kill scdaemon`, or `disable-ccid` in scdaemon.conf"),
    "gsd-smartcard": N_("`systemctl --user mask --now org.gnome.SettingsDaemon.Smartcard.service`"),
    "firefox": _CLOSE,
    "firefox-esr": _CLOSE,
    "chrome": _CLOSE,
    "chromium": _CLOSE,
    "pkcs11-register": _END,
    "cardpeek": _END,
    "pcsc_scan": _END,
    "scriptor": _END,
    "gscriptor": _END,
    "opensc-tool": _END,
    "yubikey-manager": _END,
    "ykman": _END,
    "vicc": N_("it serves another virtual card: `kill {pid}` ends it"),
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
        Suspect(name, pid, _(_KNOWN[name]).format(pid=pid))
        for name, pid in processes(proc)
        if name in _KNOWN
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
