"""The tier of tests that need hands: an operator who follows prompts, one who does not, none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from readerbenches import virtual

from harness.campaign.acceptance import run_acceptance
from harness.campaign.options import AcceptanceOptions
from harness.campaign.resume import load_kept
from harness.checks.events import CheckStarted, Waiting
from harness.checks.reader.bench import Limits
from harness.checks.reader.operator import MISSES, PATIENCE_S
from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite
from harness.checks.registry import Tier, Wants, all_checks
from harness.core.clock import ManualClock
from harness.core.errors import ConfigError
from harness.core.masking import Masker
from harness.core.verdict import SkipReason, Verdict
from harness.link.api import Link
from harness.link.service import Service
from harness.link.virtual import VirtualReader
from harness.records.result import CheckResult
from harness.report.json_report import dumps, run_json

BY_HAND = {
    entry.id
    for entry in all_checks("reader")
    if Wants.HAND in entry.wants and entry.tier is not Tier.SOAK
}


@dataclass
class BenchReader:
    """A reader whose card nobody but a hand can move: it hides that it is a virtual one."""

    hidden: VirtualReader
    name: str = "ACS ACR39U 00 00"
    kind: str = "pcsc"
    image: str = ""

    def card_present(self) -> bool:
        return self.hidden.card_present()

    def connect(self) -> Link:
        return self.hidden.connect()

    def facts(self) -> dict[str, str]:
        return {}

    def service(self) -> Service:
        return self.hidden.service()


@dataclass
class Person:
    """Reads prompts, and does what they say for as long as ``patience`` lasts."""

    reader: BenchReader
    patience: int = 1000
    prompts: list[str] = field(default_factory=list)
    results: dict[str, CheckResult] = field(default_factory=dict)

    def follow(self, event: object) -> None:
        if isinstance(event, CheckResult):
            assert event.id not in self.results
            self.results[event.id] = event
        if not isinstance(event, Waiting) or not event.text:
            return
        self.prompts.append(event.text)
        if len(self.prompts) <= self.patience:
            self.move(event.text)

    def move(self, text: str) -> None:
        card = self.reader.hidden
        if text.startswith("take the card out"):
            card.pull()
        elif "another card" in text:
            card.swap()
        elif "wrong way" in text:
            card.turn_round()
        else:
            card.put_back()


def tier(patience: int = 1000, **changes: object) -> Person:
    hidden = virtual()
    person = Person(BenchReader(hidden), patience)
    options = ReaderSuiteOptions(
        clock=hidden.clock,
        limits=Limits("test", 25.0, resets=4, samples=40, rounds=12, reset_ms=1000.0),
        listed=(person.reader.name,),
        tier=Tier.HANDS,
        attended=True,
        mark="7",
    )
    run_reader_suite(person.reader, person.follow, options=replace(options, **changes))
    return person


def test_an_operator_who_follows_the_prompts_gets_every_result() -> None:
    person = tier()
    assert set(person.results) >= BY_HAND
    told = {id: person.results[id] for id in sorted(BY_HAND)}
    assert {id: one.message for id, one in told.items() if one.verdict is not Verdict.PASS} == {}
    assert "insert the card marked 7 into ACS ACR39U 00 00, chip first, face up" in person.prompts
    assert not any(m.name in ("insertion", "removal") for m in told["EVT-02"].measurements)


def test_an_operator_who_went_away_is_not_asked_for_ever() -> None:
    person = tier(patience=0)
    assert len(person.prompts) == MISSES
    skipped = [person.results[id] for id in BY_HAND]
    assert {one.reason for one in skipped} == {SkipReason.NEEDS_OPERATOR}
    assert any("nobody moved the card" in one.message for one in skipped)
    assert person.reader.hidden.clock.monotonic() < 10 * PATIENCE_S
    others = [one for id, one in person.results.items() if id not in BY_HAND and id != "REC-02"]
    assert [one.id for one in others if one.verdict is Verdict.ERROR] == []


def test_an_operator_who_leaves_with_the_card_spoils_nothing_that_was_done() -> None:
    person = tier(patience=5)
    assert len(person.prompts) <= 5 + MISSES
    assert {one.id for one in person.results.values() if one.verdict is Verdict.FAIL} == set()


def test_no_card_in_the_slot_is_not_blamed_on_the_reader() -> None:
    person = tier(patience=1, only=("EVT-01", "EVT-06", "PER-04"))
    assert person.results["PER-04"].verdict is Verdict.PASS
    assert person.results["EVT-01"].reason is SkipReason.NEEDS_OPERATOR
    assert "not done within 30 s: insert the card marked 7" in person.results["EVT-01"].message


def test_a_command_that_is_over_before_the_hand_is_no_result(monkeypatch) -> None:
    monkeypatch.setattr("harness.checks.reader.removal.LONG_S", 0)
    late = tier(only=("REM-01",)).results["REM-01"]
    assert late.reason is SkipReason.NEEDS_OPERATOR
    assert "before the card was out" in late.message


def test_without_an_operator_nothing_is_asked() -> None:
    person = tier(attended=False)
    assert person.prompts == []
    assert {person.results[id].reason for id in BY_HAND} == {SkipReason.NEEDS_OPERATOR}
    assert "--tier hands" in person.results["EVT-02"].advice


Progress = Callable[[object], None]


def acceptance(progress: Progress, kept: Path | None = None) -> tuple[dict, Path | None]:
    options = AcceptanceOptions(
        readers=("virtual test-card",),
        suites=("reader",),
        clock=ManualClock(),
        tier=Tier.HANDS,
        kept=None if kept is None else load_kept(kept),
    )
    record = run_acceptance(options, progress)
    return run_json(record, Masker())


def test_an_interrupted_run_goes_on_and_tests_nothing_twice(tmp_path: Path) -> None:
    started: list[str] = []

    def until_the_30th(event: object) -> None:
        if isinstance(event, CheckStarted):
            started.append(event.id)
            if len(started) == 30:
                raise KeyboardInterrupt

    first = acceptance(until_the_30th)
    assert first["run"]["interrupted"]
    path = tmp_path / "report.json"
    path.write_text(dumps(first), encoding="utf-8")
    judged = {one["id"] for one in first["results"] if one["verdict"] != "SKIP"}
    assert len(first["results"]) == 29

    again: list[str] = []

    def follow(event: object) -> None:
        if isinstance(event, CheckStarted):
            again.append(event.id)

    second = acceptance(follow, path)
    ids = [one["id"] for one in second["results"]]
    wanted = {entry.id for entry in all_checks("reader") if entry.tier is not Tier.SOAK}
    assert sorted(ids) == sorted(wanted)
    assert not judged & set(again)
    before = {one["id"]: one for one in first["results"] if one["id"] in judged}
    after = {one["id"]: one for one in second["results"] if one["id"] in judged}
    for id, one in before.items():
        assert {**after[id], "evidence": []} == {**one, "evidence": []}


@pytest.mark.parametrize(
    "text", ["", "{}", '{"kind": "validation"}', '{"kind": "run", "run": {}}', "[]"]
)
def test_a_file_that_is_no_report_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="not the report of a run") as caught:
        load_kept(path)
    assert caught.value.where == str(path)


def test_another_readers_report_is_refused(tmp_path: Path) -> None:
    report = acceptance(lambda _event: None)
    for one in report["results"]:
        one["reader"] = "Other 00 00"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ConfigError, match="another reader: Other 00 00"):
        acceptance(lambda _event: None, path)
