"""What a result can be traced to (rule 17): versions, commit, vectors, conditions."""

from __future__ import annotations

import hashlib
import platform
import re
import secrets
import subprocess
from collections.abc import Iterable
from datetime import datetime
from importlib import metadata
from pathlib import Path

from harness import __version__
from harness.campaign.options import AcceptanceOptions
from harness.campaign.scope import NOT_EXERCISED, OUT_OF_SCOPE
from harness.core import paths
from harness.core.i18n import _

_ROOT = Path(__file__).resolve().parents[2]


def run_id(started: datetime) -> str:
    """``2026-11-20T14-03-11-3f9a``: sorts by time, and two runs of one second differ."""
    return f"{started:%Y-%m-%dT%H-%M-%S}-{secrets.token_hex(2)}"


def commit() -> str:
    """Commit of the checkout, with ``-dirty`` when files were changed; empty outside one."""
    if not (_ROOT / ".git").exists():
        return ""
    found = _git("rev-parse", "HEAD")
    return f"{found}-dirty" if found and _git("status", "--porcelain", "-uno") else found


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def vectors_hash(folder: Path | None = None) -> str:
    """SHA-256 over names and contents of everything in ``vectors/``, 16 hex digits of it."""
    root = folder or paths.vectors()
    total = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(path.relative_to(root).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


NOT_PCSC = frozenset(("virtual", "replay"))
"""Kinds of reader that need no PC/SC service."""


def versions(*, pcsc: bool) -> dict[str, str]:
    """Component to version; with ``pcsc`` those of pyscard, pcscd and the CCID driver too, as far
    as they are installed."""
    found = {"emv-harness": __version__, "python": platform.python_version()}
    for name in ("pyemv", "cryptography", "gmpy2"):
        found[name] = _distribution(name)
    if pcsc:
        found["pyscard"] = _distribution("pyscard")
        found["pcscd"] = _pcscd()
        for package in ("libccid", "vsmartcard-vpcd"):
            found[package] = _debian(package)
    return {name: version for name, version in found.items() if version}


def _distribution(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _pcscd() -> str:
    """Version that the installed pcscd prints."""
    text = _output("pcscd", "--version")
    found = re.search(r"pcsc-lite version (\S+?)\.?\s", text)
    return found.group(1) if found else ""


def _debian(package: str) -> str:
    """Version of a Debian package, empty where there is none or no dpkg."""
    return _output("dpkg-query", "-W", "-f=${Version}", package).strip()


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def conditions(options: AcceptanceOptions, kinds: Iterable[str]) -> dict[str, str]:
    """What was in force, in words; what could not be observed is named here as well."""
    kinds = set(kinds)
    yes, no = _("allowed"), _("on virtual cards in process only")
    found = {
        "suites": ", ".join(options.suites),
        "terminal configuration": options.config,
        "plan": options.plan,
        "state changes": yes if options.allow_state_change else no,
        "own test keys": _("trusted") if options.own_test_keys else _("trusted in process only"),
        "deadline": f"{options.deadline_s * 1000:,.0f} ms",
        "kernel": _("the harness's own, contact; not a shop's terminal"),
    }
    if options.ca_keys:
        found["CA keys"] = options.ca_keys
    if options.faults:
        found["faults"] = ", ".join(options.faults)
        if "virtual" in kinds:
            found["delays"] = _("counted, not waited for, while a card in process is judged")
    if options.reader_faults:
        found["reader faults"] = ", ".join(options.reader_faults)
    if options.strict:
        found["strict"] = _("warnings count as failures")
    if kinds - NOT_PCSC:
        found["out of scope over PC/SC"] = "; ".join(
            f"{_(what)} ({_(why)})" for what, why in OUT_OF_SCOPE
        )
    if kinds & {"virtual", "vpcd"}:
        found["not exercised by a virtual card"] = "; ".join(_(what) for what in NOT_EXERCISED)
    return found
