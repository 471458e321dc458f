"""Pasted logs: which lines are commands and which are answers, whatever tool wrote them.

A line counts by the mark in front of its hex (``A>>``, ``APDU:``, ``<-``, ``Outgoing APDU (7
bytes):``), whatever stands before that mark; without any mark, lines of hex in turn are command and
answer. The forms are those that the tools print: apdu4j and GlobalPlatformPro, pcscd, OpenSC,
scriptor, cardpeek, pySim, Proxmark, and the many that write ``>>`` and ``<<`` or ``C-APDU:``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from harness.codec.detect import is_atr, is_command, is_status

MAX_LINES = 200_000


@dataclass(slots=True)
class Piece:
    """What one line (or one dump below a line) gives: ``role`` is command, response, atr or
    reset; ``note`` says why ``data`` is not all there (lost, masked, cut, odd)."""

    line: int
    role: str
    data: bytes = b""
    note: str = ""
    wanted: int = 0
    """Bytes that a dump still has to bring."""
    open_end: bool = False
    """Lines of bare hex that follow belong to it."""


@dataclass(slots=True)
class Paste:
    """The pieces in order, the form that most of them have, and how many lines gave nothing."""

    form: str
    pieces: list[Piece] = field(default_factory=list)
    skipped: int = 0

    @property
    def exchanges(self) -> int:
        """Commands and answers found."""
        return sum(piece.role in ("command", "response") for piece in self.pieces)


_C, _R = "command", "response"
_HEXISH = r"(?:0x)?[0-9A-Fa-f*]{2}.*"
_MARKS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (form, role, re.compile(pattern))
    for form, role, pattern in (
        ("apdu4j", _C, r"\bA>>\s+T=\S+\s+\(\d+\+\d+\)\s*(.*)"),
        ("apdu4j", _R, r"\bA<<\s+\(\d+\+\d+\)\s*(?:\([^)]*\))?\s*(.*)"),
        ("pcscd", _C, r"(?:^|\s)APDU:\s+(.*)"),
        ("pcscd", _R, r"(?:^|\s)SW:\s+(.*)"),
        ("pySim", _R, r"(?:^|\s)<-\s+([0-9A-Fa-f]{4}:.*)"),
        ("cardpeek", _C, r"^\s*(?:send: |SEND\s+)(?:\d:)?([0-9A-Fa-f].*)"),
        ("cardpeek", _R, r"^\s*(?:Recv: |RECV\s+)([0-9A-Fa-f]{4}(?:\s.*)?)$"),
        ("named", _C, r"(?i)\b(?:c-?apdu|command(?: apdu)?|cmd|send|sent|sending|tx|request|"
            r"outgoing|apdu)\b\s*(?:\[[^\]]*\]|\([^)]*\))?\s*[:=>]+\s*(" + _HEXISH + ")"),
        ("named", _R, r"(?i)\b(?:r-?apdu|response(?: apdu)?|resp|rsp|recv|received|receiving|rx|"
            r"answer|incoming|reply)\b\s*(?:\[[^\]]*\]|\([^)]*\))?\s*[:=<]+\s*(" + _HEXISH + ")"),
        ("arrows", _R, r"(?:^|[\s\]:|)])(?:<=|<{1,4}-{0,2})\s*(?:\([^)]*\)|\[[^\]]*\])?\s*("
            + _HEXISH + ")"),
        ("arrows", _C, r"(?:^|[\s\]:|)])(?:=>|-{0,2}>{1,4})\s*(?:\([^)]*\)|\[[^\]]*\])?\s*("
            + _HEXISH + ")"),
    )
)  # fmt: skip
_DUMP = re.compile(r"\b(Outgoing|Incoming) APDU(?: data)?\s*[\[(]\s*(\d+) bytes\s*[\])]")
_ATR = re.compile(
    r"(?:\bATR\b\W*|->\s*T=[01*CL]+,\s*|<\s*OK:\s*)((?:0x)?3[BbFf](?:[\s:]*[0-9A-Fa-f]{2})+)"
)
_RESET = re.compile(r"(?i)^\W*(?:warm |cold )?reset(?:ting)?(?: card)?\W*$")
_CCID = re.compile(r"(?:->|<-)\s+[0-9A-Fa-f]{6}\s")
_STAMP = re.compile(
    r"^\W*(?:\d{4}-\d\d-\d\d[T ,])?\d\d:\d\d:\d\d(?:[.,]\d{3,9})?Z?\]?[\s,:|-]+|^\s*\d{1,5}[:.)]\s+"
)
_TOKEN = re.compile(r"(?:0x|\d:(?=[0-9A-Fa-f]{4}))?([0-9A-Fa-f*]+(?:[:\-][0-9A-Fa-f]{2})*)[,;]?\Z")
_BARE = re.compile(r"(?:(?:0x)?[0-9A-Fa-f*]{2}[\s:,]*)+(?:#.*|//.*)?\Z")
_SIMPLE = re.compile(r"[0-9A-Fa-f*xX\s:,]+\Z")


def read_paste(text: str) -> Paste | None:
    """The pieces of ``text`` when it is a log: lines with marks, a transcript in JSON Lines, or
    bare lines of hex in turn. None for anything else."""
    lines = text.splitlines()[:MAX_LINES]
    if text.lstrip().startswith("{"):
        return _read_json(lines)
    marked = _read_marked(lines)
    if marked is not None:
        return marked
    return read_plain(text) if len(lines) > 1 else None


def _read_marked(lines: list[str]) -> Paste | None:
    forms: dict[str, int] = {}
    pieces: list[Piece] = []
    skipped = 0
    daemon = any(" APDU: " in line or line.startswith("APDU: ") for line in lines)
    for number, line in enumerate(lines, 1):
        last = pieces[-1] if pieces else None
        if last is not None and _continues(last, line):
            continue
        found = _marked(line, number, daemon)
        if found is None:
            skipped += bool(line.strip())
            continue
        form, piece = found
        forms[form] = forms.get(form, 0) + (piece.role in (_C, _R))
        pieces.append(piece)
    for piece in pieces:
        if piece.wanted:
            piece.note = "cut"
    useful = [piece for piece in pieces if piece.role in (_C, _R)]
    if not useful or not any(_credible(piece) for piece in useful):
        return None
    if not daemon and not forms.get("apdu4j") and len(useful) < max(1, skipped // 50):
        return None
    form = max(forms, key=lambda name: (name not in ("arrows", "named", ""), forms[name]))
    return Paste(form, pieces, skipped)


def _credible(piece: Piece) -> bool:
    if piece.note in ("masked", "lost"):
        return True
    if piece.role == _C:
        return len(piece.data) >= 4 and piece.data[0] != 0x3B
    return len(piece.data) >= 2 and is_status(piece.data[-2:])


def _continues(last: Piece, line: str) -> bool:
    """Take a line of a dump, or the wrapped rest of an answer, into ``last``."""
    if last.wanted:
        tokens = []
        for token in line.split()[: min(16, last.wanted)]:
            if len(token) != 2 or not _TOKEN.match(token):
                break
            tokens.append(token)
        if not tokens:
            return False
        raw, note = _bytes_of(" ".join(tokens))
        last.data += raw
        last.note = last.note or note
        last.wanted -= len(tokens)
        return True
    head, _colon, comment = line.partition(" : ")
    if not last.open_end or not head.strip() or not _BARE.match(head.strip()):
        return False
    raw, note = _bytes_of(head)
    last.data += raw
    last.note = last.note or note
    last.open_end = not comment
    return True


def _marked(line: str, number: int, daemon: bool) -> tuple[str, Piece] | None:
    dump = _DUMP.search(line)
    if dump is not None:
        role = _C if dump.group(1) == "Outgoing" else _R
        return "OpenSC", Piece(number, role, wanted=int(dump.group(2)))
    atr = _ATR.search(line)
    if atr is not None:
        raw, note = _bytes_of(atr.group(1))
        if is_atr(raw):
            return "", Piece(number, "atr", raw, note)
    if _CCID.search(line) or (daemon and not re.search(r"\b(?:APDU|SW):\s", line)):
        return None
    for form, role, pattern in _MARKS:
        found = pattern.search(line)
        if found is None:
            continue
        piece = _piece(number, role, found.group(1), form)
        if piece is not None:
            return form, piece
    return ("", Piece(number, "reset")) if _RESET.match(line) else None


def _piece(number: int, role: str, payload: str, form: str) -> Piece | None:
    first, colon, rest = payload.partition(":")
    if role == _R and colon and form == "pySim":
        payload = f"{rest} {first}"
    raw, note = _bytes_of(payload)
    if role == _R and form in ("cardpeek", "named"):
        raw = _status_last(raw, payload)
    if len(raw) < (4 if role == _C else 2) and not note:
        return None
    wraps = form == "arrows" and role == _R and " : " not in payload
    wraps = wraps and len(raw) == 16 and len(payload.split()) == 16
    return Piece(number, role, raw, note, open_end=wraps)


def _status_last(raw: bytes, payload: str) -> bytes:
    """Some tools print the status word first: it is moved to where an answer has it."""
    token = payload.split(maxsplit=1)[0].strip(":")
    if len(token) == 4 and len(raw) > 2 and is_status(raw[:2]):
        shown_first = "[" in payload or not is_status(raw[-2:])
        return raw[2:] + raw[:2] if shown_first else raw
    return raw


def _bytes_of(text: str) -> tuple[bytes, str]:
    """The hex at the start of ``text`` up to the first word that is none; and what is wrong with
    it: "masked" nibbles (read as 0), "cut" by dots, "odd" digits (the last one is dropped)."""
    digits: list[str] = []
    cut = False
    for word in text.replace("\u2026", "...").split():
        bare = word.rstrip(".")
        cut = bare != word and word.endswith("..")
        match = _TOKEN.match(bare)
        if match is None:
            break
        digits.append(match.group(1).replace(":", "").replace("-", ""))
        if cut:
            break
    joined = "".join(digits)
    note = "masked" if "*" in joined else "cut" if cut else "odd" if len(joined) % 2 else ""
    joined = joined.replace("*", "0")
    return bytes.fromhex(joined[: len(joined) // 2 * 2]), note


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
        raw, note = _bytes_of(bare)
        if is_atr(raw):
            pieces.append(Piece(number, "atr", raw, note))
            continue
        pieces.append(_in_turn(pieces, Piece(number, "", raw, note)))
    useful = [piece for piece in pieces if piece.role in (_C, _R)]
    if not useful or (not sure and (len(useful) < 2 or not _alternate(useful))):
        return None
    return Paste("plain", pieces, skipped)


def _in_turn(before: list[Piece], piece: Piece) -> Piece:
    last = next((old for old in reversed(before) if old.role in (_C, _R)), None)
    waiting = last is not None and last.role == _C
    zeros = bool(piece.data) and not any(piece.data) and not piece.note
    if waiting and not (is_command(piece.data) and not _ends_well(piece.data)):
        piece.role = _R
        if zeros:
            piece.data, piece.note = b"", "lost"
    else:
        piece.role = _C
    return piece


def _ends_well(raw: bytes) -> bool:
    return len(raw) >= 2 and is_status(raw[-2:])


def _alternate(pieces: list[Piece]) -> bool:
    """Does the first line read as a command, and do most lines read as what they should be?"""
    first = pieces[0]
    if first.role != _C or not (is_command(first.data) or first.note == "masked"):
        return False
    good = 0
    for piece in pieces:
        if piece.note in ("lost", "masked"):
            good += 1
        elif piece.role == _C:
            good += is_command(piece.data)
        else:
            good += _ends_well(piece.data)
    return any(piece.role == _R for piece in pieces) and good * 4 >= len(pieces) * 3


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
            raw, note = _bytes_of(row["atr"])
            paste.pieces.append(Piece(number, "atr", raw, note))
            continue
        if row.get("kind") == "power" or not isinstance(row.get("command"), str):
            paste.skipped += 1
            continue
        paste.pieces.append(Piece(number, _C, *_bytes_of(row["command"])))
        answer = row.get("response")
        if isinstance(answer, str):
            paste.pieces.append(Piece(number, _R, *_bytes_of(answer)))
    return paste if paste.exchanges else None
