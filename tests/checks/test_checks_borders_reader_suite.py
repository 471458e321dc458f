"""The reader suite as a job: what runs, what is told, and what a broken link does to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from readerborders import set_up
from readerrules import parsed
from readerstage import Stage, StageReader

from harness.checks.events import CheckStarted, Notice, Waiting
from harness.checks.finding import Finding, fail, ok, warn
from harness.checks.reader.bench import Bench, Limits
from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite
from harness.checks.registry import CheckDef, Needs, Tier, Wants, all_checks
from harness.codec.apdu import CommandApdu
from harness.core.verdict import Verdict
from harness.link.own_daemon import own_daemon
from harness.profiles.reader_profile import Quirk, load_profile
from harness.records.result import CheckResult, Evidence

ENTRY = all_checks("reader")[0]
CASE_1 = bytes.fromhex("80300000")
GENERATE_AC = CommandApdu(0x80, 0xAE, 0, 0, b"\0", 256).to_bytes()
Work = Callable[[Bench], Finding]


def fine(_bench: Bench) -> Finding:
    return ok("fine")


def asks(bench: Bench) -> Finding:
    bench.raw(CASE_1)
    return ok("asked")


def pays(bench: Bench) -> Finding:
    bench.raw(GENERATE_AC)
    return ok("paid")


def a(id: str, work: Work = fine, needs: Needs = Needs.NOTHING, **changes: object) -> CheckDef:
    """A check of its own."""
    plain = {"tier": Tier.FULL, "sends": frozenset(), "wants": frozenset(), "spec": ()}
    return replace(ENTRY, id=id, title=id, function=work, needs=needs, **{**plain, **changes})


class Suite:
    """One run of ``checks`` and what it told."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *checks: CheckDef,
        changes: str = "",
        image: str = "test-card",
        before: Callable[[Stage], None] = lambda _stage: None,
        **options: object,
    ) -> None:
        monkeypatch.setattr(
            "harness.checks.reader_suite.all_checks",
            lambda suite: list(checks) if suite == "reader" else [],
        )
        self.reader: StageReader
        self.reader, self.stage, _left = set_up(changes)
        self.reader.image = image
        before(self.stage)
        self.stage.begin([parsed(word) for word in changes.split() if word[0] != "@"])
        self.events: list[object] = []
        plain = ReaderSuiteOptions(clock=self.stage.clock, listed=("virtual test-card",))
        self.tape = run_reader_suite(
            self.reader, self.events.append, options=replace(plain, **options)
        )

    @property
    def results(self) -> list[CheckResult]:
        return [event for event in self.events if isinstance(event, CheckResult)]

    @property
    def told(self) -> list[str]:
        return [_told(event) for event in self.events]

    @property
    def said(self) -> list[str]:
        """The results alone."""
        return [_told(event) for event in self.results]


def _told(event: object) -> str:
    match event:
        case CheckStarted():
            assert (event.suite, event.title) == ("reader", event.id)
            assert event.subject == event.reader == "virtual test-card"
            return f"> {event.id}"
        case Notice():
            assert event.reader == "virtual test-card"
            return f"! {event.text}"
        case Waiting():
            return f"? {event.text}"
        case CheckResult():
            assert event.subject == event.reader == "virtual test-card"
            verdict = event.reason.value if event.reason else event.verdict.value
            advice = f" || {event.advice}" if event.advice else ""
            return f"{event.id} {verdict}: {event.message}{advice}"
    raise TypeError(event)


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Suite]:
    return lambda *checks, **options: Suite(monkeypatch, *checks, **options)


Make = Callable[..., Suite]
TIERS = {
    Tier.SMOKE: "smoke",
    Tier.FULL: "smoke full",
    Tier.HANDS: "smoke full hands",
    Tier.SOAK: "smoke full soak",
}


@pytest.mark.parametrize("tier", Tier)
def test_a_tier_takes_in_the_shorter_ones(suite: Make, tier: Tier) -> None:
    made = suite(*(a(one.value, tier=one) for one in Tier), tier=tier)
    assert " ".join(one.id for one in made.results) == TIERS[tier]


