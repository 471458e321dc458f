"""The acceptance run in process: order, faults, coverage, interruption, provenance."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.campaign.acceptance import Slot, _Acceptance, run_acceptance
from harness.campaign.jobs import SuiteJob
from harness.campaign.options import AcceptanceOptions
from harness.campaign.provenance import conditions, run_id, vectors_hash, versions
from harness.checks.events import CheckStarted
from harness.checks.registry import Tier, all_checks
from harness.checks.runner import READER_SUITE, ReaderSuiteOptions
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError, ServiceDown
from harness.core.verdict import ExitCode, SkipReason, Verdict, exit_code
from harness.link import find
from harness.link.api import LinkOptions
from harness.link.supervise import JobEnd
from harness.profiles.reader_match import Match
from harness.profiles.reader_profile import load_profile
from harness.records.exchange import Exchange
from harness.records.result import CheckResult
from harness.records.run import RunRecord
from harness.testing.pace import slowness
from harness.virtualcard import card

TWO = ("mastercard-debit", "visa-credit")
"""Enough for what a run does with several cards; one test takes every shipped image."""


def acceptance(**options: object) -> RunRecord:
    given = {"clock": ManualClock(), "deadline_s": 0.2, "images": TWO, **options}
    return run_acceptance(AcceptanceOptions(**given))


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return acceptance()


def test_the_shipped_cards_pass_within_a_minute() -> None:
    started = time.monotonic()
    made = run_acceptance(AcceptanceOptions())
    assert exit_code(made.verdicts) is ExitCode.OK
    assert made.totals["FAIL"] == made.totals["ERROR"] == made.totals["TIMEOUT"] == 0
    assert time.monotonic() - started < 60 * slowness()


def test_reader_once_then_every_card_then_coverage(record: RunRecord) -> None:
    order = [(result.suite, result.reader) for result in record.results]
    blocks = list(dict.fromkeys(order))
    assert blocks == [
        ("reader", "virtual test-card"),
        ("card", "virtual mastercard-debit"),
        ("card", "virtual visa-credit"),
        ("coverage", "virtual"),
    ]
    for suite in ("reader", "card"):
        wanted = {entry.id for entry in all_checks(suite) if entry.tier is not Tier.SOAK}
        assert {r.id for r in record.results if r.suite == suite} == wanted


def test_what_needs_the_test_card_was_run(record: RunRecord) -> None:
    by_id = {r.id: r for r in record.results if r.suite == "reader"}
    for name in ("APD-1", "APD-2S", "APD-3S", "APD-4S", "LEN-01"):
        assert by_id[name].verdict is Verdict.PASS
    assert by_id["PER-02"].measurements


def test_on_a_payment_card_the_sweep_is_not_examined() -> None:
    made = acceptance(readers=("virtual visa-credit",), suites=("reader",))
    by_id = {r.id: r for r in made.results}
    assert by_id["LEN-01"].reason is SkipReason.NOT_EXAMINED
    assert "co-operating test card" in by_id["LEN-01"].message
    assert by_id["PER-02"].verdict is Verdict.PASS


def test_evidence_points_into_the_traces(record: RunRecord) -> None:
    traces = {trace.reader: trace.exchanges for trace in record.traces}
    seen = 0
    for result in record.results:
        for evidence in result.evidence:
            if evidence.exchange is None:
                continue
            exchange = traces[result.reader][evidence.exchange]
            assert exchange.index == evidence.exchange
            if evidence.text.startswith("INTERNAL AUTHENTICATE"):
                assert exchange.command[1] == 0x88
                seen += 1
            if evidence.text.startswith("GENERATE AC"):
                assert exchange.command[1] == 0xAE
                seen += 1
    assert seen > 4


def test_coverage_of_the_default_plan(record: RunRecord) -> None:
    assert set(record.coverage.required) == {"visa-credit", "mastercard-debit"}
    for row in record.coverage.rows:
        assert row.state == "accepted"
        assert row.evidence == (record.run.id,)
        assert row.basis
    ids = {r.id for r in record.results if r.suite == "coverage"}
    assert ids == {"COV-visa-credit", "COV-mastercard-debit"}


def test_a_named_plan_counts_as_it_stands() -> None:
    made = acceptance(suites=("coverage",), plan="retail-eu")
    states = {row.type: row.state for row in made.coverage.rows}
    assert states["visa-credit"] == "accepted"
    assert states["maestro"] == "not-tried"
    result = next(r for r in made.results if r.id == "COV-maestro")
    assert result.verdict is Verdict.FAIL
    assert "no card of this type" in result.message
    assert exit_code(made.verdicts) is ExitCode.FAILED


def test_chosen_images_are_all_that_the_default_plan_asks_for() -> None:
    made = acceptance(images=("visa-credit",), suites=("card", "coverage"))
    assert made.coverage.required == ("visa-credit",)
    assert {r.subject for r in made.results} == {"visa-credit"}
    assert exit_code(made.verdicts) is ExitCode.OK


def test_coverage_alone_judges_no_card() -> None:
    made = acceptance(suites=("coverage",))
    assert {r.suite for r in made.results} == {"coverage"}
    assert made.traces


def test_a_card_that_declines_is_rejected() -> None:
    made = acceptance(suites=("coverage",), faults=("wrong-sw@generate-ac",))
    assert {row.state for row in made.coverage.rows} == {"rejected"}
    assert exit_code(made.verdicts) is ExitCode.FAILED


def test_mute_at_the_third_command_times_out_and_the_rest_is_done() -> None:
    made = acceptance(faults=("mute@3",), deadline_s=5.0)
    assert exit_code(made.verdicts) is ExitCode.FAILED
    timed_out = [(r.id, r.reader) for r in made.results if r.verdict is Verdict.TIMEOUT]
    assert {where for _id, where in timed_out} == {
        "virtual test-card", "virtual mastercard-debit", "virtual visa-credit",
    }  # fmt: skip
    assert made.totals["FAIL"] == made.totals["ERROR"] == 0
    assert made.totals["PASS"] > 150


def test_an_image_that_cannot_be_played_is_one_error_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = card.open_card

    def choosy(image: str, **options: object) -> object:
        if image == "mastercard-debit":
            raise ConfigError("no key for this card", where="icc_key", todo="name another")
        return opened(image, **options)

    monkeypatch.setattr(card, "open_card", choosy)
    made = acceptance(images=("mastercard-debit", "visa-credit"), suites=("card", "coverage"))
    errors = [r for r in made.results if r.verdict is Verdict.ERROR]
    assert [r.subject for r in errors] == ["mastercard-debit"]
    assert errors[0].message == "no key for this card (icc_key)"
    assert errors[0].advice == "name another"
    assert exit_code(made.verdicts) is ExitCode.ERROR
    states = {row.type: row.state for row in made.coverage.rows}
    assert states == {"visa-credit": "accepted", "mastercard-debit": "not-tried"}
    others = [r for r in made.results if r.subject == "visa-credit"]
    assert sum(r.verdict is Verdict.PASS for r in others) > 50


def test_a_wrong_fault_is_refused_before_anything_runs() -> None:
    events: list[object] = []
    with pytest.raises(ConfigError):
        run_acceptance(AcceptanceOptions(faults=("flood",), clock=ManualClock()), events.append)
    assert events == []


def test_a_reader_that_is_named_twice_is_judged_once() -> None:
    made = acceptance(readers=("virtual visa-credit",) * 2, suites=("card",))
    ids = [r.id for r in made.results]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("fault", ["mute", "removed", "truncated", "wrong-sw", "removed@5"])
def test_no_fault_is_our_error(fault: str) -> None:
    made = acceptance(faults=(fault,))
    assert made.totals["ERROR"] == 0
    assert exit_code(made.verdicts) is ExitCode.FAILED


def test_slow_cards_warn() -> None:
    made = acceptance(readers=("virtual test-card",), suites=("reader",), faults=("slow",))
    by_id = {r.id: r for r in made.results}
    assert by_id["PER-02"].verdict is Verdict.WARN


@pytest.mark.parametrize(
    "wrong",
    [
        {"images": ("nobody",)},
        {"plan": "nothing"},
        {"config": "nowhere"},
        {"faults": ("flood@1",)},
        {"suites": ("weather",)},
    ],
)
def test_what_is_configured_wrongly_raises(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        acceptance(**wrong)


def test_without_service_the_virtual_reader_is_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(_options: LinkOptions, _name: str) -> list[object]:
        raise ServiceDown("pcscd is not running", todo="start it")

    monkeypatch.setitem(find.LINKS._loaded, "pcsc", down)
    made = acceptance(readers=("ACR39U", "virtual visa-credit"), suites=("reader", "card"))
    first = made.results[0]
    assert (first.id, first.verdict, first.advice) == ("ENV-01", Verdict.ERROR, "start it")
    assert exit_code(made.verdicts) is ExitCode.ERROR
    assert made.totals["PASS"] > 50


def test_ctrl_c_keeps_what_was_done() -> None:
    seen = 0

    def impatient(event: object) -> None:
        nonlocal seen
        seen += isinstance(event, CheckResult)
        if seen == 40:
            raise KeyboardInterrupt

    made = run_acceptance(AcceptanceOptions(clock=ManualClock()), impatient)
    assert made.interrupted
    assert len(made.results) == 40
    assert made.traces
    assert made.run.finished


def test_progress_tells_what_begins_and_what_ends() -> None:
    events: list[object] = []
    made = run_acceptance(
        AcceptanceOptions(clock=ManualClock(), readers=("virtual visa-credit",)), events.append
    )
    begun = {event.id for event in events if isinstance(event, CheckStarted)}
    ended = [event for event in events if isinstance(event, CheckResult)]
    assert tuple(ended) == made.results
    assert {r.id for r in ended if not r.id.startswith("COV")} == begun


def test_provenance_traces_the_run(record: RunRecord) -> None:
    run = record.run
    assert run.clock == "2026-11-20"
    assert run.versions["python"]
    assert "pyscard" not in run.versions
    assert len(run.vectors_hash) == 16
    assert run.readers[0]["name"] == "virtual"
    assert "T=1 blocks" in run.conditions["not exercised by a virtual card"]
    assert "out of scope over PC/SC" not in run.conditions
    assert {subject.id for subject in record.subjects} == {"visa-credit", "mastercard-debit"}


def test_what_pcsc_cannot_see_is_listed_and_never_a_result(record: RunRecord) -> None:
    found = conditions(AcceptanceOptions(), {"pcsc"})
    assert "protocol analyser" in found["out of scope over PC/SC"]
    assert not any("voltage" in result.title.lower() for result in record.results)


def test_the_vectors_hash_follows_every_byte(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("one")
    before = vectors_hash(tmp_path)
    assert vectors_hash(tmp_path) == before
    (tmp_path / "a.toml").write_text("two")
    changed = vectors_hash(tmp_path)
    (tmp_path / "a.toml").rename(tmp_path / "b.toml")
    assert len({before, changed, vectors_hash(tmp_path)}) == 3


def test_run_ids_differ_within_a_second() -> None:
    now = ManualClock().now()
    assert run_id(now).startswith("2026-11-20T12-00-00-")
    assert len({run_id(now) for _n in range(20)}) > 15


def test_versions_of_pcsc_only_where_it_was_used() -> None:
    assert "emv-harness" in versions(pcsc=False)
    assert "libccid" not in versions(pcsc=False)


# A worker that hangs or dies: the supervisor is replaced, as no hardware hangs on demand.


class Worker:
    """Plays ``run_job``: ends in the given ways, one after the other."""

    def __init__(self, *ends: tuple[list[object], JobEnd]) -> None:
        self.ends = list(ends)
        self.specs: list[object] = []

    def __call__(self, spec: object, on_event: object) -> JobEnd:
        self.specs.append(spec)
        events, end = self.ends.pop(0)
        for event in events:
            on_event(event)
        return end


def job(**changes: object) -> SuiteJob:
    given = {
        "function": READER_SUITE,
        "selector": "Reader 00 00",
        "suite": "reader",
        "options": LinkOptions(faults=("mute@3", "slow"), deadline_s=5.0),
        "make": lambda done, hangs: ReaderSuiteOptions(done=done, silences=hangs),
        "progress": lambda event: None,
        "subject_id": "Reader 00 00",
        **changes,
    }
    return SuiteJob(**given)


def started(name: str) -> CheckStarted:
    return CheckStarted("reader", name, "title", "s", "r")


def passed(name: str) -> CheckResult:
    return CheckResult(name, "title", Verdict.PASS, "reader")


SELECT = Exchange(
    7, bytes.fromhex("00A4040007A000000003101000"), None, 0.0, 5000.0, error="LinkTimeout"
)


def test_a_hang_is_a_timeout_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(
        ([started("ENV-01"), passed("ENV-01"), started("APD-1")], JobEnd("hung", in_flight=SELECT)),
        ([started("LEN-01"), passed("LEN-01")], JobEnd("done", value="end")),
    )
    monkeypatch.setattr("harness.campaign.jobs.run_job", worker)
    made = job()
    assert made.run() == "end"
    timeout = made.results[1]
    assert (timeout.id, timeout.verdict) == ("APD-1", Verdict.TIMEOUT)
    assert timeout.message == (
        "no answer in 5,000 ms to SELECT A0000000031010; cause not established"
    )
    again = worker.specs[1]
    assert again.kwargs["options"].done == {"ENV-01", "APD-1"}
    assert again.kwargs["options"].silences == 1
    assert again.options.faults == ("slow",)


def test_a_worker_that_is_silent_outside_a_call_is_not_said_to_wait_for_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_time = Exchange(7, SELECT.command, None, 0.0, 0.0)
    ends = JobEnd("hung", in_flight=in_time, error="the worker gave no sign of life for 30 s")
    monkeypatch.setattr(
        "harness.campaign.jobs.run_job",
        Worker(([started("APD-1")], ends), ([], JobEnd("done"))),
    )
    made = job()
    made.run()
    (timeout,) = made.results
    assert timeout.verdict is Verdict.TIMEOUT
    assert timeout.message == "the worker gave no sign of life for 30 s"


def test_a_connect_is_timed_out_after_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Exchange(0, b"", None, 0.0, 15_000.0, "power", error="LinkTimeout")
    worker = Worker(([started("RST-01")], JobEnd("hung", in_flight=late)), ([], JobEnd("done")))
    monkeypatch.setattr("harness.campaign.jobs.run_job", worker)
    made = job()
    made.run()
    assert made.results[0].message == (
        "no answer in 15,000 ms to connect or power-down; cause not established"
    )


def test_a_reader_that_hangs_again_and_again_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = [([started(name)], JobEnd("hung")) for name in ("EVT-09", "RST-01", "APD-1")]
    monkeypatch.setattr("harness.campaign.jobs.run_job", Worker(*hung))
    made = job()
    assert made.run() is None
    by_id = {result.id: result for result in made.results}
    assert set(by_id) == {entry.id for entry in all_checks("reader")}
    assert [n for n, r in by_id.items() if r.verdict is Verdict.TIMEOUT] == [
        "EVT-09", "RST-01", "APD-1",
    ]  # fmt: skip
    assert by_id["LEN-01"].reason is SkipReason.NOT_EXAMINED


def test_a_dead_worker_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = ([started("RST-01")], JobEnd("crashed", error="killed by SIGSEGV"))
    monkeypatch.setattr("harness.campaign.jobs.run_job", Worker(dead))
    made = job()
    made.run()
    by_id = {result.id: result for result in made.results}
    assert by_id["RST-01"].verdict is Verdict.ERROR
    assert "SIGSEGV" in by_id["RST-01"].message


def test_exchanges_of_all_tries_are_numbered_on(monkeypatch: pytest.MonkeyPatch) -> None:
    power = Exchange(0, b"", b"\x3b\x00", 0.0, 1.0, "power")
    one = Exchange(1, b"\x00\xa4\x04\x00", b"\x90\x00", 0.0, 1.0)
    worker = Worker(
        ([started("APD-1")], JobEnd("hung", exchanges=(power, one), in_flight=SELECT)),
        ([], JobEnd("done", exchanges=(power, one))),
    )
    monkeypatch.setattr("harness.campaign.jobs.run_job", worker)
    made = job()
    made.run()
    assert [exchange.index for exchange in made.exchanges] == [0, 1, 2]
    assert made.results[0].evidence[0].exchange == 1


def test_several_profiles_that_fit_are_told_and_none_is_taken(monkeypatch):
    match = Match(load_profile("generic-ccid"), "name", ("acs-acr39u", "acs-acr3901u"))
    asked = []
    monkeypatch.setattr(
        "harness.campaign.slots.find_profile", lambda *words: asked.append(words) or match
    )
    told = []
    run = _Acceptance(AcceptanceOptions(suites=("reader",)), told.append)

    class Plugged:
        name, kind, image = "ACS ACR39 00 00", "pcsc", ""

        def facts(self):
            return {"usb": "072F:B100", "firmware": "2.16"}

    reader = Plugged()
    run._note_reader(Slot(reader.name, "pcsc", reader, (reader,), (reader.name,)))
    assert asked == [("ACS ACR39 00 00", "072F:B100", "2.16")]
    assert "acs-acr39u, acs-acr3901u; `--profile NAME` names one" in told[0].text
    assert run.facts[0]["profile"] == "generic-ccid"
    assert run.facts[0]["several profiles fit"] == "acs-acr39u, acs-acr3901u"
