"""A reader profile as a TOML file that a person goes on editing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace

from harness.profiles.ccid_dump import Dump
from harness.profiles.files import toml_string
from harness.profiles.reader_derive import derive
from harness.profiles.reader_profile import Ccid, ReaderProfile

_HEX = {"features": 8, "lcd": 4, "pin": 2, "class_get_response": 2}


def slug(text: str) -> str:
    """``ACS ACR39U ICC Reader`` as a file name: ``acs-acr39u-icc-reader``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "reader"


def from_dump(dump: Dump, source: str) -> str:
    """The profile of a device, as TOML with the same mistakes reported as any file."""
    first = dump.interfaces[0]
    shown = dump.product
    if dump.manufacturer not in dump.product:
        shown = f"{dump.manufacturer} {dump.product}"
    name = shown.strip() or f"USB {dump.usb}"
    pattern = re.escape(dump.product.strip()).replace(r"\ ", " ") or re.escape(name)
    derived = derive(first.ccid)
    lines = [
        "schema = 1",
        f"name   = {toml_string(name)}",
        f"kind   = {toml_string(dump.kind)}",
        f"source = {toml_string(source)}",
    ]
    if dump.firmware:
        lines.append(f"firmware = {toml_string(dump.firmware)}")
    lines += [
        "",
        "[match]",
        f"usb  = {toml_string(dump.usb)}",
        f"name = {toml_string(pattern)}",
        "",
        "[ccid]",
    ]
    lines += _ccid(first.ccid)
    if len(dump.interfaces) > 1:
        for one in dump.interfaces:
            lines += [
                "",
                "[[interface]]",
                f"role = {toml_string(one.role)}",
                f"name = {toml_string(one.name)}",
            ]
            lines += _ccid(one.ccid)
    lines += [
        "",
        "[limits]  # this project's judgement, to be sharpened with measurements",
        f"insert_ms   = {derived.insert_ms:g}",
        f"remove_ms   = {derived.insert_ms:g}",
        "connect_ms  = 2000",
        "reset_ms    = 1500",
        "apdu_ms_p50 = 40",
        "apdu_ms_p95 = 100",
        f"extended    = {'true' if derived.extended == 'yes' else 'false'}",
        f"max_data    = {65535 if derived.extended == 'yes' else 255}",
    ]
    return "\n".join(lines) + "\n"


def from_facts(name: str, pattern: str, facts: Mapping[str, str], near: ReaderProfile) -> str:
    """The profile of a reader as far as its driver tells; the rest is ``near``'s."""
    limits = near.limits
    lines = [
        "schema = 1",
        f"name   = {toml_string(name)}",
        f"kind   = {toml_string(near.kind)}",
        f"source = {toml_string('what the driver told; limits of ' + near.id)}",
    ]
    if facts.get("firmware"):
        lines.append(f"firmware = {toml_string(facts['firmware'])}")
    lines += ["", "[match]"]
    if facts.get("usb"):
        lines.append(f"usb  = {toml_string(facts['usb'])}")
    lines += [f"name = {toml_string(pattern)}", "", "[ccid]"]
    ccid = near.ccid
    if facts.get("max_input", "").isdecimal():
        ccid = replace(ccid, max_message=int(facts["max_input"]) + 10)
    lines += [*_ccid(ccid), "", "[limits]"]
    lines += [f"{one.name} = {_value('', getattr(limits, one.name))}" for one in fields(limits)]
    return "\n".join(lines) + "\n"


def _ccid(ccid: Ccid) -> list[str]:
    return [f"{one.name} = {_value(one.name, getattr(ccid, one.name))}" for one in fields(ccid)]


def _value(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, int):
        return f"0x{value:0{_HEX[key]}X}" if key in _HEX else str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_value("", item) for item in value) + "]"
    return toml_string(str(value))