def test_what_is_named_runs_whatever_its_tier_and_what_was_judged_does_not(suite: Make) -> None:
    checks = (a("A"), a("B", tier=Tier.SOAK), a("C"))
    assert suite(*checks, only=("B", "C"), done=frozenset({"C"})).told == ["> B", "B PASS: fine"]
    assert [one.id for one in suite(*checks, done=frozenset({"A"})).results] == ["C"]


def test_the_bench_is_told_what_the_options_say(suite: Make) -> None:
    benches: list[Bench] = []

    def keep(bench: Bench) -> Finding:
        benches.append(bench)
        return ok(f"{bench.own()}, {bench.own is own_daemon}")

    profile = load_profile("acs-acr39u")
    made = suite(
        a("A", keep), limits=Limits("p"), versions={"x": "1"}, profile=profile, listed=("one",)
    )
    (bench,) = benches
    assert bench.reader is made.reader
    assert (bench.limits.name, bench.versions, bench.listed) == ("p", {"x": "1"}, ("one",))
    assert bench.profile is profile
    assert bench.operator is None
    assert made.said == ["A PASS: None, False"]  # no daemon runs for a card in this process
    real = suite(a("A", lambda bench: ok(str(bench.own is own_daemon))), changes="@kind:pcsc")
    assert real.said == ["A PASS: True"]


def test_the_card_is_powered_and_asked_once_and_let_go(suite: Make) -> None:
    made = suite(
        a("A", asks, Needs.ANY_CARD), a("B", asks, Needs.TEST_CARD), a("C", asks, Needs.KNOWN_CARD)
    )
    assert made.told == ["> A", "A PASS: asked", "> B", "B PASS: asked", "> C", "C PASS: asked"]
    assert made.stage.calls == [
        "link",
        "80300000 -> 9000",
        "00A4040008F0..(13) -> 6120",
        "00C0000020 -> 6F1E8408F045..(34)",
        "80300000 -> 9000",
        "80300000 -> 9000",
        "link closed",
    ]
    assert [one.command[1] for one in made.tape] == [0x30, 0xA4, 0xC0, 0x30, 0x30]


def test_the_card_is_let_go_when_the_run_is_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(bench: Bench) -> Finding:
        raise KeyboardInterrupt

    stages: list[Stage] = []
    with pytest.raises(KeyboardInterrupt):
        Suite(monkeypatch, a("A", breaks, Needs.ANY_CARD), before=stages.append)
    assert stages[0].calls == ["link", "link closed"]


def test_the_atr_of_the_first_connection_stays_the_one_to_compare_with(suite: Make) -> None:
    def leaves(bench: Bench) -> Finding:
        bench.close()
        return ok(f"{bench.link.atr.hex()} after {bench.cold_atr.hex()}")

    checks = (a("A", leaves, Needs.ANY_CARD), a("B", leaves, Needs.ANY_CARD))
    made = suite(*checks, changes="atr#1=:3B01 atr#2=:3B02 atr#3=:3B03")
    assert made.said == ["A PASS: 3b02 after 3b01", "B PASS: 3b03 after 3b01"]


def test_what_the_bench_has_not_is_said_and_the_check_not_run(suite: Make) -> None:
    made = suite(a("A", asks, Needs.ANY_CARD, wants=frozenset({Wants.OWN_DAEMON})))
    assert made.said == [
        "A not applicable: only with a pcscd that the harness started itself",
    ]
    assert made.stage.calls == []


def bad(verdict: Callable[..., Finding], sends: int) -> Work:
    def work(bench: Bench) -> Finding:
        for _time in range(sends):
            bench.raw(CASE_1)
        return verdict("so", Evidence("seen"))

    return work


@pytest.mark.parametrize(
    ("verdict", "sends", "places"),
    [
        (fail, 3, [("seen", None), ("first exchange of the check", 1), ("its last exchange", 3)]),
        (warn, 1, [("seen", None), ("first exchange of the check", 1), ("its last exchange", 1)]),
        (fail, 0, [("seen", None)]),
        (ok, 3, [("seen", None)]),
    ],
)
def test_a_bad_result_names_its_first_and_its_last_exchange(
    suite: Make, verdict: Callable[..., Finding], sends: int, places: list[tuple[str, int | None]]
) -> None:
    made = suite(a("A", asks, Needs.ANY_CARD), a("B", bad(verdict, sends), Needs.ANY_CARD))
    assert [(one.text, one.exchange) for one in made.results[1].evidence] == places


