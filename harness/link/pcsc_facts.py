"""What a PC/SC reader's attributes say, in words for a report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

USB_CHANNEL = 0x0020
"""High word of the channel id of a USB reader (PC/SC Part 3, channel types)."""


def describe_attributes(values: Mapping[str, bytes], sysfs: Path = Path("/sys")) -> dict[str, str]:
    """``vendor``, ``model``, ``firmware``, ``serial``, ``channel``, ``usb`` (``072F:B100``) and
    ``max_input``, as far as the attributes ``values`` hold them. ``sysfs`` gives the USB ids."""
    facts: dict[str, str] = {}
    for key, name in (
        ("vendor", "VENDOR_NAME"),
        ("model", "VENDOR_IFD_TYPE"),
        ("serial", "VENDOR_IFD_SERIAL_NO"),
    ):
        text = values.get(name, b"").split(b"\0")[0].decode("latin-1").strip()
        if text.isprintable() and text:
            facts[key] = text
    version = values.get("VENDOR_IFD_VERSION", b"")
    if len(version) == 4:
        # A little-endian number 0xMMmmbbbb; libccid puts the device's BCD release in front.
        number = int.from_bytes(version, "little")
        build = f".{number & 0xFFFF}" if number & 0xFFFF else ""
        facts["firmware"] = f"{number >> 24:X}.{number >> 16 & 0xFF:02X}{build}"
    if len(values.get("MAXINPUT", b"")) == 4:
        facts["max_input"] = str(int.from_bytes(values["MAXINPUT"], "little"))
    channel = values.get("CHANNEL_ID", b"")
    if len(channel) == 4:
        facts |= _channel(int.from_bytes(channel, "little"), sysfs)
    return facts


def _channel(number: int, sysfs: Path) -> dict[str, str]:
    if number >> 16 != USB_CHANNEL:
        return {"channel": f"0x{number:08X}"}
    bus, device = number >> 8 & 0xFF, number & 0xFF
    facts = {"channel": f"USB bus {bus} device {device}"}
    usb = _usb_id(bus, device, sysfs)
    if usb:
        facts["usb"] = usb
    return facts


def _usb_id(bus: int, device: int, sysfs: Path) -> str:
    for folder in sorted((sysfs / "bus/usb/devices").glob("*")):
        try:
            place = (int(_read(folder, "busnum")), int(_read(folder, "devnum")))
        except (OSError, ValueError):
            continue
        if place == (bus, device):
            return f"{_read(folder, 'idVendor')}:{_read(folder, 'idProduct')}".upper()
    return ""


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text("ascii", "replace").strip()
