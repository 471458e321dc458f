"""The reader suite as one job: every reader check, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, replace

from harness.checks.events import CheckStarted, Notice
from harness.checks.finding import Finding, Unjudged, not_applicable, not_examined, skip
from harness.checks.judge import BENCH_ERRORS, finding_of, judge, result_of
from harness.checks.reader.bench import Bench, Limits
from harness.checks.reader.operator import Operator, missing
from harness.checks.registry import CheckDef, Needs, Tier, all_checks
from harness.checks.tape import last_command
from harness.core.clock import Clock, SystemClock
from harness.core.errors import LinkError, LinkTimeout
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import SkipReason, Verdict
from harness.link.api import Reader, is_virtual
from harness.link.faults import with_faults
from harness.profiles.reader_profile import ReaderProfile
from harness.records.exchange import Exchange
from harness.records.result import CheckResult, Evidence

MAX_SILENCES = 3
"""After so many commands without an answer the checks that need the card are not run any more."""


@dataclass(frozen=True, slots=True)
class ReaderSuiteOptions:
    """Options of a job, able to cross processes. ``done`` are ids that an earlier try judged;
    ``attended``: somebody is there to move the card (marked ``mark``) when the tier asks for it."""

    clock: Clock = field(default_factory=SystemClock)
    limits: Limits = field(default_factory=Limits)
    listed: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    allow_state_change: bool = False
    done: frozenset[str] = frozenset()
    silences: int = 0
    tier: Tier = Tier.FULL
    only: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    seed: int = 0
    profile: ReaderProfile | None = None
    attended: bool = False
    mark: str = ""

    def takes(self, entry: CheckDef) -> bool:
        """Is this check part of the run? ``only`` names checks whatever their tier."""
        if entry.id in self.done:
            return False
        return entry.id in self.only if self.only else entry.tier in TIERS[self.tier]


TIERS = {
    Tier.SMOKE: (Tier.SMOKE,),
    Tier.FULL: (Tier.SMOKE, Tier.FULL),
    Tier.HANDS: (Tier.SMOKE, Tier.FULL, Tier.HANDS),
    Tier.SOAK: (Tier.SMOKE, Tier.FULL, Tier.SOAK),
}
"""What a tier takes in: ``hands`` asks an operator to move cards, ``soak`` takes its time."""


def run_reader_suite(
    reader: Reader, emit: Callable[[object], None], *, options: ReaderSuiteOptions
) -> tuple[Exchange, ...]:
    """Run every reader check on ``reader`` and ``emit`` each ``CheckResult``.

    Returns the exchanges of all connections. Failures of the link become results; the suite goes
    on with the next check after a cold reset or a new connection.
    """
    reader = with_faults(reader, options.faults, options.seed, options.clock)
    bench = Bench(
        reader,
        options.clock,
        options.limits,
        listed=options.listed,
        versions=options.versions,
        profile=options.profile,
    )
    if is_virtual(reader):
        # A daemon of ours may run beside: it says nothing about a card in this process.
        bench.own = _no_daemon
    if options.tier is Tier.HANDS and options.attended:
        bench.operator = Operator(bench, emit, options.mark)
    run = _Run(bench, emit, options)
    try:
        _ask_for_the_card(bench)
        for entry in all_checks("reader"):
            if options.takes(entry):
                run.one(entry)
    finally:
        bench.close()
    return tuple(bench.exchanges)


def _ask_for_the_card(bench: Bench) -> None:
    """An operator is there: an empty slot need not stay empty. Later checks say what they miss."""
    if bench.operator is not None:
        with suppress(Unjudged, LinkError):
            bench.operator.put_back()


def _no_daemon() -> None:
    return None


def with_exchanges(result: CheckResult, first: int, last: int) -> CheckResult:
    """A result that is not good, with the first and the last exchange of its check as evidence."""
    if result.verdict not in (Verdict.FAIL, Verdict.WARN, Verdict.TIMEOUT) or last < first:
        return result
    places = (
        Evidence(_("first exchange of the check"), first),
        Evidence(_("its last exchange"), last),
    )
    return replace(result, evidence=(*result.evidence, *places))


def with_quirks(result: CheckResult, profile: ReaderProfile | None) -> CheckResult:
    """A result with what the profile says that this model is known to do in that check."""
    known = [
        _("known of this model: {expect} ({why})").format(expect=one.expect, why=one.why)
        for one in (profile.quirks if profile is not None else ())
        if one.test == result.id
    ]
    return replace(result, advice="; ".join([result.advice, *known] if result.advice else known))


class _Run:
    """State between the checks: is there a card to talk to, and how often was it silent?"""

    def __init__(
        self, bench: Bench, emit: Callable[[object], None], options: ReaderSuiteOptions
    ) -> None:
        self._bench = bench
        self._emit = emit
        self._options = options
        self._powered = False
        self._identified = False
        self._broken = False
        self._silences = options.silences
        self._why_not = ""

    def one(self, entry: CheckDef) -> None:
        """Judge one check and emit its result."""
        name = self._bench.reader.name
        self._emit(CheckStarted("reader", entry.id, _(entry.title), name, name))
        refused = self._refused(entry)
        if refused is not None:
            self._emit(result_of(entry, refused, name, name))
            return
        self._bench.allowed = entry.sends
        first = len(self._bench.exchanges)
        result = judge(
            entry,
            lambda: self._call(entry),
            self._options.clock,
            subject=name,
            reader=name,
            during=self._during,
        )
        result = with_exchanges(result, first, len(self._bench.exchanges) - 1)
        self._emit(with_quirks(result, self._options.profile))
        if result.verdict is Verdict.TIMEOUT:
            self._silences += 1
        if self._broken:
            self._broken = False
            self._heal(name)

    def _call(self, entry: CheckDef) -> Finding:
        """The check, noting whether the link broke under it."""
        try:
            return entry.function(self._bench)
        except LinkError:
            self._broken = True
            raise

    def _refused(self, entry: CheckDef) -> Finding | None:
        """Why the check cannot run, or None."""
        if (
            entry.sends
            and not self._options.allow_state_change
            and self._bench.reader.kind != "virtual"
        ):
            return skip(SkipReason.STATE_CHANGE, _("needs --allow-state-change"))
        wanting = missing(self._bench, entry)
        if wanting is not None or entry.needs is Needs.NOTHING:
            return wanting
        if self._silences >= MAX_SILENCES:
            return not_examined(_("the card was silent {n} times").format(n=self._silences))
        broken = self._ready(identified=entry.needs is not Needs.ANY_CARD)
        if broken is not None:
            return broken
        if self._why_not:
            return not_examined(self._why_not)
        if entry.needs is Needs.TEST_CARD and not self._bench.test_card:
            return not_examined(
                _("needs the co-operating test card"),
                advice=_("`emv-harness card serve test-card`, or a card with the test applet"),
            )
        if entry.needs is Needs.EMV_CARD and not self._bench.emv_card:
            return not_applicable(_("needs a payment card"))
        return None

    def _ready(self, *, identified: bool) -> Finding | None:
        """Connect, and ask the card what it is where that matters.

        A card that breaks the link here is a finding for the check that wanted it; a silent one
        is asked again by the next check, until it was silent too often.
        """
        if self._why_not:
            return None
        try:
            if not self._powered:
                self._bench.power()
                self._powered = True
            if identified and not self._identified:
                self._bench.identify()
                self._identified = True
        except LinkError as error:
            finding = finding_of(error, *last_command(self._bench.exchanges))
            if isinstance(error, LinkTimeout):
                self._silences += 1
                self._heal(self._bench.reader.name)
                return finding
            self._why_not = _("no exchange with the card: {what}").format(what=error.what)
            return None if isinstance(error, BENCH_ERRORS) else finding
        return None

    def _heal(self, name: str) -> None:
        if self._bench.recover():
            self._emit(Notice(_("the card was reset or connected again"), name))
        else:
            self._why_not = _("the card did not come back after a reset")

    def _during(self) -> tuple[str, int | None]:
        return last_command(self._bench.exchanges)
