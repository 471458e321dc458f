"""Marks in front of hex that say which way it went, whatever tool wrote the log."""

from __future__ import annotations

import re

from harness.codec.detect import is_command, is_status
from harness.core.plain import dataclass


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
    tail: bytes = b""
    """The status word of an answer whose bytes stand below the line that tells it."""


COMMAND, RESPONSE = "command", "response"
_HEXISH = r"(?:0x)?[0-9A-Fa-f*]{2}.*"
_ALONE = r"(?i)(?<![\w-])"
_BRACKETS = r"\s*(?:\[[^\]]*\]|\([^)]*\))?\s*"
_MARKS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (form, role, re.compile(pattern))
    for form, role, pattern in (
        ("apdu4j", COMMAND, r"\bA>>\s+T=\S+\s+\(\d+\+\d+\)\s*(.*)"),
        ("apdu4j", RESPONSE, r"\bA<<\s+\(\d+\+\d+\)\s*(?:\([^)]*\))?\s*(.*)"),
        ("pcscd", COMMAND, r"(?:^|\s)APDU:\s+(.*)"),
        ("pcscd", RESPONSE, r"(?:^|\s)SW:\s+(.*)"),
        ("pySim", RESPONSE, r"(?:^|\s)<-\s+([0-9A-Fa-f]{4}:.*)"),
        ("cardpeek", COMMAND, r"^\s*(?:send: |SEND\s+)(?:\d:)?([0-9A-Fa-f].*)"),
        ("cardpeek", RESPONSE, r"^\s*(?:Recv: |RECV\s+)([0-9A-Fa-f]{4}(?:\s.*)?)$"),
        ("named", RESPONSE, _ALONE + r"(?:r-?apdu|response(?: ?apdu)?|resp|rsp|recv|received|"
            r"receiving|received bits|rx|answer|incoming|reply|card|picc|icc)" + _BRACKETS
            + r"[:=<]+\s*(" + _HEXISH + ")"),
        ("named", COMMAND, _ALONE + r"(?:c-?apdu|(?:process)?command(?: ?apdu)?|cmd|send|sent|"
            r"sending|sent bits|tx|request|outgoing|apdu|reader|terminal|pcd|ifd)" + _BRACKETS
            + r"[:=>]+\s*(" + _HEXISH + ")"),
        ("named", RESPONSE, _ALONE
            + r"(?:recv|received|receive)\s+((?:[0-9A-Fa-f]{2}[\s:]?){2,}.*)"),
        ("named", COMMAND, _ALONE
            + r"(?:send|sent|sending|transmit)\s+((?:[0-9A-Fa-f]{2}[\s:]?){4,}.*)"),
        ("named", RESPONSE, r"\b(?:R|Card|PICC|ICC) ?->? ?(?:C|Reader|PCD|IFD):\s*("
            + _HEXISH + ")"),
        ("named", COMMAND, r"\b(?:C|Reader|PCD|IFD) ?->? ?(?:R|Card|PICC|ICC):\s*("
            + _HEXISH + ")"),
        ("arrows", RESPONSE, r"(?:^|[\s\]:|)])(?:<=|<{1,4}-{0,2})" + _BRACKETS
            + "(" + _HEXISH + ")"),
        ("arrows", COMMAND, r"(?:^|[\s\]:|)])(?:=>|-{0,2}>{1,4})" + _BRACKETS
            + "(" + _HEXISH + ")"),
    )
)  # fmt: skip
"""Form, role and shape, the surest first. In NFCGate's log the reader is R, the card C: both
readings of such a line are tried by ``swap``."""

_INLINE = re.compile(
    r"(?i)[\s,;(]+(?:SW1\s*[:=]\s*(?:0x)?([0-9A-F]{2})\W+SW2\s*[:=]\s*(?:0x)?([0-9A-F]{2})"
    r"|(?:SW(?:1-?SW2|12)?|status(?: word)?)\s*[:=]\s*(?:0x)?([0-9A-F]{2}) ?([0-9A-F]{2}))\)?\s*\Z"
)
_SHORT_SW = re.compile(r"\b([69][0-9A-Fa-f]) ([0-9A-Fa-f])\s*\Z")
STATUS_LINE = re.compile(
    r"(?i)^[\s\W]{0,20}(?:SW(?: ?1[ -]?(?:SW)?2|12)?|status(?: word| bytes)?)\s*[:=]\s*(?:0x)?"
    r"([0-9A-F]{2}) ?([0-9A-F]{2})(?:\s.{0,120})?\Z"
)
"""A status word on a line of its own, below the data."""

