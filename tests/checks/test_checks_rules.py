"""Rules that hold for every check: declared needs, missing data, safety, who is at fault."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest
from checkviews import VISA, drop, good_view, reader_of

from harness.checks.card_judging import judge_application
from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.checks.coverage.required import required_type
from harness.checks.finding import Finding, fail, merge, not_examined, ok, warn
from harness.checks.guard import GuardedLink, UndeclaredCommand, state_change
from harness.checks.judge import finding_of, judge, timed_out
from harness.checks.registry import CHECKS, STATE_CHANGING, all_checks, check
from harness.core.clock import ManualClock
from harness.core.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    ConfigError,
    LinkTimeout,
    NoCard,
    NoReader,
    ServiceDown,
    SharingViolation,
)
from harness.core.verdict import SkipReason, Verdict
from harness.crypto.oda import Recovered
from harness.profiles.image import load_image
from harness.records.result import CheckResult
from harness.records.run import CoverageRow

all_checks()


@pytest.mark.parametrize("entry", all_checks(), ids=lambda entry: f"{entry.suite}-{entry.id}")
def test_a_check_says_what_it_does(entry: object) -> None:
    assert entry.title
    assert entry.doc
    assert entry.doc.rstrip().endswith(".")
    assert len(inspect.getsource(entry.function).splitlines()) < 70


def test_an_id_is_taken_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        check("TRK-03", "again", suite="card")


def test_only_state_changing_commands_are_declared() -> None:
    with pytest.raises(ValueError, match="SELECT"):
        check("NEW-01", "wrong", suite="card", sends=("SELECT",))


# Not read is not missing


@pytest.mark.parametrize("entry", all_checks("card"), ids=lambda entry: entry.id)
def test_data_that_were_not_read_never_fail(entry: object) -> None:
    """A reading that ended after selection: whatever was not read is not judged."""
    view = good_view()
    view.app.data = [datum for datum in view.app.data if datum.where == "FCI"]
    view.app.records = []
    view.app.get_data = {}
    view.app.internal_authenticate = []
    view.app.gpo = None
    view.chain = None
    view.transaction = None
    if entry.scope.value == "application":
        finding = judge_application(entry, view)
        assert finding.verdict in {Verdict.PASS, Verdict.SKIP}, finding


def test_a_datum_that_the_card_has_not_is_not_applicable() -> None:
    view = good_view()
    drop(view, 0x5F30)
    finding = judge_application(CHECKS["card", "TRK-04"], view)
    assert finding.reason is SkipReason.NOT_APPLICABLE
    assert "5F30" in finding.message


def test_a_datum_that_was_not_read_is_not_examined() -> None:
    view = good_view()
    drop(view, 0x5F30)
    view.app.records.pop()
    finding = judge_application(CHECKS["card", "TRK-04"], view)
    assert finding.reason is SkipReason.NOT_EXAMINED


def test_absence_is_judged_on_a_complete_reading_only() -> None:
    view = good_view()
    drop(view, 0x8C)
    assert judge_application(CHECKS["card", "DAT-01"], view).verdict is Verdict.FAIL
    view.app.records.pop()
    finding = judge_application(CHECKS["card", "DAT-01"], view)
    assert finding.reason is SkipReason.NOT_EXAMINED


# Trust


def test_an_untrusted_chain_is_an_unknown_key_and_names_the_option() -> None:
    view = good_view()
    view.chain = replace(view.chain, ca=None, untrusted=view.chain.ca, issuer=None, icc=None)
    finding = judge_application(CHECKS["card", "ODA-05"], view)
    assert finding.reason is SkipReason.UNKNOWN_KEY
    assert "--own-test-keys" in finding.advice


def test_a_chain_under_our_own_ca_is_never_called_authentic() -> None:
    finding = judge_application(CHECKS["card", "ODA-24"], good_view())
    assert "authentic" not in finding.message
    assert "own-test" in finding.message


def test_a_chain_under_a_published_key_is() -> None:
    view = good_view()
    view.chain = replace(view.chain, ca=replace(view.chain.ca, kind="live"))
    assert "authentic under key" in judge_application(CHECKS["card", "ODA-24"], view).message


def test_a_stage_that_was_not_reached_is_not_examined() -> None:
    view = good_view()
    view.chain = replace(view.chain, icc=None)
    assert judge_application(CHECKS["card", "ODA-19"], view).reason is SkipReason.NOT_EXAMINED
    view.chain = replace(view.chain, icc=Recovered(()))
    assert judge_application(CHECKS["card", "ODA-19"], view).reason is SkipReason.NOT_EXAMINED


# State changes


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("0020008008", "VERIFY"),
        ("00820000", "EXTERNAL AUTHENTICATE"),
        ("80AE8000", "GENERATE AC"),
        ("04DA9F79", "PUT DATA"),
        ("84240000", "PIN CHANGE"),
        ("841E0000", "PUT DATA"),
        ("00A40400", ""),
        ("80A80000", ""),
        ("00B2010C", ""),
        ("80CA9F36", ""),
        ("00880000", ""),
        ("00840000", ""),
        ("00", ""),
    ],
)
def test_state_changing_commands_are_known(command: str, name: str) -> None:
    assert state_change(bytes.fromhex(command)) == name


class Witness:
    """A link that remembers what reached it."""

    atr = b"\x3b\x00"
    protocol = "T=0"

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command)
        return b"\x90\x00"


def test_an_undeclared_command_never_reaches_the_card() -> None:
    witness = Witness()
    link = GuardedLink(witness)
    with pytest.raises(UndeclaredCommand, match="VERIFY"):
        link.transmit(bytes.fromhex("0020008008"))
    assert witness.sent == []
    link.allowed = frozenset({"VERIFY"})
    link.transmit(bytes.fromhex("0020008008"))
    assert len(witness.sent) == 1


def test_a_check_that_sends_what_it_does_not_declare_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader suite gives a check only the commands that it declared."""
    from readerbenches import virtual

    from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite

    def sly(bench: object) -> Finding:
        bench.raw(bytes.fromhex("80AE800000"))
        return ok("sent")

    key = ("reader", "REC-03")
    monkeypatch.setitem(CHECKS, key, replace(CHECKS[key], function=sly))
    found: list[object] = []
    run_reader_suite(virtual(), found.append, options=ReaderSuiteOptions(clock=ManualClock()))
    result = next(r for r in found if isinstance(r, CheckResult) and r.id == "REC-03")
    assert result.verdict is Verdict.ERROR
    assert "GENERATE AC" in result.message


