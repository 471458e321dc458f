"""A transcript as a card: it answers what it was asked then."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import ConfigError, LinkError, ReplayMismatch
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.link.api import LinkOptions, ResetKind
from harness.link.replay_match import Places
from harness.link.virtual import removed, timed_out
from harness.records.jsonl import Line, Transcript
from harness.records.known import Recorded, recorded
from harness.records.logs import open_transcript

if TYPE_CHECKING:
    from harness.link.api import Reader


class ReplayReader:
    """A reader whose card is a transcript. Every ``connect`` starts it from the beginning."""

    kind = "replay"
    image = ""

    def __init__(self, transcript: Transcript, name: str, options: LinkOptions) -> None:
        self.name = f"replay:{name}"
        self.transcript = transcript
        self._options = options

    @cached_property
    def recorded(self) -> Recorded:
        """What of the transcript can be judged."""
        return recorded(self.transcript)

    def card_present(self) -> bool:
        """Always."""
        return True

    def connect(self) -> ReplayLink:
        """From the first exchange."""
        return ReplayLink(self.transcript, self.name, self._options.deadline_s)

    def facts(self) -> dict[str, str]:
        """What the transcript's first line says."""
        return {"driver": "replay", **self.transcript.facts}

    def close(self) -> None:
        """Nothing is held."""


class ReplayLink:
    """Answers a command as the transcript does (``replay_match`` says which line is meant).

    Raises ReplayMismatch for a command that is not in it, and for an answer that is masked or was
    lost: its bytes are not known, and no others are made up. A recorded failure of the link is
    raised again.
    """

    def __init__(self, transcript: Transcript, name: str, deadline_s: float) -> None:
        self._places = Places(list(transcript.lines))
        self._name = name
        self._deadline_s = deadline_s
        self._closed = False
        self._atr = transcript.atr
        self._protocol = transcript.protocol

    @property
    def atr(self) -> bytes:
        """ATR of the last reset; empty where the transcript has none."""
        return self._atr

    @property
    def protocol(self) -> str:
        """Protocol of the recorded session."""
        return self._protocol

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer to ``command``."""
        self._require_open()
        places = self._places
        found = places.find(command)
        if found is None:
            raise self._unknown(command)
        places.at = found + 1
        return self._answer(places.lines[found])

    def reset(self, kind: ResetKind) -> bytes:
        """The recorded reset's ATR; where no further reset was recorded, the card starts again."""
        self._require_open()
        found = self._places.reset()
        if found is None:
            self._places.at = 0
            return self._atr
        self._places.at = found + 1
        self._atr = self._answer(self._places.lines[found])
        return self._atr

    def close(self) -> None:
        """Nothing is held. Safe to call twice."""
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise LinkError(_("the link is closed"), where=self._name)

    def _unknown(self, command: bytes) -> ReplayMismatch:
        # Shown without its data, which may hold a PIN or a PAN.
        header = to_hex(command[:4], " ")
        other = self._places.alike(command)
        if other:
            error = ReplayMismatch(
                _("the transcript has {command} with other data").format(command=header),
                where=self._where(other[0]),
                todo=_("replay with the options and the clock of the recorded session"),
            )
            if "*" not in other[0].command:
                error.sent, error.recorded = command, bytes.fromhex(other[0].command)
            return error
        return ReplayMismatch(
            _("the transcript does not have {command} here").format(command=header),
            where=self._name,
            todo=_("what was not recorded cannot be examined: record a session that sends it"),
        )

    def _answer(self, line: Line) -> bytes:
        if line.response is None and line.error:
            raise self._failure(line)
        if line.response is None:
            raise ReplayMismatch(
                _("the transcript lost the answer to this command: not examined"),
                where=self._where(line),
            )
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
    return [ReplayReader(open_transcript(Path(name)), name, options)]