TOKEN = re.compile(r"(?:0x|\d:(?=[0-9A-Fa-f]{4}))?([0-9A-Fa-f*]+(?:[:\-][0-9A-Fa-f]{2})*)[,;]?\Z")
_COLUMN = re.compile(r"\s*((?:[0-9A-Fa-f]{2} ){0,15}[0-9A-Fa-f]{2})(?:\s{1,60}\S.{0,60})?\s*\Z")


def marked(line: str, number: int) -> tuple[str, Piece] | None:
    """The form and the piece of a line with a mark; None for a line without any."""
    for form, role, pattern in _MARKS:
        found = pattern.search(line)
        if found is None:
            continue
        piece = _piece(number, role, found.group(1), form)
        if piece is not None:
            return form, piece
    return None


def _piece(number: int, role: str, payload: str, form: str) -> Piece | None:
    first, colon, rest = payload.partition(":")
    tail = b""
    if role == RESPONSE and colon and form == "pySim":
        payload = f"{rest} {first}"
    elif role == RESPONSE:
        payload, tail = _status_beside(payload)
    raw, note = bytes_of(payload)
    if role == RESPONSE and form in ("cardpeek", "named"):
        raw = _status_last(raw, payload)
    if tail and raw[-2:] != tail:
        raw += tail
    shortest = 4 if role == COMMAND and form != "arrows" else 2
    if len(raw) < shortest and not note:
        return None
    wraps = form == "arrows" and role == RESPONSE and " : " not in payload
    wraps = wraps and len(raw) == 16 and len(payload.split()) >= 16
    return Piece(number, role, raw, note, open_end=wraps)


def _status_beside(payload: str) -> tuple[str, bytes]:
    """The answer and the status word that is told behind it (``SW=9000``, ``SW1=90 SW2=00``)."""
    found = _INLINE.search(payload)
    if found is not None:
        digits = "".join(part for part in found.groups() if part)
        return payload[: found.start()], bytes.fromhex(digits)
    return _SHORT_SW.sub(r"\1 0\2", payload), b""


def _status_last(raw: bytes, payload: str) -> bytes:
    """Some tools print the status word first: it is moved to where an answer has it."""
    words = payload.split(maxsplit=1)
    token = words[0].strip(":") if words else ""
    if len(token) == 4 and len(raw) > 2 and is_status(raw[:2]):
        shown_first = "[" in payload or not is_status(raw[-2:])
        return raw[2:] + raw[:2] if shown_first else raw
    return raw


def bytes_of(text: str) -> tuple[bytes, str]:
    """The hex at the start of ``text`` up to the first word that is none; and what is wrong with
    it: "masked" nibbles (read as 0), "cut" by dots, "odd" digits (the last one is dropped)."""
    digits: list[str] = []
    cut = False
    for word in text.replace("\u2026", "...").split():
        bare = word.rstrip(".")
        cut = bare != word and word.endswith("..")
        match = TOKEN.match(bare)
        if match is None:
            break
        digits.append(match.group(1).replace(":", "").replace("-", ""))
        if cut:
            break
    joined = "".join(digits)
    note = "masked" if "*" in joined else "cut" if cut else "odd" if len(joined) % 2 else ""
    joined = joined.replace("*", "0")
    return bytes.fromhex(joined[: len(joined) // 2 * 2]), note


def column(line: str) -> bytes:
    """The bytes of one line of a dump, without the characters beside them; else empty."""
    found = _COLUMN.match(line)
    return bytes.fromhex(found.group(1)) if found is not None else b""


def swapped(pieces: list[Piece]) -> bool:
    """Do the marks mean the other way round (``<`` for what goes to the card)? True where the
    pieces make sense that way and hardly any as they are marked."""
    useful = [piece for piece in pieces if piece.role in (COMMAND, RESPONSE) and not piece.note]
    as_marked = sum(_fits(piece.role, piece.data) for piece in useful)
    other = {COMMAND: RESPONSE, RESPONSE: COMMAND}
    as_swapped = sum(_fits(other[piece.role], piece.data) for piece in useful)
    return as_swapped > 2 * as_marked


def _fits(role: str, data: bytes) -> bool:
    if role == COMMAND:
        return is_command(data)
    return len(data) >= 2 and is_status(data[-2:]) and not is_command(data)
