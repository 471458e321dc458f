"""Which exchange of a transcript answers a command.

The next one in order, where that is it. Else the same command further on, or before, but only
within the selection that is in force: record 1 of another application is another record.
"""

from __future__ import annotations

import re
from dataclasses import field

from harness.core.hexes import to_hex
from harness.core.plain import dataclass
from harness.records.jsonl import Line

_SELECT_BY_NAME = "A404"
_ANSWERED = ("9000", "6283")
_NEXT_OCCURRENCE = 0x02
_ONCE = frozenset((0x20, 0x24, 0x82, 0x84, 0xA8, 0xAE, 0xC0, 0xDA))
"""Instructions whose answer depends on when they are sent: only in the order of the recording."""


@dataclass(slots=True)
class Places:
    """The lines of a transcript, and where its card is in them."""

    lines: list[Line]
    at: int = 0
    _inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = [line for line in self.lines if line.kind != "power"]
        selected = ""
        for place, line in enumerate(self.lines):
            if line.kind == "reset":
                selected = ""
            self._inside.append(selected)
            if line.command[2:6] == _SELECT_BY_NAME and self._succeeded(place):
                selected = _data(line.command)

    def find(self, command: bytes) -> int | None:
        """Place of the line that answers ``command``; None where there is none."""
        if self.at < len(self.lines) and fits(self.lines[self.at], command):
            return self.at
        ahead = range(self.at, len(self.lines))
        behind = range(0, min(self.at, len(self.lines)))
        ins, p2 = (command[1], command[3]) if len(command) > 3 else (0, 0)
        again = ins not in _ONCE and not (ins == 0xA4 and p2 & _NEXT_OCCURRENCE)
        now = self._now()
        order: list[int] = [*ahead, *(behind if again else ())]
        for place in order:
            free = ins == 0xA4 or self._inside[place] == now
            if free and fits(self.lines[place], command):
                return place
        return None

    def reset(self) -> int | None:
        """Place of the next reset, if there is one."""
        for place in range(self.at, len(self.lines)):
            if self.lines[place].kind == "reset":
                return place
        return None

    def alike(self, command: bytes) -> list[Line]:
        """Lines with the header of ``command`` from here on, within this selection: the same
        command with other data."""
        header, now = to_hex(command[:4]), self._now()
        return [
            line
            for place, line in enumerate(self.lines)
            if place >= self.at and self._inside[place] == now and line.command[:8] == header
        ]

    def _now(self) -> str:
        """The selection in force: that of the last line that was used."""
        if not self.at:
            return ""
        line = self.lines[self.at - 1]
        if line.command[2:6] == _SELECT_BY_NAME and self._succeeded(self.at - 1):
            return _data(line.command)
        return "" if line.kind == "reset" else self._inside[self.at - 1]

    def _succeeded(self, place: int) -> bool:
        """Did the card answer this SELECT with success, perhaps by way of GET RESPONSE?"""
        response = self.lines[place].response or ""
        return response[-4:] in _ANSWERED or response[-4:-2] == "61"


def fits(line: Line, command: bytes) -> bool:
    """Is it the recorded command? A masked nibble fits any, and the Le field is the transport's."""
    if line.kind != "apdu":
        return False
    text = to_hex(command)
    if line.command == text:
        return True
    pattern = re.escape(_without_le(line.command)).replace(r"\*", ".")
    return re.fullmatch(pattern, _without_le(text)) is not None


def _without_le(text: str) -> str:
    """A short command without its Le; of one that does not parse as such, all."""
    if len(text) <= 8 or not text[8:10].strip("*"):
        return text
    if len(text) == 10:
        # Of GET RESPONSE, and of a read that is told 6Cxx, the length is the command's point.
        return text if text[2:4] == "C0" else text[:8]
    lc = int(text[8:10], 16)
    return text[:-2] if lc and len(text) == 10 + 2 * lc + 2 else text


def _data(text: str) -> str:
    """Command data of a short command, as hex."""
    return text[10 : 10 + 2 * int(text[8:10], 16)] if len(text) > 10 else ""
