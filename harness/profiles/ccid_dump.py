"""Reading what libccid's ``parse`` prints about a reader: one ``name: value`` a line."""

from __future__ import annotations

import re

from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.reader_profile import Ccid

_LINE = re.compile(r"^\s*(?P<key>[A-Za-z]+): (?P<value>.*)$")
_NUMBER = re.compile(r"0x[0-9A-Fa-f]+|\d+(?:\.\d+)?")
_VOLTAGES = ((1, "5"), (2, "3"), (4, "1.8"))
_PROTOCOLS = ((1, "T=0"), (2, "T=1"))
_CONTACTLESS = re.compile(
    r"contactless|picc|nfc|rfid|felica|prox|multi-iso|[ -]cl\b|\bcl\b|mifare", re.IGNORECASE
)
_SAM = re.compile(r"\bsam\b", re.IGNORECASE)
_NEEDED = ("dwFeatures", "dwProtocols", "dwMaxCCIDMessageLength", "bVoltageSupport")
_WHOLE = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class DumpInterface:
    """One CCID interface of a device: its own name (may be empty), and its descriptor."""

    name: str
    role: str
    ccid: Ccid


@dataclass(frozen=True, slots=True)
class Dump:
    """A device. ``usb`` is VID:PID, ``firmware`` bcdDevice as ``2.16``."""

    usb: str
    manufacturer: str
    product: str
    firmware: str
    interfaces: tuple[DumpInterface, ...]

    @property
    def kind(self) -> str:
        """contact, contactless, dual or token, as far as names and features tell."""
        roles = {one.role for one in self.interfaces}
        if any(one.ccid.features & 0x0800 for one in self.interfaces):
            return "token"
        if {"picc", "icc"} <= roles:
            return "dual"
        return "contactless" if "picc" in roles else "contact"


def read_dump(text: str) -> Dump:
    """The device that ``text`` describes.

    Raises CodecError that names what is missing: a device without class descriptor, for one.
    """
    device: dict[str, str] = {}
    interfaces: list[dict[str, str]] = []
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        key, value = found["key"], found["value"].strip()
        if key == "bInterfaceNumber":
            interfaces.append({})
        (interfaces[-1] if interfaces else device).setdefault(key, value)
    for key in ("idVendor", "idProduct"):
        if key not in device:
            raise CodecError(_("no {key}: not a dump of a CCID device").format(key=key))
    usb = f"{_whole(device, 'idVendor'):04X}:{_whole(device, 'idProduct'):04X}"
    product = device.get("iProduct", "")
    read = tuple(_interface(one, product) for one in interfaces if "dwFeatures" in one)
    if not read:
        raise CodecError(_("no CCID class descriptor in it"))
    return Dump(
        usb=usb,
        manufacturer=device.get("iManufacturer", ""),
        product=product,
        firmware=device.get("bcdDevice", "").partition(" ")[0],
        interfaces=read,
    )


def _interface(table: dict[str, str], product: str) -> DumpInterface:
    missing = [key for key in _NEEDED if key not in table]
    if missing:
        raise CodecError(_("no {keys} in the class descriptor").format(keys=", ".join(missing)))
    own = table.get("iInterface", "")
    name = own if re.search(r"\w{3}", own) else ""
    voltage, protocol = _whole(table, "bVoltageSupport"), _low_word(table["dwProtocols"])
    return DumpInterface(
        name,
        _role(name or product),
        Ccid(
            slots=_whole(table, "bMaxSlotIndex") + 1,
            voltages=tuple(text for bit, text in _VOLTAGES if voltage & bit),
            protocols=tuple(text for bit, text in _PROTOCOLS if protocol & bit),
            features=_whole(table, "dwFeatures") & _WHOLE,
            max_ifsd=_whole(table, "dwMaxIFSD"),
            max_message=_whole(table, "dwMaxCCIDMessageLength"),
            clock_khz=_clocks(table),
            rate_bps=tuple(_whole(table, key) for key in ("dwDataRate", "dwMaxDataRate")),
            pin=_whole(table, "bPINSupport"),
            lcd=_whole(table, "wLcdLayout"),
            interrupt=_whole(table, "bNumEndpoints") >= 3,
            class_get_response=_whole(table, "bClassGetResponse"),
        ),
    )


def _role(name: str) -> str:
    if _SAM.search(name):
        return "sam"
    return "picc" if _CONTACTLESS.search(name) else "icc"


def _whole(table: dict[str, str], key: str) -> int:
    """The first number in a value, 0 where the key is missing. Raises CodecError."""
    if key not in table:
        return 0
    found = _NUMBER.search(table[key])
    if found is None:
        raise CodecError(_("{key} is no number: {text!r}").format(key=key, text=table[key]))
    return int(float(found[0])) if "." in found[0] else int(found[0], 0)


def _clocks(table: dict[str, str]) -> tuple[int, ...]:
    """Default and maximum clock in kHz; the dump gives MHz with three decimals."""
    texts = [table.get(key, "") for key in ("dwDefaultClock", "dwMaximumClock")]
    numbers = [_NUMBER.search(text) for text in texts]
    return tuple(round(float(found[0]) * 1000) for found in numbers if found is not None)


def _low_word(text: str) -> int:
    """``0x0000 0x0003`` is 3; the high word is reserved."""
    return int(text.rsplit(maxsplit=1)[-1], 0) & 0xFFFF