def test_no_check_may_verify_a_pin_or_write_data() -> None:
    declared = {name for entry in all_checks() for name in entry.sends}
    assert declared == {"GENERATE AC", "EXTERNAL AUTHENTICATE"}
    assert declared < STATE_CHANGING


def card_results(reader: object, **options: object) -> tuple[dict[str, CheckResult], list[object]]:
    events: list[object] = []
    run_card_suite(reader, events.append, options=CardSuiteOptions(clock=ManualClock(), **options))
    return {e.id: e for e in events if isinstance(e, CheckResult)}, events


class AsPcsc:
    """A virtual reader that says it is a physical one; it keeps what was sent."""

    kind = "pcsc"
    image = ""

    def __init__(self) -> None:
        self.inner = reader_of(load_image(VISA), ManualClock())
        self.name = "Reader 00 00"
        self.sent: list[bytes] = []

    def card_present(self) -> bool:
        return True

    def facts(self) -> dict[str, str]:
        return {}

    def connect(self) -> object:
        link = self.inner.connect()
        send = link.transmit

        def transmit(command: bytes) -> bytes:
            self.sent.append(command)
            return send(command)

        link.transmit = transmit
        return link


def test_without_permission_a_physical_card_is_only_read() -> None:
    reader = AsPcsc()
    results, _events = card_results(reader)
    assert {state_change(command) for command in reader.sent} == {""}
    assert sum(command[1] == 0xA8 for command in reader.sent) == 1
    for name in ("TXN-01", "AC-01", "AC-05"):
        assert results[name].reason is SkipReason.STATE_CHANGE
        assert "--allow-state-change" in results[name].message
    assert results["ODA-05"].reason is SkipReason.UNKNOWN_KEY


