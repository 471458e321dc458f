"""PC/SC Part 10: features of a reader and their properties, as the reader tells them.

Lists are 1-byte tag, 1-byte length; control codes are big-endian, property integers little-endian
(PC/SC Part 10, 2.2 and 2.6.14). ``tlv8`` takes them apart; it is given no list of expected tags,
because it stops without a word at the first tag that is not in one.
"""

from __future__ import annotations

from typing import Any

from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass

GET_FEATURES = 3400
"""Function of SCARD_CTL_CODE that asks for the list of features."""

FEATURES: dict[int, str] = {
    0x01: "VERIFY_PIN_START", 0x02: "VERIFY_PIN_FINISH", 0x03: "MODIFY_PIN_START",
    0x04: "MODIFY_PIN_FINISH", 0x05: "GET_KEY_PRESSED", 0x06: "VERIFY_PIN_DIRECT",
    0x07: "MODIFY_PIN_DIRECT", 0x08: "MCT_READER_DIRECT", 0x09: "MCT_UNIVERSAL",
    0x0A: "IFD_PIN_PROPERTIES", 0x0B: "ABORT", 0x0C: "SET_SPE_MESSAGE",
    0x0D: "VERIFY_PIN_DIRECT_APP_ID", 0x0E: "MODIFY_PIN_DIRECT_APP_ID", 0x0F: "WRITE_DISPLAY",
    0x10: "GET_KEY", 0x11: "IFD_DISPLAY_PROPERTIES", 0x12: "GET_TLV_PROPERTIES",
    0x13: "CCID_ESC_COMMAND",
}  # fmt: skip

PROPERTIES: dict[int, tuple[str, int]] = {
    0x01: ("wLcdLayout", 2), 0x02: ("bEntryValidationCondition", 1), 0x03: ("bTimeOut2", 1),
    0x04: ("wLcdMaxCharacters", 2), 0x05: ("wLcdMaxLines", 2), 0x06: ("bMinPINSize", 1),
    0x07: ("bMaxPINSize", 1), 0x08: ("sFirmwareID", 0), 0x09: ("bPPDUSupport", 1),
    0x0A: ("dwMaxAPDUDataSize", 4), 0x0B: ("wIdVendor", 2), 0x0C: ("wIdProduct", 2),
}  # fmt: skip
"""Tag to name and size in bytes; 0: text."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What GET_TLV_PROPERTIES told: integers and texts by name; unknown tags as they came."""

    values: dict[str, int | str]
    unknown: dict[int, bytes]

    @property
    def usb(self) -> str:
        """``08E6:34C2``, or an empty string."""
        vendor, product = self.values.get("wIdVendor"), self.values.get("wIdProduct")
        if not isinstance(vendor, int) or not isinstance(product, int):
            return ""
        return f"{vendor:04X}:{product:04X}"


@dataclass(frozen=True, slots=True)
class PinProperties:
    """IFD_PIN_PROPERTIES: display (lines and columns), validation conditions, second timeout."""

    lcd: int
    validation: int
    timeout_2: int


def pairs(raw: bytes) -> list[tuple[int, bytes]]:
    """Tag and value of each entry, in order. Raises CodecError for a list cut short, ConfigError
    without tlv8."""
    decode = _tlv8()
    try:
        entries = decode(raw, None)
    except ValueError as error:
        raise CodecError(_("a Part 10 list that is cut short: {why}").format(why=error)) from error
    return [(int(entry.type_id), bytes(entry.data)) for entry in entries]


def _tlv8() -> Any:  # noqa: ANN401 - a function of a library without types
    try:
        from tlv8 import decode
    except ImportError as error:
        raise ConfigError(
            _("PC/SC Part 10 lists need the package tlv8"), todo="pip install tlv8"
        ) from error
    return decode


def parse_features(raw: bytes) -> dict[int, int]:
    """Feature tag to control code. Raises CodecError when a code has not four bytes."""
    found = {}
    for tag, value in pairs(raw):
        if len(value) != 4:
            raise CodecError(
                _("feature {tag:02X} has a control code of {n} bytes").format(tag=tag, n=len(value))
            )
        found[tag] = int.from_bytes(value, "big")
    return found


def parse_properties(raw: bytes) -> Properties:
    """Properties by name. Raises CodecError when an integer has another size than it should."""
    values: dict[str, int | str] = {}
    unknown = {}
    for tag, value in pairs(raw):
        if tag not in PROPERTIES:
            unknown[tag] = value
            continue
        name, size = PROPERTIES[tag]
        if not size:
            values[name] = value.rstrip(b"\0").decode("latin-1")
        elif len(value) != size:
            raise CodecError(
                _("{name} has {n} bytes, not {size}").format(name=name, n=len(value), size=size)
            )
        else:
            values[name] = int.from_bytes(value, "little")
    return Properties(values, unknown)


def parse_pin_properties(raw: bytes) -> PinProperties:
    """The structure of four bytes. Raises CodecError for another length."""
    if len(raw) != 4:
        raise CodecError(_("PIN properties of {n} bytes, not 4").format(n=len(raw)))
    return PinProperties(int.from_bytes(raw[:2], "little"), raw[2], raw[3])
