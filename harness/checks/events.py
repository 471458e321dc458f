"""What a running suite tells, beside ``CheckResult``: small values that can cross processes."""

from __future__ import annotations

from harness.core.plain import dataclass
from harness.records.run import Subject


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """A check begins; ``announce`` says what it will change, where it changes something."""

    suite: str
    id: str
    title: str
    subject: str
    reader: str
    announce: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The run waits for an operator, who has ``seconds`` to do what ``text`` says; an empty text:
    it was done, or the time is over."""

    text: str
    reader: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class SubjectSeen:
    """The card in the slot is known now."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Notice:
    """A line for people that is no result: a retry, a recovery, what is about to change."""

    text: str
    reader: str = ""
