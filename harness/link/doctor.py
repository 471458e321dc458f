"""What stands between this process and a card, looked at piece by piece (``doctor``).

Every probe only reads: files, ``/proc``, ``/sys``, and the daemon's socket.
"""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from harness.core.errors import ConfigError, LinkError, ServiceDown
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.link.culprits import processes, running_culprits
from harness.link.daemon import SOCKET_VARIABLE, daemon_socket, wake_daemon
from harness.link.lock import all_holders
from harness.link.pcsc_reader import PIP_EXTRA, reader_names, reader_state
from harness.link.system import find_driver, find_tool

READER_CONF = Path("/etc/reader.conf.d")
_ROOT = Path("/")
_START = N_("`sudo systemctl start pcscd.socket`; without systemd: `sudo pcscd`")


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` None: only told, neither good nor bad. ``todo`` is empty where nothing is to do."""

    name: str
    ok: bool | None
    value: str
    todo: str = ""


def probe_all() -> list[Finding]:
    """Every finding, from the library up to the readers. Never raises."""
    findings: list[Finding] = []
    for probe in (
        _pyscard, _daemon_program, _daemon_socket, _polkit, _ccid, _udev, _vpcd, _readers,
        _kernel, _usb_power, _programs, _locks,
    ):  # fmt: skip
        findings += _guarded(probe)
    return findings


def _guarded(probe: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return probe()
    except (OSError, LinkError, ConfigError, subprocess.SubprocessError) as error:
        name = probe.__name__.strip("_").replace("_", " ")
        return [Finding(name, None, _("cannot be looked at: {why}").format(why=error))]


def versions() -> dict[str, str]:
    """Versions of pyscard, pcscd, libccid and the vpcd driver, as far as they can be read; for a
    report's provenance (rule 17)."""
    found = {
        "pyscard": pyscard_version(),
        "pcscd": pcscd_version(),
        "libccid": package_version("libccid"),
        "vpcd": package_version("vsmartcard-vpcd"),
    }
    return {name: version for name, version in found.items() if version}


def pyscard_version() -> str:
    """Version of the installed pyscard, or an empty string."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pyscard")
    except PackageNotFoundError:
        return ""


def pcscd_version() -> str:
    """What ``pcscd --version`` calls itself, or an empty string."""
    program = find_tool("pcscd")
    if program is None:
        return ""
    text = _output([program, "--version"])
    first = text.partition("\n")[0]
    return first.rpartition(" ")[2].rstrip(".")


def package_version(package: str) -> str:
    """Version of a Debian package, or an empty string."""
    tool = find_tool("dpkg-query")
    if tool is None:
        return ""
    return _output([tool, "-W", "-f=${Version}", package]).strip()


def _output(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _pyscard() -> list[Finding]:
    try:
        from harness.link.pcsc_reader import pcsc

        pcsc()
    except ConfigError as error:
        return [Finding("pyscard", False, error.what, error.todo or PIP_EXTRA)]
    return [Finding("pyscard", True, pyscard_version() or _("installed"))]


def _daemon_program() -> list[Finding]:
    program = find_tool("pcscd")
    if program is None:
        todo = _("`sudo apt-get install pcscd`, or what your system calls pcsc-lite's daemon")
        return [Finding("pcscd", False, _("not installed"), todo)]
    return [Finding("pcscd", True, f"{pcscd_version()} ({program})".strip())]


def _daemon_socket() -> list[Finding]:
    path = daemon_socket()
    start = _(_START)
    if not path.exists():
        return [Finding("pcscd socket", False, _("{path} is not there").format(path=path), start)]
    if not os.access(path, os.R_OK | os.W_OK):
        return [
            Finding(
                "pcscd socket",
                False,
                _("{path} may not be used by this user").format(path=path),
                _("`sudo systemctl restart pcscd.socket` makes it anew, open to everybody"),
            )
        ]
    if not wake_daemon():
        stale = _("{path} is there, nobody answers: pcscd ended without cleaning up")
        return [Finding("pcscd socket", False, stale.format(path=path), start)]
    value = str(path)
    if os.environ.get(SOCKET_VARIABLE):
        value += _(" (from {variable})").format(variable=SOCKET_VARIABLE)
    return [Finding("pcscd socket", True, value)]


def _polkit(root: Path = _ROOT) -> list[Finding]:
    policy = root / "usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
    if os.geteuid() == 0 or not policy.exists():
        return []
    session = os.environ.get("XDG_SESSION_ID") and not os.environ.get("SSH_CONNECTION")
    value = _("polkit decides who may use pcscd")
    if session:
        return [Finding("polkit", None, value)]
    rule = (
        'polkit.addRule(function(a, s) { if (a.id.indexOf("org.debian.pcsc-lite.access_") == 0 '
        f'&& s.user == "{getpass.getuser()}") return polkit.Result.YES; }});'
    )
    todo = _(
        "this is no local session: if access is denied, "
        "`echo '{rule}' | sudo tee /etc/polkit-1/rules.d/50-pcscd.rules`"
    ).format(rule=rule)
    return [Finding("polkit", None, value, todo)]


def _ccid(root: Path = _ROOT) -> list[Finding]:
    bundles = sorted(root.glob("usr/lib*/pcsc/drivers/*.bundle")) + sorted(
        root.glob("usr/lib/*/pcsc/drivers/*.bundle")
    )
    if not bundles:
        todo = _("for USB readers: `sudo apt-get install libccid`")
        return [Finding("USB reader drivers", None, _("none"), todo)]
    names = ", ".join(bundle.name for bundle in bundles)
    version = package_version("libccid")
    return [Finding("USB reader drivers", True, f"{names}{' ' + version if version else ''}")]


def _udev(root: Path = _ROOT) -> list[Finding]:
    """pcscd from 2.4 on runs as a user of its own: readers must be handed to it by udev rules."""
    number = pcscd_version()
    parts = tuple(int(word) for word in number.split(".")[:2] if word.isdecimal())
    rules = [
        file
        for folder in ("etc/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d")
        for file in sorted((root / folder).glob("*pcscd*.rules"))
    ]
    if rules:
        return [Finding("udev rules", True, str(rules[0]))]
    if parts and parts >= (2, 4):
        todo = _(
            "`sudo apt-get install libccid` (1.7 or later is needed), then plug the reader in again"
        )
        return [Finding("udev rules", False, _("none for pcscd {v}").format(v=number), todo)]
    return []


def _usb_power(root: Path = _ROOT) -> list[Finding]:
    """Smart-card readers that the kernel may put to sleep drop out of long runs."""
    found = []
    for interface in sorted((root / "sys/bus/usb/devices").glob("*/bInterfaceClass")):
        if interface.read_text("ascii", "replace").strip() != "0b":
            continue
        device = interface.parent.name.partition(":")[0]
        control = root / "sys/bus/usb/devices" / device / "power/control"
        if control.exists() and control.read_text("ascii", "replace").strip() == "auto":
            todo = _("for a long run: `echo on | sudo tee {path}`").format(path=control)
            value = _("USB device {name} may be suspended").format(name=device)
            found.append(Finding("USB power", None, value, todo))
    return found


def _vpcd(conf: Path = READER_CONF) -> list[Finding]:
    driver = find_driver("libifdvpcd.so")
    todo = _("for virtual cards over PC/SC: `sudo apt-get install vsmartcard-vpcd`")
    if driver is None:
        return [Finding("vpcd driver", None, _("not installed"), todo)]
    entries = [
        file.name
        for file in sorted(conf.glob("*"))
        if any("libifdvpcd" in line for line in _active_lines(file))
    ]
    if len(entries) == 1:
        return [Finding("vpcd driver", True, f"{driver}, {conf / entries[0]}")]
    if not entries:
        value = _("{driver}, but no entry in {conf}").format(driver=driver, conf=conf)
        todo = _("`sudo apt-get install --reinstall vsmartcard-vpcd`")
        return [Finding("vpcd driver", None, value, todo)]
    value = _("{count} entries in {conf}: only one works").format(count=len(entries), conf=conf)
    extra = " ".join(str(conf / name) for name in entries[1:])
    todo = _("`sudo rm {files}` leaves {name}; then `sudo systemctl restart pcscd`").format(
        files=extra, name=entries[0]
    )
    return [Finding("vpcd driver", False, value, todo)]


def _active_lines(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _readers() -> list[Finding]:
    try:
        names = reader_names()
    except ConfigError:
        return []
    except ServiceDown as error:
        return [Finding("readers", False, error.what, _(_START))]
    except LinkError as error:
        return [Finding("readers", False, error.what, error.todo)]
    if not names:
        todo = _("plug one in; `lsusb` lists it where cable and port are good")
        return [Finding("readers", None, _("none"), todo)]
    found = []
    for name in names:
        state = reader_state(name)
        words = [_("card") if state.present else _("empty")]
        words += [_("mute")] if state.mute else []
        words += [_("in use")] if state.in_use else []
        todo = _("take the card out and insert it chip first, face up; clean its contacts")
        mute = state.mute and state.present
        value = f"{name}: {', '.join(words)}"
        found.append(Finding("reader", None if mute else True, value, todo if mute else ""))
    return found


def _kernel(root: Path = _ROOT) -> list[Finding]:
    taken = [name for name in ("pn533_usb", "pn533") if (root / "sys/module" / name).exists()]
    if not taken:
        return []
    todo = _(
        "it takes an ACR122U or other PN533 reader from PC/SC: "
        "`printf 'blacklist pn533_usb\\nblacklist pn533\\nblacklist nfc\\n' | sudo tee "
        "/etc/modprobe.d/no-pn533.conf && sudo modprobe -r pn533_usb pn533 nfc`, "
        "then plug it in again"
    )
    value = _("{names} loaded").format(names=", ".join(taken))
    return [Finding("kernel driver", False, value, todo)]


def _programs(root: Path = _ROOT) -> list[Finding]:
    found = [
        Finding("program that may hold a reader", None, f"{one.name} (pid {one.pid})", one.todo)
        for one in running_culprits(root / "proc")
    ]
    daemons = [pid for name, pid in processes(root / "proc") if name == "pcscd"]
    if len(daemons) > 1:
        pids = ", ".join(str(pid) for pid in sorted(daemons))
        todo = _(
            "two daemons fight for USB readers unless each is in a namespace of its own: "
            "`ps -o pid,lstart,args -C pcscd` tells them apart, `sudo kill PID` ends one"
        )
        found.append(Finding("pcscd", None, _("several run: pid {pids}").format(pids=pids), todo))
    return found


def _locks() -> list[Finding]:
    return [
        Finding(
            "reader lock",
            None,
            _("{reader} is held by process {pid} ({command})").format(
                reader=holder.reader, pid=holder.pid, command=holder.command
            ),
            _("wait until it is done, or end it: `kill -INT {pid}`").format(pid=holder.pid),
        )
        for holder in all_holders()
    ]
