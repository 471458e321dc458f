"""What a bench covers: the matrix of a plan over all of its runs, with nothing run now."""

from __future__ import annotations

from dataclasses import replace

from harness.campaign import coverage as cover
from harness.campaign import features
from harness.campaign.earlier import Earlier, Sighting, features_with_earlier, with_earlier
from harness.campaign.history.evidence import earlier_evidence
from harness.campaign.history.read import ANY, Wanted
from harness.campaign.history.store import History
from harness.campaign.options import AcceptanceOptions
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import card_types
from harness.profiles.plan import Plan, load_plan
from harness.profiles.terminal_config import load_terminal
from harness.records.result import CheckResult
from harness.records.run import Coverage, CoverageRow, FeatureRow

NOBODY = "-"
"""Stands for the reader where no run that fits has tried a card."""


@dataclass(frozen=True, slots=True)
class BenchCoverage:
    """``coverage`` and ``results`` as a run would have them, and every sighting behind them."""

    coverage: Coverage
    results: tuple[CheckResult, ...]
    sightings: tuple[Sighting, ...]


def bench_coverage(
    history: History, plan_name: str, config: str, wanted: Wanted = ANY
) -> BenchCoverage:
    """Coverage of the plan by the runs that fit, under the terminal configuration ``config``, on
    every reader that they used. Raises ConfigError (unknown plan or configuration)."""
    plan = load_plan(plan_name)
    load_terminal(config)
    everything = earlier_evidence(history, config, wanted)
    readers = list(dict.fromkeys(seen.row.reader for seen in everything.sightings))
    rows: list[CoverageRow] = []
    results: list[CheckResult] = []
    required: list[str] = []
    for reader in readers or [wanted.reader or NOBODY]:
        earlier = everything
        if len(readers) > 1:
            earlier = earlier_evidence(history, config, replace(wanted, reader=reader))
        needs = cover.required(AcceptanceOptions(plan=plan_name), physical=_physical(reader))
        found = with_earlier(cover.rows(needs, [], reader, ""), earlier, needs)
        found = [_never(row) for row in found] + _not_required(found, earlier, reader)
        rows += found
        required += [need.type for need in needs]
        results += [
            *cover.coverage_results(needs, found, reader),
            *features.results(plan, _features(plan, earlier), reader),
            *features.refusal_results(plan, [], reader, earlier),
        ]
    met = _features(plan, everything)
    coverage = Coverage(
        tuple(dict.fromkeys(required)), tuple(rows), tuple(met), features.most(rows, met)
    )
    return BenchCoverage(coverage, tuple(results), everything.sightings)


def _physical(reader: str) -> bool:
    return reader.partition(" ")[0] not in ("virtual", "vpcd")


def _features(plan: Plan, earlier: Earlier) -> list[FeatureRow]:
    return features_with_earlier(features.rows(plan, []), earlier)


def _never(row: CoverageRow) -> CoverageRow:
    if row.evidence or row.interface != cover.CONTACT:
        return row
    return replace(row, note=_("no card of this type in the runs asked for"))


def _not_required(known: list[CoverageRow], earlier: Earlier, reader: str) -> list[CoverageRow]:
    """Card types that were tried and that the plan does not require."""
    have = {(row.type, row.interface) for row in known}
    more = [
        (seen.row.type, seen.row.interface, seen.row.scheme)
        for seen in earlier.sightings
        if seen.row.reader == reader and (seen.row.type, seen.row.interface) not in have
    ]
    blank = [
        CoverageRow(name, scheme or _scheme(name), interface, reader, "not-tried")
        for name, interface, scheme in dict.fromkeys(more)
    ]
    return with_earlier(blank, earlier)


def _scheme(name: str) -> str:
    known = card_types().get(name)
    return known.scheme if known is not None else ""
