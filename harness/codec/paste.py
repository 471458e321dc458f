"""Pasted logs: which lines are commands and which are answers, whatever tool wrote them.

A line counts by the mark in front of its hex (``A>>``, ``APDU:``, ``<-``, ``Outgoing APDU (7
bytes):``), whatever stands before that mark; without any mark, lines of hex in turn are command and
answer. The forms are those that the tools print: apdu4j and GlobalPlatformPro, pcscd, OpenSC,
scriptor, cardpeek, pySim, Proxmark, and the many that write ``>>`` and ``<<`` or ``C-APDU:``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import field

from harness.codec import paste_shapes
from harness.codec.detect import is_atr, is_command, is_status
from harness.codec.paste_marks import (
    COMMAND,
    RESPONSE,
    STATUS_LINE,
    TOKEN,
    Piece,
    bytes_of,
    column,
    marked,
    swapped,
)
from harness.core.plain import dataclass

__all__ = ["MAX_LINES", "Paste", "Piece", "read_paste", "read_plain"]

MAX_LINES = 50_000
"""Lines of a log that are read; the rest is counted in `Paste.unread`."""

_DUMP = re.compile(r"\b(Outgoing|Incoming) APDU(?: data)?\s*[\[(]\s*(\d+) bytes\s*[\])]")
_RECEIVED = re.compile(r"\bReceived \(SW1=0x([0-9A-Fa-f]{2}), SW2=0x([0-9A-Fa-f]{2})\)")
_ATR = re.compile(
    r"(?:\bATR\b\W*|->\s*T=[01*CL]+,\s*|<\s*OK:\s*)((?:0x)?3[BbFf](?:[\s:]*[0-9A-Fa-f]{2})+)"
)
_RESET = re.compile(r"(?i)^\W*(?:warm |cold )?reset(?:ting)?(?: card)?\W*$")
_CCID = re.compile(r"(?:->|<-)\s+[0-9A-Fa-f]{6}\s")
_STAMP = re.compile(
    r"^\W*(?:\d{4}-\d\d-\d\d[T ,])?\d\d:\d\d:\d\d(?:[.,]\d{3,9})?Z?\]?[\s,:|-]+|^\s*\d{1,5}[:.)]\s+"
)
_BARE = re.compile(r"(?:(?:0x)?[0-9A-Fa-f*]{2}[\s:,]*)+(?:#.*|//.*)?\Z")
_SIMPLE = re.compile(r"[0-9A-Fa-f*xX\s:,]+\Z")
_LETTER = re.compile(r"^\s*([TCR]):\s+(?=(?:[0-9A-Fa-f]{2}\s?){2})")


@dataclass(slots=True)
class Paste:
    """The pieces in order, the form that most of them have, how many lines gave nothing, and how
    many were not read because the log is too long."""

    form: str
    pieces: list[Piece] = field(default_factory=list)
    skipped: int = 0
    unread: int = 0

    @property
    def exchanges(self) -> int:
        """Commands and answers found."""
        return sum(piece.role in ("command", "response") for piece in self.pieces)


def read_paste(text: str) -> Paste | None:
    """The pieces of ``text`` when it is a log: lines with marks, JSON, XML, a USB trace, or bare
    lines of hex in turn. None for anything else."""
    lines = text.splitlines()
    unread = max(0, len(lines) - MAX_LINES)
    found = _read(text, lines[:MAX_LINES])
    if found is not None and found.form != "JSON":
        found.unread = unread
    return found


def _read(text: str, lines: list[str]) -> Paste | None:
    start = text.lstrip()[:1]
    if start == "{" and (found := _read_json(lines)) is not None:
        return found
    if start and start in "{[":
        found = _paste("JSON", paste_shapes.from_json(text), 0)
        if found is not None or start == "{":
            return found
    for form, mark, shape in _SHAPES:
        if mark in text and (found := _paste(form, shape(lines), len(lines))) is not None:
            return found
    found = _read_marked(lines)
    if found is not None:
        return found
    return read_plain(text) if len(lines) > 1 else None


_SHAPES = (
    ("USB CCID", "PC_to_RDR", paste_shapes.from_usb),
    ("Proxmark frames", "| Rdr |", paste_shapes.from_frames),
    ("XML", "</", paste_shapes.from_xml),
)
"""Name, mark that must be there, and reader of the forms that take more than marks."""


def _paste(form: str, pieces: list[Piece], lines: int) -> Paste | None:
    if not any(_credible(piece) for piece in pieces if piece.role in (COMMAND, RESPONSE)):
        return None
    return Paste(form, pieces, max(0, lines - len(pieces)))


def _read_marked(lines: list[str]) -> Paste | None:
    forms: dict[str, int] = {}
    pieces: list[Piece] = []
    skipped = 0
    daemon = _is_daemon(lines)
    letters = _letters(lines)
    for number, line in enumerate(lines, 1):
        last = pieces[-1] if pieces else None
        if last is not None and (_continues(last, line) or _told_status(pieces, line, daemon)):
            continue
        both = paste_shapes.one_line(line, number)
        if both:
            forms["one line"] = forms.get("one line", 0) + len(both)
            pieces += both
            continue
        found = _marked(letters(line), number, daemon)
        if found is None:
            skipped += bool(line.strip())
            continue
        form, piece = found
        if last is not None and last.role == COMMAND and "Wrapped command" in line:
            pieces.pop()  # the same command once more, as it went to the card
        forms[form] = forms.get(form, 0) + (piece.role in (COMMAND, RESPONSE))
        pieces += _with_answer(piece)
    _finish(pieces)
    useful = [piece for piece in pieces if piece.role in (COMMAND, RESPONSE)]
    if not useful or not any(_credible(piece) for piece in useful):
        return None
    if not daemon and not forms.get("apdu4j") and len(useful) < max(1, skipped // 50):
        return None
    form = max(forms, key=lambda name: (name not in ("arrows", "named", ""), forms[name]))
    return Paste("named" if form == "pcscd" and not daemon else form, pieces, skipped)


def _finish(pieces: list[Piece]) -> None:
    """Dumps that ended early, status words that wait for their data, marks that were reversed."""
    for piece in pieces:
        if piece.wanted:
            piece.note = "cut"
        piece.data += piece.tail
        piece.tail = b""
    if swapped(pieces):
        for piece in pieces:
            piece.role = {COMMAND: RESPONSE, RESPONSE: COMMAND}.get(piece.role, piece.role)
    pieces[:] = [
        piece for piece in pieces if piece.note or piece.role != COMMAND or len(piece.data) >= 4
    ]


def _is_daemon(lines: list[str]) -> bool:
    """Is it the log of pcscd, where only ``APDU:`` and ``SW:`` count?"""
    found = {word for line in lines for word in ("APDU: ", "SW: ") if _has_word(line, word)}
    return len(found) == 2


def _has_word(line: str, word: str) -> bool:
    return f" {word}" in line or line.startswith(word)


def _letters(lines: list[str]) -> Callable[[str], str]:
    """Single letters as marks: with ``T:`` (terminal) the other side is ``C:`` (card), with ``R:``
    (response) ``C:`` is the command. Gives the line with a mark that needs no guess."""
    used = {found.group(1) for line in lines if (found := _LETTER.match(line))}
    if used == {"T", "C"}:
        marks = {"T": "command", "C": "response"}
    elif used == {"C", "R"}:
        marks = {"C": "command", "R": "response"}
    else:
        return lambda line: line
    return lambda line: _LETTER.sub(lambda found: f"{marks[found.group(1)]}: ", line)


def _told_status(pieces: list[Piece], line: str, daemon: bool) -> bool:
    """Take a status word on a line of its own into the exchange above it."""
    found = None if daemon or len(line) > 400 else STATUS_LINE.match(line)
    last = pieces[-1]
    if found is None or last.role not in (COMMAND, RESPONSE):
        return False
    word = bytes.fromhex(found.group(1) + found.group(2))
    if not is_status(word):
        return False
    if last.role == COMMAND:
        pieces.append(Piece(last.line, RESPONSE, word))
    elif last.data[-2:] != word and not last.tail:
        last.data += word
    return True


def _with_answer(piece: Piece) -> list[Piece]:
    """A command that has its status word in the same run of hex (GSMTAP) as two pieces."""
    data = piece.data
    alone = piece.role == COMMAND and len(data) >= 7 and not is_command(data)
    if alone and is_status(data[-2:]) and is_command(data[:-2]):
        piece.data = data[:-2]
        return [piece, Piece(piece.line, RESPONSE, data[-2:])]
    return [piece]


def _credible(piece: Piece) -> bool:
    if piece.note in ("masked", "lost"):
        return True
    if piece.role == COMMAND:
        return len(piece.data) >= 4 and piece.data[0] != 0x3B
    return len(piece.data) >= 2 and is_status(piece.data[-2:])


def _continues(last: Piece, line: str) -> bool:
    """Take a line of a dump, or the wrapped rest of an answer, into ``last``."""
    if last.wanted:
        tokens = []
        for token in line.split()[: min(16, last.wanted)]:
            if len(token) != 2 or not TOKEN.match(token):
                break
            tokens.append(token)
        if not tokens:
            return False
        raw, note = bytes_of(" ".join(tokens))
        last.data += raw
        last.note = last.note or note
        last.wanted -= len(tokens)
        return True
    if last.tail:
        raw = column(line)
        last.data += raw
        return bool(raw)
    head, _colon, comment = line.partition(" : ")
    if not last.open_end or not head.strip():
        return False
    raw, note = column(line), ""
    if _BARE.match(head.strip()):
        raw, note = bytes_of(head)
    last.data += raw
    last.note = last.note or note
    last.open_end = bool(raw) and not comment
    return bool(raw)


def _marked(line: str, number: int, daemon: bool) -> tuple[str, Piece] | None:
    dump = _DUMP.search(line)
    if dump is not None:
        role = COMMAND if dump.group(1) == "Outgoing" else RESPONSE
        return "OpenSC", Piece(number, role, wanted=int(dump.group(2)))
    received = _RECEIVED.search(line)
    if received is not None:
        tail = bytes.fromhex(received.group(1) + received.group(2))
        return "opensc-tool", Piece(number, RESPONSE, tail=tail)
    atr = _ATR.search(line)
    if atr is not None:
        raw, note = bytes_of(atr.group(1))
        if is_atr(raw):
            return "", Piece(number, "atr", raw, note)
    if _CCID.search(line) or (daemon and not re.search(r"\b(?:APDU|SW):\s", line)):
        return None
    found = marked(line, number)
    if found is not None:
        return found
    return ("", Piece(number, "reset")) if _RESET.match(line) else None


def read_plain(text: str, *, sure: bool = False) -> Paste | None:
    """Bare lines of hex in turn: command, answer, command, ... with ATRs, comments and time stamps
    between. A line of zeros is an answer that was lost. None where the lines do not alternate
    (``sure``: they do, whatever they look like)."""
    pieces: list[Piece] = []
    skipped = 0
    for number, line in enumerate(text.splitlines()[:MAX_LINES], 1):
        bare = _STAMP.sub("", line).strip()
        if (
            not bare
            or not _BARE.match(bare)
            or not (_SIMPLE.match(bare) or "#" in bare or "//" in bare)
        ):
            skipped += bool(bare)
            continue
        raw, note = bytes_of(bare)
        if is_atr(raw):
            pieces.append(Piece(number, "atr", raw, note))
            continue
        pieces.append(_in_turn(pieces, Piece(number, "", raw, note)))
    useful = [piece for piece in pieces if piece.role in (COMMAND, RESPONSE)]
    if not useful or (not sure and (len(useful) < 2 or not _alternate(useful))):
        return None
    return Paste("plain", pieces, skipped)


def _in_turn(before: list[Piece], piece: Piece) -> Piece:
    last = next((old for old in reversed(before) if old.role in (COMMAND, RESPONSE)), None)
    waiting = last is not None and last.role == COMMAND
    zeros = bool(piece.data) and not any(piece.data) and not piece.note
    if waiting and not (is_command(piece.data) and not _ends_well(piece.data)):
        piece.role = RESPONSE
        if zeros:
            piece.data, piece.note = b"", "lost"
    else:
        piece.role = COMMAND
    return piece


def _ends_well(raw: bytes) -> bool:
    return len(raw) >= 2 and is_status(raw[-2:])


def _alternate(pieces: list[Piece]) -> bool:
    """Does the first line read as a command, and do most lines read as what they should be?"""
    first = pieces[0]
    if first.role != COMMAND or not (is_command(first.data) or first.note == "masked"):
        return False
    good = 0
    for piece in pieces:
        if piece.note in ("lost", "masked"):
            good += 1
        elif piece.role == COMMAND:
            good += is_command(piece.data)
        else:
            good += _ends_well(piece.data)
    return any(piece.role == RESPONSE for piece in pieces) and good * 4 >= len(pieces) * 3


def _read_json(lines: list[str]) -> Paste | None:
    """A transcript as the harness writes it: objects with ``atr``, or ``command``, ``response``."""
    paste = Paste("transcript")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(row, dict):
            return None
        if isinstance(row.get("atr"), str):
            raw, note = bytes_of(row["atr"])
            paste.pieces.append(Piece(number, "atr", raw, note))
            continue
        if row.get("kind") == "power" or not isinstance(row.get("command"), str):
            paste.skipped += 1
            continue
        paste.pieces.append(Piece(number, COMMAND, *bytes_of(row["command"])))
        answer = row.get("response")
        if isinstance(answer, str):
            paste.pieces.append(Piece(number, RESPONSE, *bytes_of(answer)))
    return paste if paste.exchanges else None
