"""A transcript as a card: it answers what it was asked then, in the same order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import ConfigError, LinkError, NoCard, ReplayMismatch
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.link.api import LinkOptions, ResetKind
from harness.link.virtual import removed, timed_out
from harness.records.jsonl import Line, Transcript, read_transcript

if TYPE_CHECKING:
    from harness.link.api import Reader


class ReplayReader:
    """A reader whose card is a transcript. Every ``connect`` starts it from the beginning."""

    kind = "replay"
    image = ""

    def __init__(self, transcript: Transcript, name: str, options: LinkOptions) -> None:
        self.name = f"replay {name}"
        self._transcript = transcript
        self._options = options

    def card_present(self) -> bool:
        """Always."""
        return True

    def connect(self) -> ReplayLink:
        """From the first exchange. Raises NoCard for a transcript without an ATR."""
        if not self._transcript.atr:
            raise NoCard(_("the transcript holds no ATR"), where=self.name)
        return ReplayLink(self._transcript, self.name, self._options.deadline_s)

    def facts(self) -> dict[str, str]:
        """What the transcript's first line says."""
        return {"driver": "replay", **self._transcript.facts}

    def close(self) -> None:
        """Nothing is held."""


class ReplayLink:
    """Commands must come as they were recorded; a masked nibble fits any.

    Raises ReplayMismatch for another command, at the end, and for an answer that is masked: its
    bytes are not known, and no others are made up. A recorded failure of the link is raised again.
    """

    def __init__(self, transcript: Transcript, name: str, deadline_s: float) -> None:
        self._lines = [line for line in transcript.lines if line.kind != "power"]
        self._place = 0
        self._name = name
        self._deadline_s = deadline_s
        self._closed = False
        self._atr = transcript.atr
        self._protocol = transcript.protocol

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        return self._atr

    @property
    def protocol(self) -> str:
        """Protocol of the recorded session."""
        return self._protocol

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer to ``command``."""
        line = self._next("apdu", to_hex(command))
        pattern = re.escape(line.command).replace(r"\*", ".")
        if line.kind != "apdu" or not re.fullmatch(pattern, to_hex(command)):
            raise ReplayMismatch(
                _("the transcript has another command here: {command}").format(
                    command=line.command or line.kind
                ),
                where=self._where(line),
                todo=_("replay with the options and the clock of the recorded session"),
            )
        self._place += 1
        return self._answer(line)

    def reset(self, kind: ResetKind) -> bytes:
        """The recorded reset's ATR."""
        line = self._next("reset", kind.value)
        if line.kind != "reset":
            raise ReplayMismatch(
                _("the transcript has a command here, not a reset"), where=self._where(line)
            )
        self._place += 1
        self._atr = self._answer(line)
        return self._atr

    def close(self) -> None:
        """Nothing is held. Safe to call twice."""
        self._closed = True

    def _next(self, what: str, text: str) -> Line:
        if self._closed:
            raise LinkError(_("the link is closed"), where=self._name)
        if self._place >= len(self._lines):
            raise ReplayMismatch(
                _("the transcript is at its end; asked for {what} {text}").format(
                    what=what, text=text
                ),
                where=self._name,
            )
        return self._lines[self._place]

    def _answer(self, line: Line) -> bytes:
        if line.response is None:
            raise self._failure(line)
        if "*" in line.response:
            raise ReplayMismatch(
                _("the answer is masked in this transcript: not examined"),
                where=self._where(line),
                todo=_("record with --unmask, with a card whose data may be written down"),
            )
        return bytes.fromhex(line.response)

    def _failure(self, line: Line) -> LinkError:
        name, _colon, what = line.error.partition(": ")
        if name == "LinkTimeout":
            return timed_out(self._deadline_s, self._name)
        if name == "CardRemoved":
            return removed(self._name)
        return LinkError(what or line.error or _("the link failed"), where=self._where(line))

    def _where(self, line: Line) -> str:
        return _("{name}, exchange {number}").format(name=self._name, number=line.index)


def provider(options: LinkOptions, name: str) -> list[Reader]:
    """The transcript in the file ``name`` as a reader (selector ``replay:FILE``)."""
    if not name:
        raise ConfigError(_("a replay needs a transcript"), todo="--reader replay:FILE")
    path = Path(name)
    return [ReplayReader(read_transcript(path), path.stem, options)]
