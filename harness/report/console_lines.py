"""Lines of one result on a terminal, and what the parts of the console report share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.i18n import _
from harness.core.retranslate import said
from harness.core.typeset import colon
from harness.core.verdict import Verdict
from harness.records.result import CheckResult
from harness.report.layout import WIDTH, cell_width, indented, packed, pad
from harness.report.measures import measures
from harness.report.summary import Group, skips

STYLES = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.TIMEOUT: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.SKIP: "dim",
}
LABEL = 10
MEASURED = 4
"""More passed measurements than this are routine."""
LISTED = (Verdict.ERROR, Verdict.FAIL, Verdict.TIMEOUT, Verdict.WARN)

Line = tuple[str, str]
"""Text and rich style."""


def plain(text: str, first: str, style: str = "") -> Iterator[Line]:
    """``text`` after the label ``first``, wrapped and indented."""
    for line in indented(text, first):
        yield (line, style)


def packed_lines(words: Sequence[str], margin: str, style: str = "") -> Iterator[Line]:
    """``words`` in as few lines as possible, each after ``margin``."""
    for line in packed(words, "   ", WIDTH - cell_width(margin)):
        yield (margin + line, style)


def without_routine(results: Sequence[CheckResult]) -> tuple[list[CheckResult], int]:
    """Where many checks passed with a measurement: only the performance checks of those, and how
    many were left out."""
    routine = [
        result
        for result in results
        if result.verdict is Verdict.PASS
        and not result.advice
        and not result.id.startswith("PER-")
        and result.measurements
    ]
    if len(routine) <= MEASURED:
        return list(results), 0
    return [result for result in results if result not in routine], len(routine)


def result_lines(result: CheckResult, verbose: int) -> Iterator[Line]:
    """One result: what was observed, evidence and rule of what is amiss, measurements.

    What passed without a measurement or an advice, and what was skipped, only with ``verbose``.
    """
    shown = result.verdict in LISTED or bool(result.advice and result.verdict is Verdict.PASS)
    values = measures(result.measurements)
    if not (shown or verbose or values) or (result.verdict is Verdict.SKIP and not verbose):
        return
    first = f"  {result.verdict.value:<8}{pad(result.id, 7)} "
    margin = " " * cell_width(first)
    title = _(result.title)
    if shown or verbose:
        text = f"{title}{colon()}{result.message}" if result.message else title
        if result.reason is not None:
            text += f" ({_(result.reason.value)})"
        yield from plain(text, first, STYLES[result.verdict])
        yield from packed_lines(values, margin)
    else:
        whole = f"{first}{title}{colon()} " + "   ".join(values)
        if cell_width(whole) <= WIDTH:
            yield (whole, STYLES[result.verdict])
        else:
            yield (f"{first}{title}{colon()}".rstrip(), STYLES[result.verdict])
            yield from packed_lines(values, margin)
    if result.verdict in LISTED:
        for evidence in result.evidence:
            yield from plain(evidence.text, margin)
        for spec in result.spec:
            yield from plain(said(str(spec)), margin, "dim")
    if result.advice:
        yield from plain(result.advice, margin + "-> ")


def skip_lines(group: Group, verbose: int) -> Iterator[Line]:
    """How many checks of the group were skipped, and why."""
    reasons = skips(group.results)
    if not reasons or verbose:
        return
    total = sum(count for _reason, count in reasons)
    text = " · ".join(f"{count} {_(reason.value)}" for reason, count in reasons)
    yield from plain(text, f"  {Verdict.SKIP.value:<8}{total:<8} ", STYLES[Verdict.SKIP])
