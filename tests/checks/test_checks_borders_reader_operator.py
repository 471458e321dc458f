"""What a check needs beside a card, and how an operator is asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from readerbenches import SpoiledReader, bench, virtual

from harness.checks.events import Waiting
from harness.checks.finding import Unjudged
from harness.checks.reader.bench import Bench
from harness.checks.reader.operator import Operator, missing
from harness.checks.registry import CheckDef, Needs, Wants, all_checks
from harness.core.clock import ManualClock
from harness.core.errors import LinkError
from harness.core.verdict import SkipReason

ENTRY = all_checks("reader")[0]
NO_SERVICE = "no PC/SC service behind this reader"
NO_DAEMON = "only with a pcscd that the harness started itself"
ONE_SLOT = "the reader has one slot, or its second one holds no test card"


class Plain:
    """A reader over PC/SC that offers nothing beside the link; ``looks`` are what it says of its
    card, the last of them for ever."""

    name = "ACME 00 00"
    kind = "pcsc"
    image = ""

    def __init__(self, *looks: bool) -> None:
        self.looks = list(looks) or [True]
        self.asked = 0
        self.again: list[float] = []

    def card_present(self) -> bool:
        self.asked += 1
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def watch_again(self, seconds: float) -> None:
        self.again.append(seconds)


class Full(Plain):
    """One that offers everything."""

    service = second = forked = lambda self: self


def of(reader: Plain, **changes: object) -> Bench:
    made = Bench(reader, ManualClock(), **changes)
    made._limit_s = 60.0
    return made


def wanting(*wants: Wants, needs: Needs = Needs.ANY_CARD) -> CheckDef:
    return replace(ENTRY, wants=frozenset(wants), needs=needs)


@pytest.mark.parametrize(
    ("want", "message"),
    [
        (Wants.SERVICE, NO_SERVICE),
        (Wants.OWN_DAEMON, NO_DAEMON),
        (Wants.SECOND_SLOT, ONE_SLOT),
        (Wants.FORK, NO_SERVICE),
    ],
)
def test_what_is_not_there_makes_the_check_not_applicable(want: Wants, message: str) -> None:
    lacking = missing(of(Plain(), own=lambda: None), wanting(want))
    assert lacking is not None
    assert (lacking.reason, lacking.message) == (SkipReason.NOT_APPLICABLE, message)
    assert missing(of(Full(), own=object), wanting(want)) is None


def test_a_hand_is_wanted_and_nobody_is_there() -> None:
    lacking = missing(of(Full()), wanting(Wants.SERVICE, Wants.HAND))
    assert lacking is not None
    assert lacking.reason is SkipReason.NEEDS_OPERATOR
    assert lacking.message == "the card has to be moved by hand"
    assert lacking.advice == ("`emv-harness reader check --tier hands` in a terminal asks for it")
    assert missing(bench(), wanting(Wants.HAND)) is None


def attended(reader: Plain, misses: int = 0) -> Bench:
    made = of(reader)
    made.operator = Operator(made, lambda _event: None)
    made.operator._misses = misses
    return made


@pytest.mark.parametrize(("misses", "asked"), [(0, True), (1, True), (2, False), (3, False)])
def test_an_operator_who_missed_twice_is_not_asked_again(misses: int, asked: bool) -> None:
    made = attended(Full(), misses)
    lacking = missing(made, wanting(Wants.HAND))
    if asked:
        assert lacking is None
    else:
        assert lacking is not None
        assert lacking.reason is SkipReason.NEEDS_OPERATOR
        assert lacking.message == "nobody moved the card when it was asked for"
        assert lacking.advice == "`--resume` with this run's report.json goes on from here"
    assert made.operator is not None
    assert made.operator.missed is (misses > 0)
    assert made.operator.away is not asked


def test_a_reader_that_moves_the_card_itself_needs_no_operator() -> None:
    made = bench()
    made.operator = Operator(made, lambda _event: None)
    made.operator._misses = 2
    assert missing(made, wanting(Wants.HAND)) is None


KEPT_OUT = "the card was not put back"


@pytest.mark.parametrize(
    ("misses", "card", "needs", "said"),
    [
        (1, False, Needs.ANY_CARD, KEPT_OUT),
        (1, False, Needs.TEST_CARD, KEPT_OUT),
        (1, False, Needs.NOTHING, ""),
        (1, True, Needs.ANY_CARD, ""),
        (0, False, Needs.ANY_CARD, ""),
    ],
)
def test_a_card_that_was_not_put_back_is_no_fault_of_the_reader(
    misses: int, card: bool, needs: Needs, said: str
) -> None:
    lacking = missing(attended(Plain(card), misses), wanting(needs=needs))
    assert (lacking.message if lacking else "") == said
    assert lacking is None or lacking.reason is SkipReason.NEEDS_OPERATOR


def test_without_an_operator_an_empty_slot_is_the_readers_business() -> None:
    assert missing(of(Plain(False)), wanting()) is None


class Desk:
    """An operator, what was said, and when."""

    def __init__(self, *looks: bool, mark: str = "") -> None:
        self.reader = Plain(*looks)
        self.bench = of(self.reader)
        self.events: list[Waiting] = []
        self.operator = Operator(self.bench, self.events.append, mark)

    @property
    def wishes(self) -> list[str]:
        return [event.text for event in self.events]

    @property
    def seconds(self) -> float:
        return round(self.bench.clock.monotonic(), 3)


TAKE = "take the card out of ACME 00 00"
INSERT = "insert the card under test into ACME 00 00, chip first, face up"
OTHER = "insert another card, of another kind, into ACME 00 00, chip first, face up"
WRONG = "insert the card into ACME 00 00 the wrong way round: chip first, face down"
MARKED = "insert the card marked 7 into ACME 00 00, chip first, face up"


def test_the_operator_is_asked_and_waited_for() -> None:
    desk = Desk(True, True, True, False)
    desk.operator.pull()
    assert desk.events == [Waiting(TAKE, "ACME 00 00", 30.0), Waiting("", "ACME 00 00")]
    assert desk.seconds == 0.4
    assert desk.reader.again == [60.0]
    assert desk.operator.human


@pytest.mark.parametrize(("move", "looks"), [("pull", False), ("put_back", True)])
def test_what_is_done_already_is_not_asked_for(move: str, looks: bool) -> None:
    desk = Desk(looks)
    getattr(desk.operator, move)()
    assert desk.events == []
    assert (desk.seconds, desk.reader.again) == (0.0, [60.0])


@pytest.mark.parametrize(("mark", "text"), [("", INSERT), ("7", MARKED)])
def test_the_card_under_test_is_asked_for_by_its_mark(mark: str, text: str) -> None:
    desk = Desk(False, False, True, mark=mark)
    desk.operator.put_back()
    assert desk.wishes == [text, ""]


def test_a_card_without_a_mark_is_the_one_under_test() -> None:
    made, events = of(Plain(False, False, True)), []
    Operator(made, events.append).put_back()
    assert events[0].text == INSERT


@pytest.mark.parametrize(("move", "text"), [("swap", OTHER), ("turn_round", WRONG)])
def test_another_card_comes_out_before_the_one_under_test_goes_in(move: str, text: str) -> None:
    asked_and_done = (True, False, False, True)
    desk = Desk(*asked_and_done, *asked_and_done, *asked_and_done)
    getattr(desk.operator, move)()
    assert desk.wishes == [TAKE, "", text, ""]
    desk.operator.put_back()
    assert desk.wishes[4:] == [TAKE, "", INSERT, ""]
    desk.operator.put_back()
    assert len(desk.wishes) == 8


def test_thirty_seconds_are_waited_for_nobody() -> None:
    desk = Desk(True)
    with pytest.raises(Unjudged) as caught:
        desk.operator.pull()
    finding = caught.value.finding
    assert finding.reason is SkipReason.NEEDS_OPERATOR
    assert finding.message == f"not done within 30 s: {TAKE}"
    assert finding.advice == "`--resume` with this run's report.json asks again"
    assert desk.seconds == 30.2
    assert desk.wishes == [TAKE, ""]
    assert desk.reader.again == [60.0]
    assert (desk.operator.missed, desk.operator.away) == (True, False)
    with pytest.raises(Unjudged):
        desk.operator.pull()
    assert desk.operator.away


def test_the_last_moment_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.checks.reader.operator.LOOK_S", 30.0)
    desk = Desk(True, True, True, False)
    desk.operator.pull()
    assert desk.seconds == 60.0


def test_a_request_that_is_followed_makes_up_for_one_that_was_not() -> None:
    desk = Desk(True, True, False)
    desk.operator._misses = 1
    desk.operator.pull()
    assert not desk.operator.missed


def test_a_reader_that_breaks_while_somebody_is_asked_ends_the_wait() -> None:
    def looks() -> Iterator[bool]:
        yield True
        raise LinkError("gone")

    desk = Desk()
    answers = looks()
    desk.reader.card_present = lambda: next(answers)
    with pytest.raises(LinkError):
        desk.operator.pull()
    assert desk.wishes == [TAKE, ""]


def test_a_hand_that_is_wrapped_is_found() -> None:
    made = bench(SpoiledReader(virtual()))
    assert made.hand is not None
    assert not made.hand.human