def test_with_permission_it_completes_and_says_so_beforehand() -> None:
    reader = AsPcsc()
    results, events = card_results(reader, allow_state_change=True, own_test_keys=True)
    assert results["TXN-01"].verdict is Verdict.PASS
    assert results["ODA-05"].verdict is Verdict.PASS
    told = [e.announce for e in events if getattr(e, "announce", "")]
    assert len(told) == 1
    assert "transaction counter" in told[0]


# Who is at fault


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (LinkTimeout("no answer", deadline_s=5.0), Verdict.TIMEOUT),
        (CardRemoved("gone"), Verdict.FAIL),
        (CardReset("reset"), Verdict.FAIL),
        (CardMute("mute"), Verdict.FAIL),
        (NoCard("none"), Verdict.ERROR),
        (NoReader("none"), Verdict.ERROR),
        (ServiceDown("down"), Verdict.ERROR),
        (SharingViolation("held"), Verdict.ERROR),
    ],
)
def test_who_is_at_fault(error: Exception, verdict: Verdict) -> None:
    finding = finding_of(error, "SELECT", 3)
    assert finding.verdict is verdict
    assert finding.evidence[0].exchange == 3
    if verdict in {Verdict.FAIL, Verdict.TIMEOUT}:
        assert "swap test" in finding.advice


def test_a_timeout_names_command_and_deadline_and_no_cause() -> None:
    finding = timed_out(5.0, "READ RECORD SFI 1 record 2", 9)
    assert finding.message == (
        "no answer in 5,000 ms to READ RECORD SFI 1 record 2; cause not established"
    )


def test_a_check_that_breaks_is_our_error() -> None:
    def broken() -> Finding:
        raise ZeroDivisionError("oops")

    entry = CHECKS["card", "TRK-03"]
    result = judge(entry, broken, ManualClock(), subject="s", reader="r")
    assert result.verdict is Verdict.ERROR
    assert "ZeroDivisionError" in result.message


def test_a_skip_has_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Finding(Verdict.SKIP, "why")
    with pytest.raises(ValueError, match="reason"):
        Finding(Verdict.PASS, "fine", reason=SkipReason.NOT_EXAMINED)


def test_the_worst_of_several_applications_stands() -> None:
    merged = merge([("A", ok("fine")), ("B", fail("bad")), ("C", warn("hm")), ("D", fail("worse"))])
    assert merged.verdict is Verdict.FAIL
    assert merged.message == "B: bad; D: worse"
    assert merge([("A", not_examined("x")), ("B", ok("fine"))]).verdict is Verdict.PASS
    assert merge([("A", ok("alone"))]).message == "alone"


# Coverage


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("accepted", Verdict.PASS),
        ("rejected", Verdict.FAIL),
        ("not-tried", Verdict.FAIL),
        ("not-required", Verdict.SKIP),
    ],
)
def test_coverage_states(state: str, verdict: Verdict) -> None:
    row = CoverageRow("visa-credit", "visa", "contact", "r", state, note="why so")
    finding = required_type(row)
    assert finding.verdict is verdict
    assert state == "not-required" or "why so" in finding.message


def test_unknown_suite_options_are_refused_early() -> None:
    from harness.campaign.options import AcceptanceOptions

    with pytest.raises(ConfigError, match="sweet"):
        AcceptanceOptions(suites=("sweet",)).checked()
    with pytest.raises(ConfigError, match="nothing"):
        AcceptanceOptions(readers=()).checked()
