"""PC/SC Part 10: the lists that a reader with a PIN pad or a display gives of what it can do.

Feature lists (tag, length 4, control code big-endian) come from GET_FEATURE_REQUEST, properties
(tag, length, little-endian integers) from FEATURE_GET_TLV_PROPERTIES. Numbers and byte orders are
those of pcsc-lite's ``reader.h`` (read), after PC/SC Part 10, 2.2 and 2.3. ``tlv8`` reads both:
one byte of tag, one of length; this coding is not BER.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.codec.decoded import Decoded, fault
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.plain import dataclass

FEATURES: dict[int, str] = {
    0x01: "VERIFY_PIN_START",
    0x02: "VERIFY_PIN_FINISH",
    0x03: "MODIFY_PIN_START",
    0x04: "MODIFY_PIN_FINISH",
    0x05: "GET_KEY_PRESSED",
    0x06: "VERIFY_PIN_DIRECT",
    0x07: "MODIFY_PIN_DIRECT",
    0x08: "MCT_READER_DIRECT",
    0x09: "MCT_UNIVERSAL",
    0x0A: "IFD_PIN_PROPERTIES",
    0x0B: "ABORT",
    0x0C: "SET_SPE_MESSAGE",
    0x0D: "VERIFY_PIN_DIRECT_APP_ID",
    0x0E: "MODIFY_PIN_DIRECT_APP_ID",
    0x0F: "WRITE_DISPLAY",
    0x10: "GET_KEY",
    0x11: "IFD_DISPLAY_PROPERTIES",
    0x12: "GET_TLV_PROPERTIES",
    0x13: "CCID_ESC_COMMAND",
    0x20: "EXECUTE_PACE",
}
"""Names of the features, without the prefix ``FEATURE_``."""

PROPERTIES: dict[int, tuple[str, int, str]] = {
    1: ("wLcdLayout", 2, N_("display layout, lines and characters")),
    2: ("bEntryValidationCondition", 1, N_("what ends the entry of a PIN")),
    3: ("bTimeOut2", 1, N_("time-out between keys")),
    4: ("wLcdMaxCharacters", 2, N_("characters a line of the display")),
    5: ("wLcdMaxLines", 2, N_("lines of the display")),
    6: ("bMinPINSize", 1, N_("shortest PIN")),
    7: ("bMaxPINSize", 1, N_("longest PIN")),
    8: ("sFirmwareID", 0, N_("firmware")),
    9: ("bPPDUSupport", 1, N_("pseudo-APDUs: bit 1 by SCardControl, bit 2 by SCardTransmit")),
    10: ("dwMaxAPDUDataSize", 4, N_("largest data field of an APDU, 0 to 256: short only")),
    11: ("wIdVendor", 2, N_("USB vendor")),
    12: ("wIdProduct", 2, N_("USB product")),
}
"""Name, length in bytes (0: text of any length), meaning."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature and the control code that reaches it (as SCardControl takes it)."""

    tag: int
    control_code: int

    @property
    def name(self) -> str:
        """``FEATURE_VERIFY_PIN_DIRECT``, or ``FEATURE 0x21`` for one that is not in the list."""
        known = FEATURES.get(self.tag)
        return f"FEATURE_{known}" if known else f"FEATURE 0x{self.tag:02X}"


@dataclass(frozen=True, slots=True)
class Property:
    """A property: ``raw`` as it came, ``value`` an integer or text."""

    tag: int
    raw: bytes
    value: int | str

    @property
    def name(self) -> str:
        """``bMinPINSize``, or ``property 13`` for one that is not in the list."""
        known = PROPERTIES.get(self.tag)
        return known[0] if known else f"property {self.tag}"


def parse_features(data: bytes) -> tuple[Feature, ...]:
    """The features of a list. Raises CodecError (offset, ``partial`` the features before it) for
    an entry that is cut off, or whose length is not 4."""
    found: list[Feature] = []
    entries, cut = _entries(data)
    for offset, tag, value in entries:
        if len(value) != 4:
            raise CodecError(
                f"feature {tag:02X} has {len(value)} bytes, a control code has 4",
                offset=offset,
                partial=tuple(found),
            )
        found.append(Feature(tag, int.from_bytes(value, "big")))
    _cut_off(cut, found)
    return tuple(found)


