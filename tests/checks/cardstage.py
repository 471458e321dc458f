"""A card whose link is written down and breaks where a test says, and the card suite on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from checkviews import VISA, reader_of

from harness.checks.card_suite import Attempt, CardSuiteOptions, run_card_suite
from harness.checks.events import CheckStarted, Notice, SubjectSeen
from harness.checks.registry import CHECKS, CheckDef, all_checks
from harness.core.clock import ManualClock
from harness.core.errors import LinkError, LinkTimeout
from harness.link.api import Link, ResetKind
from harness.link.virtual import VirtualReader
from harness.link.wrapped import WrappedLink
from harness.profiles.image import CardImage, load_image
from harness.records.result import CheckResult

all_checks("card")
INS = {0xA4: "SELECT", 0xB2: "READ", 0xA8: "GPO", 0xCA: "GET DATA", 0x88: "IA", 0xAE: "AC"}


@dataclass
class CardReader:
    """``breaks`` names the error of the n-th connect, command or reset: ``{"send#3": NoCard}``,
    or of a command by name (``{"AC#1": LinkTimeout}``); each command takes ``ms``."""

    hidden: VirtualReader
    clock: ManualClock
    breaks: dict[str, type[LinkError]] = field(default_factory=dict)
    kind: str = "virtual"
    image: str = VISA
    ms: float = 0.0
    calls: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    name: str = "a reader"
    known: dict[str, str] = field(default_factory=dict)
    spoil: Callable[[bytes, bytes], bytes] = lambda _command, answer: answer

    def step(self, *names: str) -> None:
        for name in names:
            count = self.counts[name] = self.counts.get(name, 0) + 1
            error = self.breaks.get(f"{name}#{count}") or self.breaks.get(name)
            if error is LinkTimeout:
                raise LinkTimeout("silent", deadline_s=2.0)
            if error is not None:
                raise error("broken", todo="look at it")

    def card_present(self) -> bool:
        return True

    def facts(self) -> dict[str, str]:
        return self.known

    def connect(self) -> Link:
        self.calls.append("connect")
        self.step("connect")
        return CardLink(self.hidden.connect(), self)


class CardLink(WrappedLink):
    def __init__(self, link: Link, reader: CardReader) -> None:
        super().__init__(link)
        self._reader = reader

    def transmit(self, command: bytes) -> bytes:
        name = INS.get(command[1], f"{command[1]:02X}")
        self._reader.calls.append(name)
        self._reader.clock.advance(self._reader.ms / 1000)
        self._reader.step("send", name)
        return self._reader.spoil(command, self._link.transmit(command))

    def reset(self, kind: ResetKind) -> bytes:
        self._reader.calls.append(f"reset {kind.value}")
        self._reader.step("reset")
        return self._link.reset(kind)

    def close(self) -> None:
        self._reader.calls.append("close")
        self._link.close()


@dataclass
class CardRun:
    """What one run told, and what it did on the link."""

    attempt: Attempt
    events: list[object]
    calls: list[str]

    @property
    def results(self) -> dict[str, CheckResult]:
        return {event.id: event for event in self.events if isinstance(event, CheckResult)}

    @property
    def told(self) -> list[str]:
        """Every event: ``> ID (announced)``, ``! notice``, ``= card``, ``ID verdict: message``."""
        return [_told(event) for event in self.events]

    def said(self, id: str) -> str:
        """Verdict or reason, and message."""
        return _told(self.results[id]).partition(" ")[2]


def _told(event: object) -> str:
    match event:
        case CheckStarted():
            assert event.suite == "card"
            assert event.reader == "a reader"
            return f"> {event.id}" + (f" ({event.announce})" if event.announce else "")
        case Notice():
            return f"! {event.text}"
        case SubjectSeen():
            return f"= {event.subject.id}"
        case CheckResult():
            assert event.reader == "a reader"
            verdict = event.reason.value if event.reason else event.verdict.value
            return f"{event.id} {verdict}: {event.message}"
    raise TypeError(event)


REAL = ("READ-01", "TXN-01")


def card_run(
    monkeypatch: pytest.MonkeyPatch,
    *checks: CheckDef,
    image: CardImage | None = None,
    breaks: dict[str, type[LinkError]] | None = None,
    kind: str = "virtual",
    named: str = VISA,
    ms: float = 0.0,
    known: dict[str, str] | None = None,
    spoil: Callable[[bytes, bytes], bytes] = lambda _command, answer: answer,
    wrap: Callable[[CardReader], object] = lambda reader: reader,
    **options: object,
) -> CardRun:
    """The suite with READ-01, TXN-01 and ``checks`` alone, on a card of ``image``."""
    entries = [CHECKS["card", id] for id in REAL] + list(checks)
    monkeypatch.setattr(
        "harness.checks.card_suite.all_checks",
        lambda suite: entries if suite == "card" else [],
    )
    clock = ManualClock()
    hidden = reader_of(image or load_image(VISA), clock)
    reader = CardReader(
        hidden, clock, breaks or {}, kind, named, ms, known=known or {}, spoil=spoil
    )
    events: list[object] = []
    attempt = run_card_suite(
        wrap(reader), events.append, options=CardSuiteOptions(clock=clock, **options)
    )
    return CardRun(attempt, events, reader.calls)
