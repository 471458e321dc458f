"""The bench: what it finds out of a card, whose hand moves it, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from readerbenches import SpoiledLink, SpoiledReader, bench, virtual
from readerscript import Over, follow, sent

from harness.checks.guard import UndeclaredCommand
from harness.checks.reader.bench import Bench, Limits
from harness.codec.apdu import CommandApdu, select
from harness.core.clock import ManualClock
from harness.core.errors import CardMute, LinkError, NoCard
from harness.link.api import Link, ResetKind
from harness.profiles.reader_profile import load_profile

CARD = "3B6700008031C173C02140"
TEST_AID = "00A4040008F0454D5648544301"
PSE = "00A404000E315041592E5359532E4444463031"


def answering(aid: str, pse: str, image: str = "") -> Bench:
    """A bench, not yet on, on a card that answers both SELECTs so."""
    spoil = follow({TEST_AID: aid, PSE: pse})
    inner = virtual()
    reader = SpoiledReader(inner, image=image, wrap=lambda link: SpoiledLink(link, spoil))
    return Bench(reader, inner.clock)


IDENTITY = (
    ("9000", "6A82", "", True, False, 1),
    ("6A82", "9000", "", False, True, 2),
    ("6A82", "6283", "", False, True, 2),
    ("6A82", "6A82", "", False, False, 2),
    ("6A82", "6282", "", False, False, 2),
    ("6283", "6A82", "", False, False, 2),
    ("6A82", "6A82", "visa-credit", False, True, 2),
    ("6A82", "9000", "test-card", True, False, 1),
)


@pytest.mark.parametrize(("aid", "pse", "image", "test_card", "emv", "asked"), IDENTITY)
def test_a_card_is_known_by_its_names_or_its_image(
    aid: str, pse: str, image: str, test_card: bool, emv: bool, asked: int
) -> None:
    made = answering(aid, pse, image)
    made.identify()
    assert (made.test_card, made.emv_card) == (test_card, emv)
    assert sent(made) == [TEST_AID, PSE][:asked]


def test_the_first_answer_to_reset_is_noted() -> None:
    made = answering("9000", "9000")
    assert made.cold_atr == b""
    made.power()
    assert made.cold_atr.hex().upper() == CARD


def test_the_test_card_is_selected_by_name() -> None:
    made = answering("9000", "9000")
    made.select_test_card()
    assert sent(made) == [TEST_AID]


@pytest.mark.parametrize(
    ("kind", "profile", "wired"),
    [
        ("pcsc", "", True),
        ("pcsc", "gemalto-pc-twin", True),
        ("pcsc", "virtual", False),
        ("vpcd", "", False),
        ("virtual", "gemalto-pc-twin", False),
    ],
)
def test_a_line_is_there_in_a_physical_reader_alone(kind: str, profile: str, wired: bool) -> None:
    made = bench(SpoiledReader(virtual(), kind=kind))
    if profile:
        made.profile = replace(load_profile("gemalto-pc-twin"))
    if profile == "virtual":
        made.profile = replace(load_profile("gemalto-pc-twin"), kind="virtual")
    assert made.wired is wired


def test_there_is_one_link_and_it_lets_through_what_is_allowed_now() -> None:
    made = bench()
    link = made.link
    verify = bytes.fromhex("0020008008241234FFFFFFFFFF")
    with pytest.raises(UndeclaredCommand):
        made.raw(verify)
    made.allowed = frozenset({"VERIFY"})
    assert made.raw(verify) == b"\x6d\x00"
    made.allowed = frozenset()
    assert made.link is link
    with pytest.raises(UndeclaredCommand):
        made.raw(verify)
    made.close()
    assert made.link is not link


def test_a_command_is_followed_a_raw_one_is_not() -> None:
    made = bench()
    assert made.raw(bytes.fromhex("8036000401AA")) == b"\x61\x04"
    answer = made.send(CommandApdu(0x80, 0x36, 0, 4, data=b"\xaa", le=256))
    assert (answer.data, answer.sw) == (bytes(range(4)), 0x9000)
    assert made.send(select(b"\xf0\x45")).sw == 0x9000


def test_both_kinds_of_reset_reach_the_link() -> None:
    seen: list[ResetKind] = []
    told = {"reset": lambda one, kind: seen.append(kind) or one.reset(kind)}
    made = bench(SpoiledReader(virtual(), wrap=lambda link: Over(link, told)))
    assert made.reset(ResetKind.WARM).hex().upper() == CARD
    made.reset(ResetKind.COLD)
    assert made.recover()
    assert seen == [ResetKind.WARM, ResetKind.COLD, ResetKind.COLD]


@dataclass
class Weak:
    """A reader whose link cannot be reset; ``connects`` is how often it connects after that."""

    inner: Any = field(default_factory=virtual)
    connects: int = 5
    name: str = "weak"
    kind: str = "virtual"
    image: str = ""
    closed: int = 0

    def connect(self) -> Link:
        self.connects -= 1
        if self.connects < 0:
            raise NoCard("nothing there")
        link = self.inner.connect()
        return Over(link, {"reset": self._mute, "close": self._close})

    def _mute(self, _link: Link, _kind: ResetKind) -> bytes:
        raise CardMute("silent")

    def _close(self, link: Link) -> None:
        self.closed += 1
        link.close()


def test_what_cannot_be_reset_is_connected_anew() -> None:
    reader = Weak()
    made = Bench(reader, ManualClock())
    first = made.link
    assert made.recover()
    assert reader.closed == 1
    assert reader.connects == 3
    assert made.link is not first
    assert made.raw(bytes.fromhex("80300000")) == b"\x90\x00"


def test_what_cannot_be_connected_anew_is_lost() -> None:
    reader = Weak(connects=1)
    made = Bench(reader, ManualClock())
    assert made.link.atr
    assert made.recover() is False
    with pytest.raises(LinkError, match="nothing there"):
        made.raw(bytes.fromhex("80300000"))


def test_closing_twice_closes_once() -> None:
    reader = Weak()
    made = Bench(reader, ManualClock())
    made.close()
    assert made.link.atr
    made.close()
    made.close()
    assert reader.closed == 1


class Own:
    """A reader that offers something of its own."""

    def __init__(self, **more: object) -> None:
        self.name, self.kind, self.image = "own", "virtual", ""
        vars(self).update(more)

    def special(self) -> str:
        return "own"


def test_what_a_reader_offers_is_looked_for_inside_too() -> None:
    outer = SpoiledReader(Own(inner=virtual()))
    made = Bench(outer, ManualClock())
    assert made.offered("special")() == "own"
    assert made.offered("second")().name == "virtual test-card, slot 2"
    assert made.offered("nothing") is None
    assert Bench(Own(special_value=1), ManualClock()).offered("special_value") is None


def test_the_link_is_let_go_before_the_service_is_used() -> None:
    made = bench()
    assert made.reader.in_use()
    assert made.service().slot == "virtual test-card 00 00"
    assert not made.reader.in_use()
    with pytest.raises(LookupError, match="no service behind this reader"):
        Bench(Own(), ManualClock()).service()


MOVES = ("pull", "put_back", "swap", "turn_round")


def mover(*names: str) -> Own:
    """A reader with these moves, each of which returns its name."""
    kind = type("Mover", (Own,), {name: lambda _self, name=name: name for name in names})
    made: Own = kind()
    return made


def test_a_reader_that_moves_its_card_is_the_hand() -> None:
    operator: Any = object()
    made = Bench(mover(*MOVES), ManualClock(), operator=operator)
    hand = made.hand
    assert hand is not None
    assert hand.human is False
    assert [getattr(hand, name)() for name in MOVES] == list(MOVES)


@pytest.mark.parametrize("missing", MOVES)
def test_a_reader_with_some_of_the_moves_is_none(missing: str) -> None:
    operator: Any = object()
    reader = mover(*(name for name in MOVES if name != missing))
    assert Bench(reader, ManualClock(), operator=operator).hand is operator
    assert Bench(reader, ManualClock()).hand is None


@dataclass
class Watching:
    """Notes what it is told of time limits."""

    told: list[Any] = field(default_factory=list)
    name: str = "watching"
    kind: str = "virtual"
    image: str = ""

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        self.told.append(seconds)
        yield
        self.told.append("over")

    def watch_again(self, seconds: float) -> None:
        self.told.append(("again", seconds))


def test_a_limit_is_passed_on_and_begins_anew_inside_alone() -> None:
    reader = Watching()
    made = Bench(reader, ManualClock())
    made.renew()
    with made.watched(7.5):
        made.renew()
    made.renew()
    assert reader.told == [7.5, ("again", 7.5), "over"]


def test_a_limit_is_over_when_what_it_was_for_has_failed() -> None:
    reader = Watching()
    made = Bench(reader, ManualClock())
    with pytest.raises(LinkError, match="broken"), made.watched(2.0):
        raise LinkError("broken")
    made.renew()
    assert reader.told == [2.0]


def test_a_reader_that_watches_nothing_needs_no_limit() -> None:
    made = Bench(Own(), ManualClock())
    with made.watched(3.0):
        made.renew()
    assert made.limits == Limits()
