"""Transcripts from whatever holds one: our own JSON Lines, lines of hex, or the log of a tool."""

from __future__ import annotations

from pathlib import Path

from harness.codec.paste import Piece, read_paste, read_plain
from harness.core.errors import ConfigError
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.records.jsonl import Line, Transcript, read_transcript

MAX_BYTES = 32 << 20
"""No log of a card session is longer; a larger file is something else."""


def open_transcript(path: Path) -> Transcript:
    """The session in ``path``, in any form that ``decode`` reads as a log.

    A log of another tool has no facts, and often no ATR (``atr`` is then empty). What it shows in
    part only (masked, cut off, lost) has no answer here. Raises ConfigError (no log), ConfigErrors
    (mistakes in a transcript of our own).
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            _("the transcript cannot be read: {why}").format(why=error.strerror), where=str(path)
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(_("too large for a transcript"), where=str(path))
    text = raw.decode("utf-8", "replace").lstrip("\ufeff")
    if text.lstrip().startswith("{"):
        return read_transcript(path)
    paste = read_paste(text) or read_plain(text)
    if paste is None:
        raise ConfigError(
            _("neither a transcript nor a log with commands and answers"),
            where=str(path),
            todo=_(
                "a transcript of `emv-harness record`, the log of a tool, or lines of hex: command "
                "and answer in turn"
            ),
        )
    return _transcript(paste.pieces, paste.form)


def _transcript(pieces: list[Piece], form: str) -> Transcript:
    atr = b""
    lines: list[Line] = []
    for piece in pieces:
        if piece.role == "atr" and not lines and not atr:
            atr = piece.data
        elif piece.role == "atr":
            lines.append(Line(len(lines), "reset", "", to_hex(piece.data)))
        elif piece.role == "command":
            lines.append(Line(len(lines), "apdu", _hex(piece), None))
        elif piece.role == "response" and lines and _waits(lines[-1]) and not piece.note:
            old = lines[-1]
            lines[-1] = Line(old.index, "apdu", old.command, to_hex(piece.data))
    masked = any(piece.note == "masked" for piece in pieces)
    return Transcript(atr, "T=0", masked, tuple(lines), {"log": form})


def _hex(piece: Piece) -> str:
    """A command; data that the log does not show in full fits any."""
    text = to_hex(piece.data)
    return text[:8] + "*" * len(text[8:]) if piece.note else text


def _waits(line: Line) -> bool:
    return line.kind == "apdu" and line.response is None
