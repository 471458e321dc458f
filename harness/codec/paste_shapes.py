"""Logs that need more than a mark in front of each line: command and answer on one line, JSON and
XML, a USB trace of a CCID reader, the frame list of a Proxmark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from harness.codec.detect import is_command, is_status
from harness.codec.paste_marks import COMMAND, RESPONSE, Piece, bytes_of

_CELLS = re.compile(r"\s*(?:[,;|\t]|-{1,2}>|=>)\s*")
_HEX_CELL = re.compile(r"(?:[0-9A-Fa-f]{2} ?){2,}\Z")
_COMMAND_KEYS = frozenset(
    (
        *("command", "cmd", "capdu", "c-apdu", "c_apdu", "commandapdu", "request", "req"),
        *("tx", "send", "sent", "apdu", "in", "input"),
    )
)
_RESPONSE_KEYS = frozenset(
    (
        *("response", "resp", "rapdu", "r-apdu", "r_apdu", "responseapdu", "rsp", "rx"),
        *("recv", "received", "reply", "answer", "out", "output"),
    )
)
_STATUS_KEYS = frozenset(("sw", "sw1sw2", "sw12", "status", "statusword"))
_TAGS = re.compile(r"<([\w-]{1,20})(?:\s[^>]{0,200})?>\s*((?:[0-9A-Fa-f]{2}\s*)+)</")
_USB = re.compile(r"(PC_to_RDR|RDR_to_PC)_(?:XfrBlock|DataBlock)")
_USB_DATA = re.compile(r"(?:abData|Data)\s*[:=]\s*((?:[0-9A-Fa-f]{2}[:\s]?)+)")
_FRAME = re.compile(r"\|\s*(Rdr|Tag)\s*\|\s*((?:[0-9A-Fa-f]{2}!?\s*)+)\|")

MAX_PIECES = 200_000


def one_line(line: str, number: int) -> list[Piece]:
    """Command and answer of a line that holds both, in cells or with an arrow between; a status
    word in a third cell goes with the answer. Empty for every other line."""
    if len(line) > 20_000 or not ("," in line or ">" in line or "|" in line or "\t" in line
                                  or ";" in line):  # fmt: skip
        return []
    cells = [cell.strip(" \"'") for cell in _CELLS.split(line)]
    hexes = [
        bytes.fromhex("".join(cell.split())) if _HEX_CELL.match(cell) else b"" for cell in cells
    ]
    for at in range(len(hexes) - 1):
        command, answer = hexes[at], hexes[at + 1]
        if len(command) < 4 or not is_command(command) or len(answer) < 2:
            continue
        if at + 2 < len(hexes) and len(hexes[at + 2]) == 2 and answer[-2:] != hexes[at + 2]:
            answer += hexes[at + 2]
        if is_status(answer[-2:]):
            return [Piece(number, COMMAND, command), Piece(number, RESPONSE, answer)]
    return []


def from_json(text: str) -> list[Piece]:
    """Commands and answers of a JSON document, by the names of its members; empty where there are
    none, or it is no JSON."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return []
    pieces: list[Piece] = []
    for row in _objects(whole):
        pieces += _members(row)
        if len(pieces) > MAX_PIECES:
            break
    return pieces


def _objects(whole: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    stack = [whole]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += item[::-1]
        elif isinstance(item, dict):
            yield item
            stack += [
                value for value in list(item.values())[::-1] if isinstance(value, list | dict)
            ]


def _members(row: dict[str, Any]) -> list[Piece]:
    found: dict[str, bytes] = {}
    for key, value in row.items():
        name = key.lower().replace(" ", "")
        for role, names in ((COMMAND, _COMMAND_KEYS), (RESPONSE, _RESPONSE_KEYS)):
            if name in names and isinstance(value, str) and (raw := bytes_of(value)[0]):
                found.setdefault(role, raw)
        if name in _STATUS_KEYS and isinstance(value, str) and len(bytes_of(value)[0]) == 2:
            found["sw"] = bytes_of(value)[0]
    if COMMAND not in found or len(found[COMMAND]) < 4:
        return []
    answer, status = found.get(RESPONSE, b""), found.get("sw", b"")
    if status and answer[-2:] != status:
        answer += status
    pieces = [Piece(1, COMMAND, found[COMMAND])]
    return pieces + ([Piece(1, RESPONSE, answer)] if answer else [])


def from_xml(lines: list[str]) -> list[Piece]:
    """Elements that are called as the members of a JSON log are."""
    pieces = []
    for number, line in enumerate(lines, 1):
        for name, value in _TAGS.findall(line) if "</" in line else ():
            role = (
                COMMAND
                if name.lower() in _COMMAND_KEYS
                else RESPONSE
                if name.lower() in _RESPONSE_KEYS
                else ""
            )
            if role:
                pieces.append(Piece(number, role, bytes.fromhex("".join(value.split()))))
    return pieces


def from_usb(lines: list[str]) -> list[Piece]:
    """The text of a USB trace: the message type of CCID says which way the data below it goes."""
    pieces: list[Piece] = []
    role = ""
    for number, line in enumerate(lines, 1):
        way = _USB.search(line)
        if way is not None:
            role = COMMAND if way.group(1) == "PC_to_RDR" else RESPONSE
            continue
        found = _USB_DATA.search(line) if role else None
        if found is not None:
            raw = bytes.fromhex(re.sub(r"[:\s]", "", found.group(1)))
            if len(raw) >= (4 if role == COMMAND else 2):
                pieces.append(Piece(number, role, raw))
            role = ""
    return pieces


def from_frames(lines: list[str]) -> list[Piece]:
    """Frames of ISO/IEC 14443-4 (``hf 14a list``): the information fields of the I-blocks, those of
    a chain put together, without their two bytes of CRC."""
    pieces: list[Piece] = []
    chained: dict[str, bytes] = {COMMAND: b"", RESPONSE: b""}
    for number, line in enumerate(lines, 1):
        found = _FRAME.search(line)
        if found is None:
            continue
        role = COMMAND if found.group(1) == "Rdr" else RESPONSE
        raw = bytes.fromhex(re.sub(r"[!\s]", "", found.group(2)))
        if len(raw) < 4 or raw[0] & 0xE2 != 0x02:
            continue
        start = 1 + bool(raw[0] & 0x08) + bool(raw[0] & 0x04)
        chained[role] += raw[start:-2]
        if raw[0] & 0x10:
            continue
        data, chained[role] = chained[role], b""
        if len(data) >= (4 if role == COMMAND else 2):
            pieces.append(Piece(number, role, data))
    return pieces
