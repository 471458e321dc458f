"""Faults: a layer around a card that makes it misbehave on purpose (``--fault NAME[@step]``).

A fault is named by its file in ``vectors/faults``; the file's ``kind`` chooses one of the classes
here. Several faults of one card are asked in their order: the first that takes a command away
from the card wins, and all that change the answer change it in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.profiles.fault_file import FaultFile, fault_names, load_fault
from harness.virtualcard.answers import Answer

COMMAND_SLUGS = {
    0x20: "verify",
    0x82: "external-authenticate",
    0x84: "get-challenge",
    0x88: "internal-authenticate",
    0xA4: "select",
    0xA8: "gpo",
    0xAE: "generate-ac",
    0xB2: "read-record",
    0xC0: "get-response",
    0xCA: "get-data",
}
"""INS to the name that a step may have."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a fault strikes: at the ``number``-th command since the card was inserted (once), at
    each command called ``command``, or, with neither, at every command."""

    number: int = 0
    command: str = ""

    def strikes(self, number: int, command: bytes) -> bool:
        """Does it strike at this command, the ``number``-th (from 1)?"""
        if self.number:
            return number == self.number
        if self.command:
            return len(command) > 1 and COMMAND_SLUGS.get(command[1]) == self.command
        return True


@dataclass(frozen=True, slots=True)
class Fault:
    """Base: leaves everything as it is."""

    file: FaultFile
    trigger: Trigger

    def before(self, command: bytes) -> Answer | None:
        """An answer in place of the card's, which then never sees the command; or None."""
        return None

    def after(self, answer: Answer) -> Answer:
        """What becomes of the card's answer (one that has a response)."""
        return answer


class NoAnswer(Fault):
    """The card does not answer, and stays silent until its next reset."""

    def before(self, command: bytes) -> Answer | None:
        return Answer(None)


class Removal(Fault):
    """The card leaves the reader in the middle of the command."""

    def before(self, command: bytes) -> Answer | None:
        return Answer(None, removed=True)


class Delay(Fault):
    """The card takes longer."""

    def after(self, answer: Answer) -> Answer:
        return replace(answer, delay_s=answer.delay_s + self.file.delay_ms / 1000)


class Cut(Fault):
    """The end of the answer is lost, status word included."""

    def after(self, answer: Answer) -> Answer:
        whole = answer.response or b""
        return replace(answer, response=whole[: len(whole) * self.file.keep_percent // 100])


class Status(Fault):
    """The card carries the command out, then answers another status word and no data."""

    def after(self, answer: Answer) -> Answer:
        return replace(answer, response=self.file.status.to_bytes(2, "big"))


KIND_CLASSES: dict[str, type[Fault]] = {
    "no-answer": NoAnswer,
    "removal": Removal,
    "delay": Delay,
    "cut": Cut,
    "status": Status,
}
"""What each ``kind`` of a fault file does."""


def parse_fault(text: str) -> Fault:
    """The fault that ``NAME`` or ``NAME@step`` asks for; ``step`` is a number from 1 or the name
    of a command. Raises ConfigError with the names that there are."""
    name, at, step = text.partition("@")
    if name not in fault_names():
        raise ConfigError(
            _("unknown fault: {name!r}").format(name=name),
            where="--fault",
            todo=_("known: {names}").format(names=", ".join(fault_names())),
        )
    file = load_fault(name)
    return KIND_CLASSES[file.kind](file, _trigger(step, text) if at else Trigger())


def _trigger(step: str, text: str) -> Trigger:
    if step.isascii() and step.isdigit() and int(step) > 0:
        return Trigger(number=int(step))
    if step in COMMAND_SLUGS.values():
        return Trigger(command=step)
    raise ConfigError(
        _("unknown step {step!r} in fault {text!r}").format(step=step, text=text),
        where="--fault",
        todo=_("a step is the number of a command (from 1) or one of: {names}").format(
            names=", ".join(sorted(COMMAND_SLUGS.values()))
        ),
    )