def parse_properties(data: bytes) -> tuple[Property, ...]:
    """The properties of a list. Raises CodecError (offset, ``partial``) for an entry that is cut
    off, or of a length that its property does not have."""
    found: list[Property] = []
    entries, cut = _entries(data)
    for offset, tag, value in entries:
        known = PROPERTIES.get(tag)
        if known and known[1] and len(value) != known[1]:
            raise CodecError(
                f"{known[0]} has {len(value)} bytes, not {known[1]}",
                offset=offset,
                partial=tuple(found),
            )
        found.append(Property(tag, value, _value(tag, value)))
    _cut_off(cut, found)
    return tuple(found)


def looks_like_features(data: bytes) -> bool:
    """Six bytes an entry, known features, control codes of pcsc-lite or of Windows?"""
    if not data or len(data) % 6:
        return False
    return all(
        data[at] in FEATURES
        and data[at + 1] == 4
        and (data[at + 2] == 0x42 or data[at + 2 : at + 4] == b"\x00\x31")
        for at in range(0, len(data), 6)
    )


def looks_like_properties(data: bytes) -> bool:
    """At least two known properties of the right length, and nothing else?"""
    if not data or data[0] not in PROPERTIES:
        return False
    try:
        found = parse_properties(data)
    except CodecError:
        return False
    tags = [entry.tag for entry in found]
    return len(tags) >= 2 and len(set(tags)) == len(tags) and all(tag in PROPERTIES for tag in tags)


def features_view(data: bytes) -> Decoded:
    """A feature list for people and programs."""
    features, errors = _lenient(parse_features, data)
    rows = [
        {"tag": f"{item.tag:02X}", "name": item.name, "code": f"0x{item.control_code:08X}"}
        for item in features
    ]
    lines = [f"{row['tag']}  {row['name']}  {row['code']}" for row in rows]
    body = {"value": to_hex(data), "features": rows, "fields": lines}
    return Decoded("part10-features", lines, body, errors)


def properties_view(data: bytes) -> Decoded:
    """A property list for people and programs."""
    properties, errors = _lenient(parse_properties, data)
    rows: list[dict[str, Any]] = []
    lines = []
    for item in properties:
        known = PROPERTIES.get(item.tag)
        rows.append({"tag": f"{item.tag:02X}", "name": item.name, "value": item.value})
        vendor = item.name.startswith("wId") and isinstance(item.value, int)
        shown = f"0x{item.value:04X}" if vendor else str(item.value)
        lines.append(
            f"{item.tag:02X}  {item.name}  {shown}" + (f"  {_(known[2])}" if known else "")
        )
    body = {"value": to_hex(data), "properties": rows, "fields": lines}
    return Decoded("part10-properties", lines, body, errors)


def _value(tag: int, value: bytes) -> int | str:
    known = PROPERTIES.get(tag)
    if known is None or not known[1]:
        return value.decode("latin-1").rstrip("\0") if known else to_hex(value)
    return int.from_bytes(value, "little")


def _entries(data: bytes) -> tuple[list[tuple[int, int, bytes]], int | None]:
    """(offset, tag, value) of every whole entry, and the offset of one that is cut off.

    tlv8 tells no offsets and keeps nothing before a fault, so the lengths are walked first.
    """
    import tlv8

    at, cut = 0, None
    offsets: list[int] = []
    while at < len(data):
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            cut = at
            break
        offsets.append(at)
        at += 2 + data[at + 1]
    # One by one: side by side, tlv8 would join entries of the same tag.
    ends = [*offsets[1:], at] if offsets else []
    found = []
    for start, end in zip(offsets, ends, strict=True):
        for entry in tlv8.decode(data[start:end]):
            found.append((start, entry.type_id, bytes(entry.data)))
    return found, cut


def _cut_off(at: int | None, found: list[Any]) -> None:
    if at is not None:
        raise CodecError("the list ends inside an entry", offset=at, partial=tuple(found))


def _lenient(
    parse: Callable[[bytes], tuple[Any, ...]], data: bytes
) -> tuple[tuple[Any, ...], list[dict[str, Any]]]:
    try:
        return parse(data), []
    except CodecError as error:
        partial = error.partial if isinstance(error.partial, tuple) else ()
        return partial, [fault(error.offset or 0, error.what)]