def test_what_is_known_of_the_model_stands_beside_the_result(suite: Make) -> None:
    quirks = (
        Quirk("A", "a slow one", "old"),
        Quirk("A", "a loud one", "new"),
        Quirk("B", "x", "y"),
    )
    profile = replace(load_profile("acs-acr39u"), quirks=quirks)
    known = "known of this model: a slow one (old); known of this model: a loud one (new)"
    plain, advised, other = a("A"), a("A", lambda _bench: ok("fine", advice="look")), a("C")
    assert suite(plain, profile=profile).said == [f"A PASS: fine || {known}"]
    assert suite(advised, profile=profile).said == [f"A PASS: fine || look; {known}"]
    assert suite(other, profile=profile).said == ["C PASS: fine"]
    assert suite(plain).said == ["A PASS: fine"]


def test_a_command_that_changes_the_card_needs_the_word_of_the_user(suite: Make) -> None:
    sends = a("A", pays, Needs.ANY_CARD, sends=frozenset({"GENERATE AC"}))
    (refused,) = suite(sends, changes="@kind:pcsc").results
    assert refused.reason is not None
    assert (refused.reason.name, refused.message) == ("STATE_CHANGE", "needs --allow-state-change")
    assert suite(sends, changes="@kind:pcsc", allow_state_change=True).said == ["A PASS: paid"]
    assert suite(sends).said == ["A PASS: paid"]
    undeclared = suite(a("B", pays, Needs.ANY_CARD), allow_state_change=True, changes="@kind:pcsc")
    assert undeclared.results[0].verdict is Verdict.ERROR
    after = suite(sends, a("B", pays, Needs.ANY_CARD))
    assert [one.verdict for one in after.results] == [Verdict.PASS, Verdict.ERROR]


def test_a_check_for_another_card_is_not_run(suite: Make) -> None:
    checks = (
        a("A", needs=Needs.TEST_CARD),
        a("B", needs=Needs.EMV_CARD),
        a("C", needs=Needs.KNOWN_CARD),
    )
    test_card = (
        "needs the co-operating test card || "
        "`emv-harness card serve test-card`, or a card with the test applet"
    )
    assert suite(*checks).said == [
        "A PASS: fine",
        "B not applicable: needs a payment card",
        "C PASS: fine",
    ]
    no_test_card = "raw#1=:6A82 raw#2=:6A82"
    assert suite(*checks, image="", changes=no_test_card).said == [
        f"A not examined: {test_card}",
        "B not applicable: needs a payment card",
        "C PASS: fine",
    ]
    payment = suite(*checks, image="", changes="raw#1=:6A82 raw#2=:9000")
    assert payment.said[1] == "B PASS: fine"


HEALED = "! the card was reset or connected again"


def test_a_link_that_breaks_under_a_check_is_healed_for_the_next(suite: Make) -> None:
    made = suite(
        a("A", asks, Needs.ANY_CARD), a("B", asks, Needs.ANY_CARD), changes="raw#1=!CardRemoved"
    )
    (first, _second) = made.results
    assert (first.verdict, first.message) == (Verdict.FAIL, "as told, at INS 30")
    assert made.told == [
        "> A", _told(first), HEALED, "> B", "B PASS: asked",
    ]  # fmt: skip
    assert made.stage.calls[2] == "reset cold"


def test_a_card_that_does_not_come_back_is_not_asked_again(suite: Make) -> None:
    made = suite(
        a("A", asks, Needs.ANY_CARD),
        a("B", asks, Needs.ANY_CARD),
        a("C"),
        changes="raw#1=!CardRemoved reset=!CardMute link#2=!CardMute",
    )
    assert made.said[1:] == [
        "B not examined: the card did not come back after a reset",
        "C PASS: fine",
    ]
    assert HEALED not in made.told


