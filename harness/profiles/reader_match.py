"""Which profile fits a reader, and which firmware is known to be bad."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.plain import dataclass
from harness.profiles.reader_profile import GENERIC, ReaderProfile, list_profiles, load_profile

KNOWN_BAD: dict[str, str] = {
    "04E6:E001": "5.16", "04E6:5111": "6.20", "04E6:E003": "5.10", "0D46:3001": "0.37",
    "0D46:3002": "0.37", "09C3:0008": "2.03", "0DC3:1004": "5.02", "0DC3:1102": "6.07",
    "058F:9520": "1.02", "072F:2200": "2.06", "08C3:0401": "50.00", "08C3:0402": "50.00",
    "0B0C:0050": "1.01", "0DC3:0900": "2.00", "03F0:0036": "1.24", "062D:0001": "1.02",
    "04E6:5291": "1.12", "0B97:7762": "1.11",
}  # fmt: skip
"""USB id to the first firmware that is not known to be bad: below it libccid refuses the reader
(the driver's list of bogus firmware)."""


@dataclass(frozen=True, slots=True)
class Match:
    """The profile, what decided, and the others that fit just as well: then it is the generic
    one, because a guess would judge by another model's limits."""

    profile: ReaderProfile
    by: str
    others: tuple[str, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Do several profiles fit equally well?"""
        return bool(self.others)


def find_profile(
    name: str, usb: str = "", firmware: str = "", known: Sequence[ReaderProfile] | None = None
) -> Match:
    """The profile of the reader called ``name``, with VID:PID and firmware where they are known.

    USB id and name together outweigh one of them; of what is left, the same firmware decides.
    """
    profiles = list_profiles() if known is None else list(known)
    ranked: dict[tuple[int, int], list[ReaderProfile]] = {}
    for profile in profiles:
        if profile.id == GENERIC:
            continue
        score = _score(profile, name, usb)
        if score:
            same = int(bool(firmware) and profile.firmware == firmware)
            ranked.setdefault((score, same), []).append(profile)
    if not ranked:
        return Match(_generic(profiles), "")
    best = max(ranked)
    found = ranked[best]
    by = {3: "USB id and name", 2: "USB id", 1: "name"}[best[0]]
    if len(found) > 1:
        return Match(_generic(profiles), by, tuple(sorted(one.id for one in found)))
    return Match(found[0], by + (" and firmware" if best[1] else ""))


def _score(profile: ReaderProfile, name: str, usb: str) -> int:
    same_usb = bool(usb and profile.usb) and usb.upper() == profile.usb.upper()
    if usb and profile.usb and not same_usb:
        return 0
    named = profile.fits_name(name)
    if same_usb:
        return 3 if named else 2 if not profile.pattern else 0
    return 1 if named else 0


def _generic(profiles: Sequence[ReaderProfile]) -> ReaderProfile:
    found = [one for one in profiles if one.id == GENERIC]
    return found[0] if found else load_profile(GENERIC)


def bad_firmware(usb: str, firmware: str) -> str:
    """The version that mends it, or an empty string: nothing bad is known."""
    needed = KNOWN_BAD.get(usb.upper(), "")
    return needed if needed and older(firmware, needed) else ""


def older(version: str, than: str) -> bool:
    """Is ``5.9`` older than ``5.16``? What is no number counts as the newest."""
    return _version(version) < _version(than)


def _version(text: str) -> tuple[int, ...]:
    """``5.16`` as numbers; what is no number ends it."""
    parts = []
    for word in text.split("."):
        if not word.isdecimal():
            break
        parts.append(int(word))
    return tuple(parts) or (1 << 30,)
