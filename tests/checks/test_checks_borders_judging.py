"""From a finding to a result: who is at fault, what was not run, which word it speaks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checkviews import good_view

from harness.checks.card.reading import SWAP
from harness.checks.card_judging import empty_application, judge_application
from harness.checks.finding import (
    Finding,
    Unjudged,
    fail,
    merge,
    not_applicable,
    not_examined,
    ok,
    skip,
    warn,
)
from harness.checks.guard import GuardedLink, UndeclaredCommand, state_change
from harness.checks.judge import defect, finding_of, judge, missing_data, result_of, unplayable
from harness.checks.registry import CHECKS, Needs, Scope, Tier, Wants, all_checks, check
from harness.core.clock import ManualClock
from harness.core.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    CodecError,
    ConfigError,
    ConfigErrors,
    LinkTimeout,
    NoCard,
    ProtocolMismatch,
)
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.link.api import ResetKind
from harness.records.result import CheckResult, Evidence, Measurement

all_checks()
SEEN, OTHER = Evidence("there", 1), Evidence("here", 2)
MEASURED = Measurement("n", 1)
ENTRY = CHECKS["card", "TRK-03"]


# A finding


@pytest.mark.parametrize(
    ("make", "verdict"), [(ok, Verdict.PASS), (fail, Verdict.FAIL), (warn, Verdict.WARN)]
)
def test_a_finding_keeps_what_it_is_given(make, verdict):
    found = make("said", SEEN, OTHER, advice="do", measurements=(MEASURED,))
    assert found == Finding(
        verdict, "said", "do", None, evidence=(SEEN, OTHER), measurements=(MEASURED,)
    )


def test_the_skips():
    assert not_applicable("why") == Finding(Verdict.SKIP, "why", reason=SkipReason.NOT_APPLICABLE)
    assert not_examined("why", advice="do") == Finding(
        Verdict.SKIP, "why", "do", SkipReason.NOT_EXAMINED
    )
    assert skip(SkipReason.DEPENDENCY, "why", advice="do").advice == "do"


def test_what_cannot_be_judged_says_why():
    stopped = Unjudged(not_examined("the reason"))
    assert str(stopped) == "the reason"
    assert stopped.finding.message == "the reason"


ORDER = ("ERROR", "FAIL", "TIMEOUT", "WARN", "PASS", "SKIP")


@pytest.mark.parametrize("worse", range(len(ORDER) - 1))
def test_of_two_the_worse_stands(worse):
    made = [
        Finding(Verdict(name), name, reason=SkipReason.NOT_EXAMINED if name == "SKIP" else None)
        for name in ORDER[worse : worse + 2]
    ]
    for pair in (made, made[::-1]):
        assert merge([("A", pair[0]), ("B", pair[1])]).verdict.value == ORDER[worse]


def test_what_stands_keeps_its_words_places_and_everybodys_measurements():
    merged = merge(
        [
            ("A", fail("one", SEEN, advice="do", measurements=(MEASURED,))),
            ("B", ok("fine", Evidence("elsewhere"), measurements=(Measurement("m", 2),))),
            ("C", fail("two", OTHER, advice="other")),
        ]
    )
    assert merged == Finding(
        Verdict.FAIL,
        "A: one; C: two",
        "do",
        evidence=(SEEN, OTHER),
        measurements=(MEASURED, Measurement("m", 2)),
    )
    both = merge([("A", not_examined("x")), ("B", not_examined("y"))])
    assert (both.reason, both.message) == (SkipReason.NOT_EXAMINED, "A: x; B: y")


# When the link fails


@pytest.mark.parametrize("kind", [CardRemoved, CardReset, CardMute])
def test_a_card_that_went_away_is_a_swap_test_whatever_the_error_advises(kind):
    found = finding_of(kind("gone", todo="wait"), "SELECT", 3)
    assert found == fail("gone, at SELECT", Evidence("SELECT", 3), advice=SWAP)


def test_another_failure_of_the_link_is_the_devices_with_its_own_advice():
    assert finding_of(ProtocolMismatch("no protocol", todo="look")) == fail(
        "no protocol", advice="look"
    )
    assert finding_of(ProtocolMismatch("no protocol")).advice == SWAP


def test_a_bench_that_is_not_ready_is_an_error_with_its_advice():
    found = finding_of(NoCard("no card", todo="put one in"), "SELECT", 3)
    assert found == Finding(
        Verdict.ERROR, "no card, at SELECT", "put one in", evidence=(Evidence("SELECT", 3),)
    )


def test_a_timeout_in_whole_milliseconds():
    found = finding_of(LinkTimeout("late", deadline_s=0.25))
    assert found == Finding(
        Verdict.TIMEOUT, "no answer in 250 ms; cause not established", advice=SWAP
    )
    assert finding_of(LinkTimeout("late", deadline_s=1.5), "SELECT", 4).evidence == (
        Evidence("SELECT", 4),
    )


def test_a_defect_names_its_kind_and_what_a_codec_error_says():
    assert defect(ValueError("oops")).message == "the check itself failed: ValueError: oops"
    found = defect(CodecError("cut off", offset=3))
    assert found.message == "the check itself failed: CodecError: cut off"
    assert found.verdict is Verdict.ERROR
    assert "report" in found.advice


def test_an_image_that_cannot_be_played_says_every_mistake_and_where():
    found = unplayable(ConfigError("bad file", where="a.toml", todo="mend it"))
    assert found == Finding(Verdict.ERROR, "bad file (a.toml)", advice="mend it")
    many = ConfigErrors("bad file", [("a.b", "no number"), ("c", "no text")])
    assert unplayable(many).message.startswith("bad file; a.b: no number; c: no text")


# One check


def test_a_result_holds_all_that_was_found():
    finding = Finding(
        Verdict.SKIP, "m", "a", SkipReason.UNKNOWN_KEY, (SEEN,), (MEASURED,), samples=()
    )
    result = result_of(ENTRY, finding, "card", "slot", 12.5)
    assert result == CheckResult(
        ENTRY.id,
        ENTRY.title,
        Verdict.SKIP,
        "card",
        "card",
        "slot",
        ENTRY.spec,
        "m",
        "a",
        SkipReason.UNKNOWN_KEY,
        (MEASURED,),
        (SEEN,),
        12.5,
    )


def judge_with(call, during=None):
    return judge(ENTRY, call, ManualClock(), subject="card", reader="slot", during=during)


def test_a_check_is_timed_in_milliseconds():
    clock = ManualClock()

    def slow() -> Finding:
        clock.advance(0.25)
        return ok("fine")

    result = judge(ENTRY, slow, clock, subject="card", reader="slot")
    assert result.elapsed_ms == pytest.approx(250)
    assert (result.subject, result.reader, result.verdict) == ("card", "slot", Verdict.PASS)


def test_a_link_that_fails_inside_a_check_names_what_was_under_way():
    def broken() -> Finding:
        raise CardRemoved("gone")

    result = judge_with(broken, lambda: ("READ RECORD", 7))
    assert result.message == "gone, at READ RECORD"
    assert result.evidence == (Evidence("READ RECORD", 7),)
    without = judge_with(broken)
    assert (without.message, without.evidence) == ("gone", ())


def test_a_check_that_cannot_judge_is_no_error():
    def stopped() -> Finding:
        raise Unjudged(not_examined("not seen"))

    assert judge_with(stopped).reason is SkipReason.NOT_EXAMINED


@pytest.mark.parametrize(
    ("have", "complete", "absence", "reason", "says"),
    [
        ({1, 2}, True, False, None, ""),
        ({1, 2}, False, False, None, ""),
        ({1, 2}, True, True, None, ""),
        ({1, 2}, False, True, SkipReason.NOT_EXAMINED, "the card was not read completely"),
        ({1}, True, False, SkipReason.NOT_APPLICABLE, "02 is not on the card"),
        ({1}, False, False, SkipReason.NOT_EXAMINED, "02 was not read"),
        (set(), False, True, SkipReason.NOT_EXAMINED, "01, 02 was not read"),
        (set(), True, True, SkipReason.NOT_APPLICABLE, "01, 02 is not on the card"),
    ],
)
def test_why_a_check_is_not_run(have, complete, absence, reason, says):
    entry = replace(ENTRY, reads=(1, 2), judges_absence=absence)
    found = missing_data(entry, lambda tag: b"" if tag in have else None, complete)
    assert (found.reason if found else None) is reason
    assert (found.message if found else "") == says


# An application


def test_only_sel_01_judges_an_application_that_was_not_selected():
    view = good_view()
    view.app.select = replace(view.app.select, sw=0x6283)
    for entry in all_checks("card"):
        if entry.scope is Scope.APPLICATION:
            found = judge_application(entry, view)
            judged_it = found.message != "the application was not selected"
            assert judged_it == (entry.id == "SEL-01"), entry.id


def test_contact_rules_are_not_for_a_contactless_application():
    view = good_view()
    view.app.checksum = True
    found = judge_application(CHECKS["card", "TRK-04"], view)
    assert found.reason is SkipReason.NOT_APPLICABLE
    assert found.message == "a rule about an application read over the contacts"
    assert judge_application(CHECKS["card", "TRK-03"], view).verdict is Verdict.PASS


def test_nothing_was_read_of_an_empty_application():
    app = empty_application()
    assert (app.aid, app.data, app.records, app.gpo) == (b"", [], [], None)
    assert app.select.name == "SELECT"
    assert app.select.sw is None
    assert app.fci.nodes == ()
    assert not app.complete


# The register


def test_defaults_of_a_check(monkeypatch):
    monkeypatch.setattr("harness.checks.registry.CHECKS", made := {})

    @check("NEW-01", "card", suite="card")
    def card(_view: object) -> Finding:
        """Doc."""
        return ok("")

    @check(
        "NEW-01",
        "reader",
        suite="reader",
        spec=(Spec("a", "b"),),
        severity=Verdict.WARN,
        needs=Needs.NOTHING,
        scope=Scope.CARD,
        reads=[1],
        judges_absence=True,
        sends=["VERIFY"],
        tier=Tier.SMOKE,
        wants=[Wants.HAND],
        limit_s=2.0,
    )
    def reader(_bench: object) -> Finding:
        return ok("")

    one, two = made["card", "NEW-01"], made["reader", "NEW-01"]
    assert (one.id, one.title, one.suite, one.scope) == (
        "NEW-01",
        "card",
        "card",
        Scope.APPLICATION,
    )
    assert (one.needs, one.severity, one.tier) == (Needs.EMV_CARD, Verdict.FAIL, Tier.FULL)
    assert (one.reads, one.judges_absence, one.sends, one.wants) == ((), False, frozenset(), set())
    assert (one.spec, one.limit_s, one.function, one.doc) == ((), 60.0, card, "Doc.")
    assert one.key == ("card", "NEW-01")
    assert (two.needs, two.severity, two.tier) == (Needs.NOTHING, Verdict.WARN, Tier.SMOKE)
    assert (two.reads, two.judges_absence, two.sends) == ((1,), True, {"VERIFY"})
    assert (two.wants, two.limit_s, two.scope, two.doc) == ({Wants.HAND}, 2.0, Scope.CARD, "")
    assert two.spec == (Spec("a", "b"),)


def test_a_reader_check_needs_a_card_unless_it_says_otherwise(monkeypatch):
    monkeypatch.setattr("harness.checks.registry.CHECKS", made := {})
    check("NEW-02", "reader", suite="reader")(lambda _bench: ok(""))
    entry = made["reader", "NEW-02"]
    assert (entry.needs, entry.scope) == (Needs.ANY_CARD, Scope.READER)


def test_the_order_of_the_register_is_that_of_its_modules():
    modules = [entry.function.__module__ for entry in all_checks("card")]
    assert modules == sorted(modules, key=modules.index)
    assert {entry.suite for entry in all_checks("card")} == {"card"}
    everything = all_checks()
    assert {entry.suite for entry in everything} >= {"card", "reader", "coverage"}
    suites = [entry.suite for entry in everything]
    assert suites.index("card") > max(i for i, suite in enumerate(suites) if suite == "reader")


def test_a_check_from_elsewhere_comes_last(monkeypatch):
    monkeypatch.setitem(CHECKS, ("card", "AAA-01"), replace(ENTRY, id="AAA-01", function=ok))
    assert all_checks("card")[-1].id == "AAA-01"


# The guard


@pytest.mark.parametrize(
    ("ins", "name"),
    [
        (0x20, "VERIFY"),
        (0x82, "EXTERNAL AUTHENTICATE"),
        (0xAE, "GENERATE AC"),
        (0xDA, "PUT DATA"),
        (0x24, "PIN CHANGE"),
        (0x1E, "PUT DATA"),
        (0x18, "PUT DATA"),
        (0x16, "PUT DATA"),
        (0xDC, "PUT DATA"),
        (0xD6, "PUT DATA"),
        (0xA4, ""),
        (0x88, ""),
        (0xCA, ""),
    ],
)
def test_what_changes_a_card(ins, name):
    assert state_change(bytes([0x00, ins])) == name
    assert state_change(bytes([0x84, ins, 0, 0])) == name


def test_half_a_command_changes_nothing():
    assert state_change(b"") == state_change(b"\x20") == ""


class Inner:
    atr = b"\x3b\x00"
    protocol = "T=1"

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return b"\x90\x00"

    def reset(self, kind: ResetKind) -> bytes:
        return kind.value.encode()

    def close(self) -> None:
        self.closed = True


def test_the_guard_lets_through_what_changes_nothing_or_was_declared():
    inner = Inner()
    link = GuardedLink(inner, frozenset({"VERIFY"}))
    for command in (b"\x00\xa4\x04\x00", b"\x20", b"", b"\x00\x20\x00\x80"):
        assert link.transmit(command) == b"\x90\x00"
    assert len(inner.sent) == 4
    for command in (b"\x80\xae", b"\x00\x82\x00\x00"):
        with pytest.raises(UndeclaredCommand) as refused:
            link.transmit(command)
        assert "sends=" in refused.value.todo
        assert state_change(command) in refused.value.what
    assert len(inner.sent) == 4


def test_the_guard_is_the_link_otherwise():
    inner = Inner()
    link = GuardedLink(inner)
    assert (link.atr, link.protocol, link.reset(ResetKind.WARM)) == (
        b"\x3b\x00",
        "T=1",
        ResetKind.WARM.value.encode(),
    )
    link.close()
    assert inner.closed
    with pytest.raises(ValueError, match="SELECT"):
        GuardedLink(inner, frozenset({"SELECT", "VERIFY"}))