@pytest.mark.parametrize(("silences", "asked"), [(0, 3), (1, 2), (2, 1), (3, 0)])
def test_a_card_that_was_silent_three_times_is_left_alone(
    suite: Make, silences: int, asked: int
) -> None:
    checks = [a(name, asks, Needs.ANY_CARD) for name in "ABCD"]
    made = suite(*checks, a("E"), changes="raw=!LinkTimeout", silences=silences)
    for one in made.results[:asked]:
        assert one.verdict is Verdict.TIMEOUT
        assert one.message == "no answer in 3,000 ms to INS 30; cause not established"
    left = {one.message for one in made.results[asked:-1]}
    assert left == {"the card was silent 3 times"}
    assert made.said[-1] == "E PASS: fine"
    assert made.told.count(HEALED) == asked


def test_a_bad_check_that_is_no_link_error_heals_nothing(suite: Make) -> None:
    def defect(bench: Bench) -> Finding:
        raise ValueError("ours")

    made = suite(a("A", defect, Needs.ANY_CARD), a("B"))
    assert [one.verdict for one in made.results] == [Verdict.ERROR, Verdict.PASS]
    assert HEALED not in made.told


def test_no_card_is_told_by_every_check_that_needs_one(suite: Make) -> None:
    checks = (a("A", needs=Needs.ANY_CARD), a("B", needs=Needs.TEST_CARD), a("C"))
    why = "not examined: no exchange with the card: as told"
    assert suite(*checks, changes="link=!NoCard").said == [f"A {why}", f"B {why}", "C PASS: fine"]


def test_a_card_that_cannot_be_powered_is_a_finding_once(suite: Make) -> None:
    checks = (a("A", needs=Needs.ANY_CARD), a("B", needs=Needs.ANY_CARD))
    made = suite(*checks, changes="link=!CardMute")
    assert made.results[0].verdict is Verdict.FAIL
    assert made.results[0].message == "as told"
    assert made.said[1] == "B not examined: no exchange with the card: as told"
    assert made.stage.calls == ["link"]


def test_a_card_that_breaks_when_it_is_asked_what_it_is(suite: Make) -> None:
    checks = (
        a("A", asks, Needs.ANY_CARD),
        a("B", needs=Needs.TEST_CARD),
        a("C", needs=Needs.ANY_CARD),
    )
    made = suite(*checks, changes="raw#2=!CardReset")
    assert made.said[0] == "A PASS: asked"
    assert made.results[1].verdict is Verdict.FAIL
    assert made.results[1].message == "as told, at SELECT F0454D5648544301"
    assert made.said[2] == "C not examined: no exchange with the card: as told"


def test_a_card_that_is_silent_when_it_is_asked_what_it_is_is_asked_again(suite: Make) -> None:
    checks = [a(name, needs=Needs.TEST_CARD) for name in "ABCD"]
    made = suite(*checks, changes="raw#1=!LinkTimeout")
    assert [one.verdict.value for one in made.results] == ["TIMEOUT", "PASS", "PASS", "PASS"]
    assert made.told[:4] == ["> A", HEALED, _told(made.results[0]), "> B"]
    for_ever = suite(*checks, changes="raw=!LinkTimeout")
    assert for_ever.said[3] == "D not examined: the card was silent 3 times"


def test_somebody_who_is_there_is_asked_for_the_card_first(suite: Make) -> None:
    checks = (a("A"), a("B", asks, Needs.ANY_CARD))
    wish = "? insert the card marked 7 into virtual test-card, chip first, face up"
    hands = {"tier": Tier.HANDS, "attended": True, "mark": "7"}

    def out(stage: Stage) -> None:
        stage.inner.remove()

    asked = suite(*checks, before=out, **hands)
    assert asked.told[:3] == [wish, "? ", "> A"]
    assert suite(*checks, **hands).told[0] == "> A"
    assert suite(*checks, before=out, **{**hands, "attended": False}).told[0] == "> A"
    assert suite(*checks, before=out, **{**hands, "tier": Tier.FULL}).told[0] == "> A"
    assert suite(*checks, changes="present=!LinkError", **hands).said[0] == "A PASS: fine"


def test_exchanges_of_an_empty_run_are_none(suite: Make) -> None:
    assert suite().tape == ()
    assert suite().events == []
