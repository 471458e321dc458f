"""Coverage over many runs: what earlier runs showed beside what this one did.

The latest run that tried a card type decides its state. Runs that disagree are shown as flaky,
with both named: an acceptance does not hide a later rejection, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.plan import Requirement
from harness.records.run import CoverageRow, FeatureRow

REJECTED, NOT_TRIED = "rejected", "not-tried"
TRIED = ("accepted", REJECTED)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One card type in one earlier run: its row, the day, and the cards by the names that
    recognise them in any run (drawer label, hash, image). ``own_keys``: the harness's own test
    keys were trusted over PC/SC."""

    run: str
    day: str
    row: CoverageRow
    cards: tuple[str, ...] = ()
    own_keys: bool = False

    def state(self, kinds: Sequence[str]) -> str:
        """How it ended, judged by the types of transaction that are wanted now (the plan of that
        run may have wanted others): accepted, rejected, or not-tried where it lacks one."""
        went = dict(self.row.transactions)
        states = [went.get(kind, NOT_TRIED) for kind in kinds]
        if self.row.attempt == REJECTED or REJECTED in states:
            return REJECTED
        return NOT_TRIED if NOT_TRIED in states else self.row.attempt

    def text(self, state: str) -> str:
        """``accepted in run 2026-11-02T... on 2026-11-02 (visa-credit, public)``."""
        facts = [self.row.basis, _("own test keys trusted") if self.own_keys else ""]
        who = ", ".join((*self.cards, *(fact for fact in facts if fact)))
        text = _("{state} in run {run} on {day}").format(state=state, run=self.run, day=self.day)
        return f"{text} ({who})" if who else text


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs under the same terminal configuration showed, the newest first;
    ``features`` as rows whose ``earlier`` are run ids."""

    sightings: tuple[Sighting, ...] = ()
    features: tuple[FeatureRow, ...] = ()

    def of(self, row: CoverageRow, kinds: Sequence[str]) -> list[tuple[Sighting, str]]:
        """Sightings of this card type, interface and reader that tried what is wanted, each with
        how it ended."""
        found = [
            (seen, seen.state(kinds))
            for seen in self.sightings
            if (seen.row.type, seen.row.interface, seen.row.reader)
            == (row.type, row.interface, row.reader)
        ]
        return [(seen, state) for seen, state in found if state != NOT_TRIED]


NOTHING_EARLIER = Earlier()


def with_earlier(
    rows: Iterable[CoverageRow], earlier: Earlier, needs: Iterable[Requirement] = ()
) -> list[CoverageRow]:
    """``rows`` of this run completed with what earlier ones showed. ``needs`` say which types of
    transaction are wanted of a card type."""
    wanted = {(need.type, need.interface): need.transactions for need in needs}
    return [
        _joined(row, earlier.of(row, wanted.get((row.type, row.interface), ()))) for row in rows
    ]


def _joined(row: CoverageRow, seen: Sequence[tuple[Sighting, str]]) -> CoverageRow:
    if not seen:
        return row
    tried = row.state in TRIED
    latest, then = seen[0]
    state = row.state if tried else then
    other = next(((one, was) for one, was in seen if was != state), None)
    note = row.note
    if not tried:
        note = _("earlier: {seen}: {why}").format(seen=latest.text(then), why=latest.row.note)
    if other is not None:
        note = _("flaky, runs disagree: {now}; but {then}").format(
            now=note, then=other[0].text(other[1])
        )
    evidence = (*row.evidence, *(one.run for one, _state in seen))
    made = replace(row, state=state, evidence=evidence, note=note, flaky=other is not None)
    if tried:
        return made
    went = dict(latest.row.transactions)
    return replace(
        made,
        basis=latest.row.basis,
        transactions=tuple((kind, went.get(kind, old)) for kind, old in row.transactions),
        earlier=True,
        cards=latest.cards,
    )


def features_with_earlier(rows: Iterable[FeatureRow], earlier: Earlier) -> list[FeatureRow]:
    """Features of this run completed with those that earlier ones met."""
    known = {row.id: row for row in earlier.features}
    found = []
    for row in rows:
        before = known.pop(row.id, None)
        if before is None:
            found.append(row)
        elif row.cards:
            found.append(replace(row, earlier=before.earlier))
        else:
            found.append(replace(row, state="accepted", basis=before.basis, earlier=before.earlier))
    # Status words and refusals are listed only where they were met.
    met_only = [replace(row, cards=(), state="accepted") for row in known.values()]
    return found + [row for row in met_only if row.group in ("sw", "refused")]
