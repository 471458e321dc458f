"""The acceptance run: reader health, card validity, coverage of card types."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import field, replace

from harness.campaign import coverage as cover
from harness.campaign import features
from harness.campaign.drawer import known
from harness.campaign.earlier import NOTHING_EARLIER, Earlier, features_with_earlier, with_earlier
from harness.campaign.jobs import Interrupted, SuiteJob
from harness.campaign.options import AcceptanceOptions, Progress
from harness.campaign.provenance import (
    NOT_PCSC,
    commit,
    conditions,
    run_id,
    vectors_hash,
    versions,
)
from harness.campaign.reader_part import kept_results, limits_of, match_facts
from harness.campaign.slots import Slot, card_clock, match_of
from harness.campaign.waivers import waive
from harness.checks.card_subject import card_id
from harness.checks.judge import finding_of, result_of
from harness.checks.registry import CheckDef, all_checks
from harness.checks.runner import (
    CARD_SUITE,
    READER_SUITE,
    Attempt,
    CardSuiteOptions,
    ReaderSuiteOptions,
)
from harness.core.clock import Clock
from harness.core.errors import ConfigError, LinkError, ServiceDown
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.api import Reader
from harness.link.find import LINKS, find_readers
from harness.link.recording import recording_of
from harness.profiles.image import load_image
from harness.profiles.plan import load_plan
from harness.profiles.terminal_config import load_terminal
from harness.records.result import CheckResult
from harness.records.run import (
    Coverage,
    CoverageRow,
    FeatureRow,
    Provenance,
    RunRecord,
    Subject,
    Trace,
    UnknownAid,
)

TEST_CARD = "test-card"


def run_acceptance(options: AcceptanceOptions, progress: Progress | None = None) -> RunRecord:
    """Run the suites on every reader that ``options.readers`` means.

    Ctrl-C ends the run, not the record: ``interrupted`` is set and everything done until then is
    in it. No such reader and no service are results as well (ERROR): the other readers are still
    judged. Raises ConfigError (unknown image, plan, configuration, suite, fault; several readers).
    """
    return _Acceptance(options.checked(), progress or _silent).run()


def _silent(_event: object) -> None:
    """Nobody follows."""


@dataclass()
class _Acceptance:
    """State of one run."""

    options: AcceptanceOptions
    progress: Progress
    results: list[CheckResult] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    rows: list[CoverageRow] = field(default_factory=list)
    met: list[FeatureRow] = field(default_factory=list)
    unknown: list[UnknownAid] = field(default_factory=list)
    key_prints: frozenset[str] = frozenset()
    required: list[str] = field(default_factory=list)
    facts: list[dict[str, str]] = field(default_factory=list)
    id: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def run(self) -> RunRecord:
        """All slots, one after the other."""
        clock = self.options.clock
        started = clock.now()
        self.id = run_id(started)
        self._check_files()
        wanted = dict.fromkeys(self.options.readers)
        slots = [slot for name in wanted if (slot := self._find(name)) is not None]
        kinds = {slot.kind for slot in slots}
        self.versions = versions(pcsc=bool(kinds - NOT_PCSC))
        interrupted = False
        try:
            for slot in slots:
                self._run_slot(slot)
        except (Interrupted, KeyboardInterrupt):
            interrupted = True
        met = features_with_earlier(self.met, self._earlier) if self.met else []
        return RunRecord(
            run=Provenance(
                id=self.id,
                started=started.isoformat(timespec="milliseconds"),
                finished=clock.now().isoformat(timespec="milliseconds"),
                tool=f"emv-harness {self.versions['emv-harness']}",
                commit=commit(),
                vectors_hash=vectors_hash(),
                clock=clock.today().isoformat(),
                command=self.options.command,
                versions=self.versions,
                conditions=conditions(self.options, kinds),
                readers=tuple(self.facts),
                operator=self.options.operator,
            ),
            results=tuple(waive(self.results, self.options.waivers, clock.today())),
            coverage=Coverage(
                tuple(dict.fromkeys(self.required)),
                tuple(self.rows),
                tuple(met),
                features.most(self.rows, met) if self.rows else "",
                self.options.evidence,
                tuple(self.unknown),
            ),
            subjects=tuple(self.subjects),
            traces=tuple(self.traces),
            interrupted=interrupted,
        )

    @property
    def _earlier(self) -> Earlier:
        """A card that is made to misbehave is not held against what it did before."""
        return NOTHING_EARLIER if self.options.faults else self.options.earlier

    def _check_files(self) -> None:
        """Say now, not in the middle, that a file is wrong."""
        load_terminal(self.options.config)
        load_plan(self.options.plan)
        for image in self.options.images:
            load_image(image)
        if self.options.faults:
            from harness.virtualcard.faults import parse_fault

            for fault in self.options.faults:
                parse_fault(fault)

    def _find(self, selector: str) -> Slot | None:
        """The slot, or None after a result that says why there is none: the others go on."""
        try:
            return self._slot(selector)
        except LinkError as error:
            suite = self.options.suites[0]
            wanted = "ENV-01" if isinstance(error, ServiceDown) else "ENU-01"
            wanted = {"reader": wanted, "card": "READ-01", "coverage": "COV"}[suite]
            entry = next(known for known in all_checks(suite) if known.id == wanted)
            self._add(result_of(entry, finding_of(error), selector, selector))
            return None

    def _add(self, result: CheckResult) -> None:
        self.results.append(result)
        self.progress(result)

    def _slot(self, selector: str) -> Slot:
        if selector.partition(" ")[0] in ("virtual", "vpcd"):
            return self._virtual_slot(selector)
        reader = find_readers(selector, self.options.link_options())[0]
        if reader.kind == "replay":
            return Slot(reader.name, reader.kind, reader, (reader,), (reader.name,))
        names = tuple(r.name for r in LINKS.get("pcsc")(self.options.link_options(), ""))
        return Slot(reader.name, reader.kind, reader, (reader,), names)

    def _virtual_slot(self, selector: str) -> Slot:
        """All images of a kind; the reader suite gets the test card unless one image was named, or
        nothing but that suite is run on one card."""
        kind, _space, image = selector.partition(" ")
        found = find_readers(selector, self.options.link_options())
        cards = tuple(reader for reader in found if load_image(reader.image).is_emv)
        suite_reader = found[0]
        alone = self.options.suites == ("reader",) and len(self.options.images) == 1
        if not image and not alone:
            (suite_reader,) = find_readers(
                f"{kind} {TEST_CARD}", self.options.link_options(images=(TEST_CARD,))
            )
        names = tuple(dict.fromkeys(reader.name for reader in (suite_reader, *found)))
        return Slot(selector, kind, suite_reader, cards, names)

    def _run_slot(self, slot: Slot) -> None:
        self._note_reader(slot)
        if "reader" in self.options.suites:
            self._reader_suite(slot)
        attempts: list[cover.Tried] = []
        if {"card", "coverage"} & set(self.options.suites):
            for reader in slot.readers:
                attempt = self._card_suite(reader)
                if attempt is not None:
                    attempts.append(cover.tried(attempt, reader.image, self._type(attempt)))
        if "coverage" in self.options.suites:
            self._coverage(slot, attempts)

    def _type(self, attempt: Attempt) -> str:
        """The card type that the drawer says; empty without one, or without a word on it."""
        drawer = self.options.drawer
        card = drawer.recognised(attempt.subject.card_hash) if drawer is not None else None
        return card.type if card is not None else ""

    def _note_reader(self, slot: Slot) -> None:
        facts = slot.suite_reader.facts()
        match = match_of(slot.suite_reader, self.options.reader_profile)
        name = slot.label if slot.kind in ("virtual", "vpcd") else slot.suite_reader.name
        known = {"profile": ""}
        if slot.kind != "replay":
            known = match_facts(match, name, self.progress)
        self.facts.append({**facts, "name": name, "kind": slot.kind, **known})

    def _reader_suite(self, slot: Slot) -> None:
        reader = slot.suite_reader
        if reader.kind == "replay":
            raise ConfigError(
                _("a transcript is no reader: only its card can be judged"),
                where=reader.name,
                todo=_("emv-harness replay FILE, or emv-harness card check --reader replay:FILE"),
            )
        profile = match_of(reader, self.options.reader_profile).profile
        limits = limits_of(profile)

        def make(done: frozenset[str], hangs: int) -> ReaderSuiteOptions:
            return ReaderSuiteOptions(
                clock=self.options.clock,
                limits=limits,
                listed=slot.listed,
                versions=self.versions,
                allow_state_change=self.options.allow_state_change,
                done=done,
                silences=hangs,
                tier=self.options.tier,
                only=self.options.only,
                faults=self.options.reader_faults,
                seed=self.options.seed,
                profile=profile,
                attended=self.options.attended,
                mark=self.options.mark,
            )

        takes = make(frozenset(), 0).takes
        kept = kept_results(self.options, reader, self.progress)
        self._job(READER_SUITE, reader, "reader", make, takes=takes, kept=kept)

    def _card_suite(self, reader: Reader) -> Attempt | None:
        judged = "card" in self.options.suites
        covers = "coverage" in self.options.suites
        plan = load_plan(self.options.plan)
        clock = card_clock(self.options.clock, reader)

        def make(done: frozenset[str], _hangs: int) -> CardSuiteOptions:
            return CardSuiteOptions(
                clock=clock,
                config=self.options.config,
                allow_state_change=self.options.allow_state_change,
                own_test_keys=self.options.own_test_keys,
                ca_keys=self.options.ca_keys,
                salt=self.options.salt or self.salt,
                done=done,
                judge_card=judged,
                seen_keys=self.key_prints,
                stripe=self.options.stripe,
                embossed=self.options.embossed,
                profile=self.options.card_profile,
                transactions=plan.transactions if covers else ("goods",),
            )

        known = len(self.subjects)
        value = self._job(CARD_SUITE, reader, "card", make, judged=judged, clock=clock)
        if isinstance(value, Attempt):
            self.key_prints |= value.key_prints
            return value
        seen = self.subjects[known:]
        if seen or any(trace.reader == reader.name for trace in self.traces):
            subject = seen[0] if seen else Subject(card_id(reader), "", "", reader.name)
            return Attempt(subject, (), "rejected", _("the card did not answer to the end"))
        nobody = Subject(card_id(reader), "", "", reader.name)
        return Attempt(nobody, (), "not-tried", _("no card could be put into this reader"))

    def _job(
        self,
        function: str,
        reader: Reader,
        suite: str,
        make: Callable[[frozenset[str], int], object],
        *,
        judged: bool = True,
        clock: Clock | None = None,
        takes: Callable[[CheckDef], bool] | None = None,
        kept: tuple[CheckResult, ...] = (),
    ) -> object:
        """Run one suite and keep what it gave, also when it is interrupted."""
        options = self.options.link_options(images=(reader.image,) if reader.image else ())
        job = SuiteJob(
            function=function,
            selector=reader.name,
            suite=suite,
            options=options if clock is None else replace(options, clock=clock),
            make=make,
            progress=self.progress,
            subject_id=reader.name if suite == "reader" else card_id(reader),
            judged=judged,
            results=list(kept),
        )
        if takes is not None:
            job.takes = takes
        try:
            return job.run()
        finally:
            self.results += job.results
            if job.subject is not None:
                drawer = self.options.drawer
                self.subjects.append(known(drawer, job.subject) if drawer else job.subject)
            recording = recording_of(reader)
            if recording is not None:
                job.exchanges[:] = recording.recorded.exchanges
            if job.exchanges:
                self.traces.append(
                    Trace(
                        subject=job.subject_id,
                        reader=reader.name,
                        title=_("reader suite") if suite == "reader" else _("card suite"),
                        exchanges=tuple(job.exchanges),
                    )
                )

    def _coverage(self, slot: Slot, attempts: list[cover.Tried]) -> None:
        physical = slot.kind not in ("virtual", "vpcd")
        tried = tuple(reader.image for reader in slot.readers) if slot.kind == "vpcd" else ()
        needs = cover.required(self.options, physical=physical, images=tried)
        earlier = self._earlier
        found = with_earlier(cover.rows(needs, attempts, slot.label, self.id), earlier, needs)
        self.rows += found
        self.required += [need.type for need in needs]
        self.unknown += cover.unknown_aids(attempts)
        plan = load_plan(self.options.plan)
        self.met = features.rows(plan, [card.attempt for card in attempts], self.met)
        for result in (
            *cover.coverage_results(needs, found, slot.label),
            *features.results(plan, features_with_earlier(self.met, earlier), slot.label),
            *features.refusal_results(plan, attempts, slot.label, earlier),
        ):
            self._add(result)
