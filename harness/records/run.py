"""A whole run: provenance, results, coverage (rule 17)."""

from __future__ import annotations

from dataclasses import field

from harness.core.plain import dataclass
from harness.core.verdict import Verdict, totals
from harness.records.exchange import Exchange
from harness.records.result import CheckResult


@dataclass(frozen=True, slots=True)
class Subject:
    """What was judged: a card in a reader.

    ``basis`` is set for a virtual card (``public``, ``generic``, ``none``); ``card_hash`` is the
    salted hash that recognises the card without naming it; ``pan`` is already masked.
    ``expiry`` (an ISO date), ``pin_tries`` (9F17), ``atc`` (9F36) and ``last_online_atc`` (9F13)
    are what the card said when it was read, before any transaction; None: it did not say.
    ``known_as`` is its label in the drawer, where the run was given one that knows it.
    """

    id: str
    label: str
    kind: str
    reader: str
    basis: str = ""
    card_hash: str = ""
    pan: str = ""
    atr: str = ""
    expiry: str = ""
    pin_tries: int | None = None
    atc: int | None = None
    last_online_atc: int | None = None
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """The exchanges of one session with one subject, in order."""

    subject: str
    reader: str
    title: str
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One card type on one reader. ``state``: accepted, rejected, not-tried, not-required.

    ``basis`` says what kind of card the evidence comes from; ``evidence`` holds run ids, the
    latest first, and ``cards`` the subjects of the latest; ``transactions`` pairs each type of
    transaction that was wanted with its state. ``attempt`` is how the card's own transaction ended,
    whatever else the plan wants of its type (empty: not tried). ``earlier``: this run did not try
    it, and the state is that of an earlier one; ``flaky``: runs disagree, and the state is the
    latest's.
    """

    type: str
    scheme: str
    interface: str
    reader: str
    state: str
    evidence: tuple[str, ...] = ()
    basis: str = ""
    note: str = ""
    transactions: tuple[tuple[str, str], ...] = ()
    cards: tuple[str, ...] = ()
    attempt: str = ""
    earlier: bool = False
    flaky: bool = False


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One EMV feature (``oda:CDA``, ``tvr:1.8``) over the run. ``state`` as in ``CoverageRow``,
    but never rejected; ``cards`` are the subjects that met it, ``basis`` what they are, and
    ``earlier`` the ids of earlier runs that met it."""

    id: str
    group: str
    name: str
    state: str
    cards: tuple[str, ...] = ()
    basis: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        """Was it met, in this run or an earlier one?"""
        return bool(self.cards or self.earlier)


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One transaction in the log of a real terminal: what *it* did, never what the harness did.

    ``types`` are the card types that the AID stands for (none where nobody knows it); ``interface``
    is contact, contactless, stripe or empty; ``transaction`` goods, cash, ...; ``cvm``, ``tvr`` and
    ``cryptogram`` (TC, ARQC, AAC) as the log has them, empty where it has not; ``outcome`` is
    online-approved, online-declined, online-requested, offline-approved, offline-declined or
    unknown; ``text`` says it in a sentence; ``source`` is file and line.
    """

    types: tuple[str, ...]
    aid: str
    interface: str
    terminal: str
    date: str
    transaction: str
    cvm: str
    tvr: str
    cryptogram: str
    answer: str
    outcome: str
    text: str
    source: str
    entry_mode: str = ""
    basis: str = "terminal log"


@dataclass(frozen=True, slots=True)
class UnknownAid:
    """An application on a card that no card type has: its AID, what is known of its provider, and
    the subjects that have it."""

    aid: str
    provider: str
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Required card types against those that completed a transaction; EMV features against those
    that were met; ``most`` says which single card would add most. ``evidence`` stands beside it
    and changes nothing of it: what a terminal's log shows."""

    required: tuple[str, ...] = ()
    rows: tuple[CoverageRow, ...] = ()
    features: tuple[FeatureRow, ...] = ()
    most: str = ""
    evidence: tuple[EvidenceRow, ...] = ()
    unknown: tuple[UnknownAid, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a result can be traced to. ``versions`` maps a component to its version;
    ``conditions`` holds what was in force (terminal configuration, options, clock)."""

    id: str
    started: str
    finished: str
    tool: str
    commit: str
    vectors_hash: str
    clock: str
    command: str
    versions: dict[str, str] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    readers: tuple[dict[str, str], ...] = ()
    operator: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything that a report sees, and nothing else."""

    run: Provenance
    results: tuple[CheckResult, ...]
    coverage: Coverage = field(default_factory=Coverage)
    subjects: tuple[Subject, ...] = ()
    traces: tuple[Trace, ...] = ()
    interrupted: bool = False

    @property
    def totals(self) -> dict[str, int]:
        """Number of results by verdict."""
        return totals(result.verdict for result in self.results)

    @property
    def verdicts(self) -> list[Verdict]:
        """The verdicts, in order."""
        return [result.verdict for result in self.results]
