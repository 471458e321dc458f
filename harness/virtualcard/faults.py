"""Faults: what makes a card misbehave on purpose (``--fault NAME[@WHEN]``).

A fault is named by its file in ``vectors/faults``; the file's ``kind`` chooses one of the classes
in ``faults_answer`` (what happens while commands are answered) or ``faults_image`` and
``faults_certificate`` (what is different about the card from its personalisation on). Several
faults of one card are asked in their order: the first that takes a command away from the card
wins, and all that change the answer change it in turn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.suggest import known_names
from harness.profiles.fault_file import FaultFile, fault_names, load_fault
from harness.virtualcard.answers import Answer, Engine

if TYPE_CHECKING:
    from harness.profiles.image import CardImage

COMMAND_SLUGS = {
    0x16: "card-block",
    0x18: "application-unblock",
    0x1E: "application-block",
    0x20: "verify",
    0x24: "pin-change",
    0x82: "external-authenticate",
    0x84: "get-challenge",
    0x88: "internal-authenticate",
    0xA4: "select",
    0xA8: "gpo",
    0xAE: "generate-ac",
    0xB2: "read-record",
    0xC0: "get-response",
    0xCA: "get-data",
    0xDA: "put-data",
    0xDC: "update-record",
}
"""INS to the name that a step may have."""

GET_RESPONSE = 0xC0


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a fault strikes: at the ``number``-th command since the card was inserted (once), at
    each ``every``-th one, at each command called ``command``, at random with ``probability`` (from
    the card's seed), or, with none of these, at every command."""

    number: int = 0
    command: str = ""
    every: int = 0
    probability: float = 1.0
    dice: random.Random = field(default_factory=random.Random, repr=False, compare=False)

    def strikes(self, number: int, command: bytes) -> bool:
        """Does it strike at this command, the ``number``-th (from 1)?"""
        if self.number:
            return number == self.number
        if self.every:
            return number % self.every == 0
        if self.command:
            return len(command) > 1 and COMMAND_SLUGS.get(command[1]) == self.command
        return self.probability >= 1 or self.dice.random() < self.probability


@dataclass(frozen=True, slots=True)
class Fault:
    """Base: leaves everything as it is. ``follows``: an answer that waits for GET RESPONSE is
    struck where it is fetched, under the name of the command that it belongs to."""

    file: FaultFile
    trigger: Trigger
    follows = False

    def strikes(self, number: int, command: bytes, origin: bytes) -> bool:
        """Does it strike at ``command``? ``origin`` is the last one but GET RESPONSE."""
        fetched = self.follows and command[1:2] == bytes([GET_RESPONSE])
        return self.trigger.strikes(number, origin if fetched else command)

    def personalise(self, image: CardImage) -> CardImage:
        """The image that the card is made from."""
        return image

    def tamper(self, engine: Engine) -> None:
        """Change what the card remembers, before it works on the command."""

    def before(self, command: bytes) -> Answer | None:
        """An answer in place of the card's, which then never sees the command; or None."""
        return None

    def after(self, origin: bytes, answer: Answer) -> Answer:
        """What becomes of the card's answer (one that has a response) to ``origin``."""
        return answer


class Faulty:
    """The faults of one card, and how far its dialogue has come."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = tuple(faults)
        self._origin = b""

    def personalise(self, image: CardImage) -> CardImage:
        """The image with all changes that faults make to it."""
        for fault in self._faults:
            image = fault.personalise(image)
        return image

    def process(self, engine: Engine, number: int, command: bytes) -> Answer:
        """Answer ``command``, the ``number``-th one, with the faults that strike at it."""
        if command[1:2] != bytes([GET_RESPONSE]):
            self._origin = command
        origin = self._origin
        striking = [fault for fault in self._faults if fault.strikes(number, command, origin)]
        for fault in striking:
            fault.tamper(engine)
            instead = fault.before(command)
            if instead is not None:
                return instead
        answer = engine.process(command)
        for fault in striking:
            if answer.response is not None:
                answer = fault.after(origin, answer)
        return answer


def kind_classes() -> dict[str, type[Fault]]:
    """What each ``kind`` of a fault file does."""
    from harness.virtualcard.faults_answer import ANSWER_CLASSES
    from harness.virtualcard.faults_certificate import Certificate
    from harness.virtualcard.faults_image import CARD_CLASSES

    return ANSWER_CLASSES | CARD_CLASSES | {"certificate": Certificate}


def parse_fault(text: str, seed: int = 0) -> Fault:
    """The fault that ``NAME`` or ``NAME@WHEN`` asks for. Raises ConfigError with the names that
    there are. ``WHEN``: see ``parse_trigger``; ``seed`` is that of the card."""
    name, at, when = text.partition("@")
    if name not in fault_names():
        raise ConfigError(
            _("unknown fault: {name!r}").format(name=name),
            where="--fault",
            todo=known_names(name, fault_names(), "emv-harness card faults"),
        )
    file = load_fault(name)
    if at and file.changes_card:
        raise ConfigError(
            _("fault {name} changes the card itself, and takes no step").format(name=name),
            where="--fault",
            todo=_("write {name} alone").format(name=name),
        )
    wanted = when if at else file.step
    dice = random.Random(f"{seed}/{text}")
    trigger = parse_trigger(wanted, text, dice) if at or wanted else Trigger(dice=dice)
    return kind_classes()[file.kind](file, trigger)


def parse_trigger(when: str, text: str, dice: random.Random) -> Trigger:
    """``3`` (the third command), ``gpo`` (a command's name), ``every:3``, ``random:0.1``.

    ``text`` is the whole fault, for the message. Raises ConfigError.
    """
    word, colon, amount = when.partition(":")
    reading = _READINGS.get(word) if colon else None
    made = reading(amount, dice) if reading else _plain(when, dice)
    if made is None:
        raise ConfigError(
            _("unknown step {step!r} in fault {text!r}").format(step=when, text=text),
            where="--fault",
            todo=_(
                "a step is the number of a command (from 1), every:N, random:P (P from 0 to 1) "
                "or one of: {names}"
            ).format(names=", ".join(sorted(COMMAND_SLUGS.values()))),
        )
    return made


def _plain(when: str, dice: random.Random) -> Trigger | None:
    number = _whole(when)
    if number:
        return Trigger(number=number, dice=dice)
    return Trigger(command=when, dice=dice) if when in COMMAND_SLUGS.values() else None


def _every(amount: str, dice: random.Random) -> Trigger | None:
    number = _whole(amount)
    return Trigger(every=number, dice=dice) if number else None


def _at_random(amount: str, dice: random.Random) -> Trigger | None:
    whole, _dot, part = amount.partition(".")
    if not (whole + part).isdigit() or not amount.isascii() or not 0 < float(amount) <= 1:
        return None
    return Trigger(probability=float(amount), dice=dice)


_READINGS: dict[str, Callable[[str, random.Random], Trigger | None]] = {
    "every": _every,
    "random": _at_random,
}


def _whole(text: str) -> int:
    """A whole number above zero, or 0."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
