"""Reader profiles (``reader_profiles/*.toml``): what a reader model is, and the limits that it is
held to. Only facts that cannot be derived are stored; the rest is derived here.

Field names follow the CCID class descriptor (USB-IF Smart Card CCID 1.1, 5.1).
"""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, ids, read_toml

GENERIC = "generic-ccid"
KINDS = ("contact", "contactless", "dual", "token", "virtual")
_LEVELS = {0x00000000: "character", 0x00010000: "tpdu", 0x00020000: "short", 0x00040000: "extended"}
_LEVEL_BITS = 0x00070000
_CCID_HEADER = 10


@dataclass(frozen=True, slots=True)
class Ccid:
    """Raw descriptor values of one interface; zero or empty where they are not known."""

    slots: int = 1
    voltages: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    features: int = 0
    max_ifsd: int = 0
    max_message: int = 0
    clock_khz: tuple[int, ...] = ()
    rate_bps: tuple[int, ...] = ()
    pin: int = 0
    lcd: int = 0
    interrupt: bool = True
    class_get_response: int = 0

    @property
    def level(self) -> str:
        """Exchange level: character, tpdu, short, extended; unknown where no features are given."""
        if not self.features:
            return "unknown"
        return _LEVELS.get(self.features & _LEVEL_BITS, "unknown")

    @property
    def max_input(self) -> int:
        """Longest command in bytes that one message carries (0: not known)."""
        return max(self.max_message - _CCID_HEADER, 0)

    @property
    def automatic_pps(self) -> bool:
        """Does the reader negotiate parameters by itself (features 40 or 80)?"""
        return bool(self.features & 0xC0)

    @property
    def pin_pad(self) -> bool:
        """Does the reader say that it has a PIN pad (bPINSupport)?"""
        return self.pin != 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Our judgement for a model. Times in ms; ``extended`` says whether extended APDUs are
    expected to pass; ``max_data`` is the most data bytes of one command or answer then."""

    insert_ms: float = 1000.0
    remove_ms: float = 1000.0
    connect_ms: float = 2000.0
    reset_ms: float = 1000.0
    apdu_ms_p50: float = 40.0
    apdu_ms_p95: float = 100.0
    extended: bool = False
    max_data: int = 255
    min_firmware: str = ""


@dataclass(frozen=True, slots=True)
class Quirk:
    """A check that this model is known to answer otherwise: ``expect`` in words, and why."""

    test: str
    expect: str
    why: str


@dataclass(frozen=True, slots=True)
class Interface:
    """One of several CCID interfaces of a device: ``role`` is icc, picc or sam."""

    role: str
    name: str
    ccid: Ccid


@dataclass(frozen=True, slots=True)
class ReaderProfile:
    """A reader model. ``usb`` is VID:PID; ``pattern`` a regular expression on the PC/SC name.
    ``interfaces`` is empty where the device has one; ``ccid`` is the first of several."""

    schema: int
    id: str
    name: str
    kind: str
    source: str
    usb: str
    pattern: str
    ccid: Ccid
    limits: Limits
    quirks: tuple[Quirk, ...]
    firmware: str = ""
    path: Path | None = field(default=None)
    interfaces: tuple[Interface, ...] = ()

    def fits_name(self, reader_name: str) -> bool:
        """Does the pattern fit this PC/SC name?"""
        return bool(self.pattern) and re.search(self.pattern, reader_name) is not None

    def matches(self, reader_name: str, usb: str = "") -> bool:
        """Does a reader with this PC/SC name (and VID:PID, where it is known) fit?"""
        if self.usb and usb and self.usb.upper() != usb.upper():
            return False
        return self.fits_name(reader_name)


def profiles_folder() -> Path:
    """Where the shipped profiles are."""
    return paths.shipped("reader_profiles")


def list_profiles() -> list[ReaderProfile]:
    """Every shipped profile, by id."""
    return [load_profile(name) for name in ids(profiles_folder())]


def load_profile(name: str | Path) -> ReaderProfile:
    """The profile with this id, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("reader profile"), name, profiles_folder(), "emv-harness profile list")
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> ReaderProfile:
    """A ReaderProfile from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    usb, pattern = _match(top.table("match"))
    made = ReaderProfile(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        id=path.stem,
        name=top.text("name", REQUIRED),
        kind=top.text("kind", REQUIRED, choices=KINDS),
        source=top.text("source"),
        usb=usb,
        pattern=pattern,
        ccid=_ccid(top.table("ccid")),
        limits=_limits(top.table("limits")),
        quirks=tuple(_quirk(item) for item in top.tables("quirk")),
        firmware=top.text("firmware"),
        path=path,
        interfaces=tuple(_interface(item) for item in top.tables("interface")),
    )
    top.finish(_("the reader profile has mistakes"), str(path))
    return made


def _match(match: Fields | None) -> tuple[str, str]:
    if match is None:
        return "", ""
    usb = match.text("usb", pattern="[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", shape="VVVV:PPPP")
    pattern = match.text("name")
    try:
        re.compile(pattern)
    except re.error as error:
        match.problem("name", _("is not a regular expression: {reason}").format(reason=error))
        pattern = ""
    if not usb and not pattern:
        match.problem("name", _("give name, usb or both"))
    match.done()
    return usb, pattern


def _interface(item: Fields) -> Interface:
    role = item.text("role", REQUIRED, choices=("icc", "picc", "sam"))
    name = item.text("name")
    return Interface(role, name, _ccid(item))


def _ccid(ccid: Fields | None) -> Ccid:
    if ccid is None:
        return Ccid()
    made = Ccid(
        slots=ccid.number("slots", 1, low=1, high=16),
        voltages=ccid.texts("voltages", choices=("5", "3", "1.8")),
        protocols=ccid.texts("protocols", choices=("T=0", "T=1")),
        features=ccid.number("features", 0, low=0, high=0xFFFFFFFF),
        max_ifsd=ccid.number("max_ifsd", 0, low=0, high=0xFFFF),
        max_message=ccid.number("max_message", 0, low=0, high=0xFFFFFFFF),
        clock_khz=ccid.numbers("clock_khz"),
        rate_bps=ccid.numbers("rate_bps"),
        pin=ccid.number("pin", 0, low=0, high=3),
        lcd=ccid.number("lcd", 0, low=0, high=0xFFFF),
        interrupt=ccid.flag("interrupt", default=True),
        class_get_response=ccid.number("class_get_response", 0, low=0, high=255),
    )
    if made.features & _LEVEL_BITS not in _LEVELS:
        ccid.problem("features", _("names more than one exchange level (bits 17 to 19)"))
    if made.max_message and made.max_message < _CCID_HEADER + 5:
        ccid.problem("max_message", _("is too small to carry an APDU"))
    ccid.done()
    return made


def _limits(limits: Fields | None) -> Limits:
    if limits is None:
        return Limits()
    known = Limits()
    times = {
        key: limits.decimal(key, getattr(known, key))
        for key in (
            "insert_ms",
            "remove_ms",
            "connect_ms",
            "reset_ms",
            "apdu_ms_p50",
            "apdu_ms_p95",
        )
    }
    made = Limits(
        **times,
        extended=limits.flag("extended"),
        max_data=limits.number("max_data", 255, low=255, high=65536),
        min_firmware=limits.text("min_firmware"),
    )
    if made.apdu_ms_p50 > made.apdu_ms_p95:
        limits.problem("apdu_ms_p50", _("is above apdu_ms_p95"))
    limits.done()
    return made


def _quirk(item: Fields) -> Quirk:
    made = Quirk(
        test=item.text("test", REQUIRED),
        expect=item.text("expect", REQUIRED),
        why=item.text("why", REQUIRED),
    )
    item.done()
    return made
