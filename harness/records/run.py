"""A whole run: provenance, results, coverage (rule 17)."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.core.verdict import Verdict, totals
from harness.records.exchange import Exchange
from harness.records.result import CheckResult


@dataclass(frozen=True, slots=True)
class Subject:
    """What was judged: a card in a reader.

    ``basis`` is set for a virtual card (``public``, ``generic``, ``none``); ``card_hash`` is the
    salted hash that recognises the card without naming it; ``pan`` is already masked.
    """

    id: str
    label: str
    kind: str
    reader: str
    basis: str = ""
    card_hash: str = ""
    pan: str = ""
    atr: str = ""


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

    ``basis`` says what kind of card the evidence comes from; ``evidence`` holds run ids;
    ``transactions`` pairs each type of transaction that was wanted with its state.
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


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One EMV feature (``oda:CDA``, ``tvr:1.8``) over the run. ``state`` as in ``CoverageRow``,
    but never rejected; ``cards`` are the subjects that met it, ``basis`` what they are."""

    id: str
    group: str
    name: str
    state: str
    cards: tuple[str, ...] = ()
    basis: str = ""


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
