"""Service, versions, listing, presence of a card: each odd answer in full."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from readerbenches import VERSIONS, SpoiledReader, bench, virtual
from readerscript import Over, run

from harness.checks.reader.bench import Bench
from harness.core.clock import ManualClock
from harness.core.errors import (
    CardMute,
    LinkError,
    NoCard,
    ServiceDown,
    SharingViolation,
)
from harness.link import service as sv
from harness.link.api import Link


def over_pcsc(**changes: Any) -> Bench:
    return bench(SpoiledReader(virtual(), kind="pcsc", **changes))


NOT_RUNNING = "not running"
ANSWERS = (
    (
        bench,
        "not applicable: a virtual card in the same process needs no PC/SC service",
    ),
    (over_pcsc, "PASS: the service answers"),
    (lambda: over_pcsc(present=False), "PASS: the service answers"),
    (
        lambda: over_pcsc(presence_error=ServiceDown(NOT_RUNNING)),
        "ERROR: not running || start it: systemctl start pcscd.socket",
    ),
    (
        lambda: over_pcsc(presence_error=ServiceDown(NOT_RUNNING, todo="start it yourself")),
        "ERROR: not running || start it yourself",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), ANSWERS)
def test_the_service_answers_or_is_said_to_be_down(make: Any, wanted: str) -> None:
    assert run("ENV-01", make()) == wanted


LATER = "a result without versions is hard to compare later"
ALL = "emv-harness 1, pcscd 1, pyscard 2, python 3"


def versions(kind: str, known: dict[str, str], **facts: str) -> Bench:
    return bench(SpoiledReader(virtual(), kind=kind, known=facts), versions=known)


RECORDED = (
    (lambda: versions("pcsc", VERSIONS), f"PASS: {ALL}"),
    (lambda: versions("pcsc", VERSIONS, driver="ccid"), f"PASS: driver ccid, {ALL}"),
    (
        lambda: versions("virtual", {"emv-harness": "1", "python": "3"}),
        "PASS: emv-harness 1, python 3",
    ),
    (
        lambda: versions("virtual", {"pcscd": "1"}),
        f"WARN: version unknown: emv-harness, python || {LATER} @pcscd 1",
    ),
    (
        lambda: versions("vpcd", {"emv-harness": "1", "python": "3"}),
        f"WARN: version unknown: pyscard, pcscd || {LATER} @emv-harness 1, python 3",
    ),
    (
        lambda: versions("pcsc", {}),
        f"WARN: version unknown: emv-harness, python, pyscard, pcscd || {LATER} @",
    ),
    (
        lambda: versions("pcsc", {**VERSIONS, "pyscard": ""}),
        f"WARN: version unknown: pyscard || {LATER} @emv-harness 1, pcscd 1, pyscard , python 3",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), RECORDED)
def test_versions_are_in_the_report(make: Any, wanted: str) -> None:
    assert run("ENV-04", make()) == wanted


LOOK = "look at `emv-harness readers` and `emv-harness doctor`"
LISTED = (
    (("virtual test-card",), "PASS: virtual test-card: listed once among 1"),
    (("a", "virtual test-card", "b"), "PASS: virtual test-card: listed once among 3"),
    ((), f"FAIL: virtual test-card is listed 0 times || {LOOK} @"),
    (("a", "b"), f"FAIL: virtual test-card is listed 0 times || {LOOK} @a; b"),
    (
        ("virtual test-card",) * 2,
        f"FAIL: virtual test-card is listed 2 times || {LOOK} @virtual test-card;"
        " virtual test-card",
    ),
)


@pytest.mark.parametrize(("names", "wanted"), LISTED)
def test_a_reader_is_listed_once(names: tuple[str, ...], wanted: str) -> None:
    assert run("ENU-01", bench(listed=names)) == wanted


PRESENCE = (
    (bench, "PASS: card present, ATR of 11 bytes"),
    (
        lambda: over_pcsc(present=False),
        "ERROR: no card in the reader || insert a card, chip first; when one is in, try it in"
        " another reader",
    ),
    (
        lambda: over_pcsc(connect_error=CardMute("silent", todo="turn it round")),
        "FAIL: silent || turn it round",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), PRESENCE)
def test_a_card_in_the_slot_is_noticed(make: Any, wanted: str) -> None:
    assert run("EVT-09", make()) == wanted


@dataclass
class Plain:
    """A reader over nothing: no service, and no hand that moves the card."""

    hidden: Any = field(default_factory=virtual)
    name: str = "plain"
    kind: str = "pcsc"
    image: str = ""
    present: bool = True

    def card_present(self) -> bool:
        return self.present

    def connect(self) -> Link:
        return self.hidden.connect()


@dataclass
class Served(Plain):
    """The same with a service; ``client`` are members of its contexts that are others."""

    client: dict[str, Any] = field(default_factory=dict)

    def card_present(self) -> bool:
        return self.hidden.card_present()

    def service(self) -> Any:
        def opened(service: Any) -> Any:
            code, client = service.open()
            return code, Over(client, self.client)

        return Over(self.hidden.service(), {"open": opened})


@dataclass
class Hand:
    """An operator who moves the card of ``reader``, or does nothing."""

    reader: Any = None
    idle: tuple[str, ...] = ()
    human: bool = True
    missed: bool = False
    away: bool = False
    moves: list[str] = field(default_factory=list)

    def pull(self) -> None:
        self._move("pull")

    def put_back(self) -> None:
        self._move("put_back")

    def _move(self, name: str) -> None:
        self.moves.append(name)
        if name not in self.idle:
            getattr(self.reader.hidden, name)()


TAKE_OUT = "needs an operator: needs an empty slot: take the card out"


def empty(error: LinkError | None = None) -> Any:
    return lambda: over_pcsc(present=False, connect_error=error)


SLOT = (
    (empty(NoCard("none")), "PASS: no card: said so"),
    (
        empty(SharingViolation("taken")),
        "FAIL: an empty slot gives SharingViolation: taken",
    ),
    (empty(CardMute("silent")), "FAIL: an empty slot gives CardMute: silent"),
    (lambda: Bench(Plain(), ManualClock()), TAKE_OUT),
    (lambda: Bench(Plain(), ManualClock(), operator=Hand()), TAKE_OUT),
    (lambda: Bench(Served(), ManualClock()), TAKE_OUT),
)


@pytest.mark.parametrize(("make", "wanted"), SLOT)
def test_an_empty_slot_says_so(make: Any, wanted: str) -> None:
    assert run("REC-02", make()) == wanted


def test_an_empty_slot_that_gives_a_link_is_told_and_the_link_is_closed() -> None:
    reader = Plain(present=False)
    wanted = "FAIL: an empty slot could be connected to"
    assert run("REC-02", Bench(reader, ManualClock())) == wanted
    assert not reader.hidden.in_use()


def emptied(client: dict[str, Any] | None = None, idle: tuple[str, ...] = ()) -> Bench:
    """A bench whose operator takes the card out, but for moves that are ``idle``."""
    reader = Served(client=client or {})
    return Bench(reader, reader.hidden.clock, operator=Hand(reader, idle))


EMPTIED = (
    (emptied, "PASS: no card: said so"),
    (
        lambda: emptied({"connect": lambda _one, _slot: (sv.SUCCESS, None)}),
        f"FAIL: connect: {sv.SUCCESS}, expected {sv.NO_CARD}",
    ),
    (
        lambda: emptied({"connect": lambda _one, _slot: (sv.UNPOWERED, None)}),
        f"FAIL: connect: {sv.UNPOWERED}, expected {sv.NO_CARD}",
    ),
    (
        lambda: emptied(idle=("pull",)),
        "FAIL: a card that was taken out is not noticed in 5 s",
    ),
    (
        lambda: emptied(idle=("put_back",)),
        "FAIL: a card that was put in is not noticed in 5 s",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), EMPTIED)
def test_a_card_is_taken_out_for_it_and_put_back(make: Any, wanted: str) -> None:
    made = make()
    assert run("REC-02", made) == wanted
    assert made.operator.moves == ["pull", "put_back"]


def test_a_reader_that_moves_its_card_needs_no_operator() -> None:
    made = bench()
    assert run("REC-02", made) == "PASS: no card: said so"
    assert made.reader.card_present()
    assert made.reader.events == 3


def test_the_slot_that_is_asked_is_the_readers_own() -> None:
    asked: list[Any] = []

    def connect(client: Any, *args: Any) -> Any:
        asked.append(args)
        return client.connect(*args)

    assert run("REC-02", emptied({"connect": connect})) == "PASS: no card: said so"
    assert asked == [("virtual test-card 00 00",)]
