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
from harness.checks.judge import (
    defect,
    finding_of,
    judge,
    missing_data,
    result_of,
    timed_out,
    unplayable,
)
from harness.checks.registry import CHECKS, Scope, all_checks
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
from harness.core.verdict import SkipReason, Verdict
from harness.records.result import CheckResult, Evidence, Measurement
from harness.records.samples import Samples

all_checks()
SEEN, OTHER = Evidence("there", 1), Evidence("here", 2)
MEASURED = Measurement("n", 1)
SAMPLES = (Samples("time", "ms", (1.0, 2.0)),)
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


@pytest.mark.parametrize("make", [ok, fail, warn, not_applicable, not_examined])
def test_a_finding_advises_nothing_by_itself(make):
    assert make("said").advice == ""


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


def test_a_timeout_need_not_name_a_command():
    assert timed_out(2.0) == Finding(
        Verdict.TIMEOUT, "no answer in 2,000 ms; cause not established", advice=SWAP
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
    assert unplayable(ConfigError("bad file")).message == "bad file"
    many = ConfigErrors("bad file", [("a.b", "no number"), ("c", "no text")])
    assert unplayable(many).message.startswith("bad file; a.b: no number; c: no text")


# One check


def test_a_result_holds_all_that_was_found():
    finding = Finding(
        Verdict.SKIP, "m", "a", SkipReason.UNKNOWN_KEY, (SEEN,), (MEASURED,), samples=SAMPLES
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
        SAMPLES,
    )
    assert result_of(ENTRY, ok("fine"), "card", "slot").elapsed_ms == 0.0


def judge_with(call, during=None):
    return judge(ENTRY, call, ManualClock(), subject="card", reader="slot", during=during)


def test_a_check_is_timed_in_milliseconds():
    clock = ManualClock()
    clock.advance(3)

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
    assert (app.select.sw, app.select.data, app.select.index) == (None, b"", 0)
    assert app.fci.nodes == ()
    assert not app.complete
