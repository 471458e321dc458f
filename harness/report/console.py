"""The run on a terminal: verdicts at the left edge, what failed, measurements, totals, files.

Nothing is said by colour alone, and nothing is wider than 100 columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

from harness.core.i18n import N_, _
from harness.core.masking import Masker
from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Measurement
from harness.records.run import RunRecord
from harness.report.layout import (
    WIDTH,
    cell_width,
    columns,
    indented,
    milliseconds,
    packed,
    pad,
    wrap,
)
from harness.report.summary import (
    NOTICE,
    Group,
    conditions,
    groups,
    is_virtual,
    limits,
    measured,
    skips,
    statement,
    subject_of,
    swap_test,
    worst,
)

STYLES = {
    Verdict.PASS: "green",
    Verdict.WARN: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.TIMEOUT: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.SKIP: "dim",
}
_LABEL = 10
_LISTED = (Verdict.ERROR, Verdict.FAIL, Verdict.TIMEOUT, Verdict.WARN)

_NO_FACT = ("name", "kind", "profile", "image")
_STATES = {
    "accepted": N_("completed"),
    "rejected": N_("rejected"),
    "not-tried": N_("not tried"),
    "not-required": N_("not required"),
}
_SHORT = 40
"""Conditions in more words (what is out of scope) come at the end."""

Line = tuple[str, str]
"""Text and rich style."""


def print_run(
    record: RunRecord,
    stream: IO[str],
    *,
    masker: Masker,
    files: Sequence[Path] = (),
    verbose: int = 0,
    elapsed_ms: float | None = None,
) -> None:
    """Write the run to ``stream``; ``verbose`` 1 lists every result, not only what stands out."""
    console = Console(file=stream, width=WIDTH + 20, highlight=False, markup=False, emoji=False)
    for text, style in run_lines(record, files=files, verbose=verbose, elapsed_ms=elapsed_ms):
        console.print(Text(masker.text(text).rstrip(), style=style), soft_wrap=True)


def run_lines(
    record: RunRecord,
    *,
    files: Sequence[Path] = (),
    verbose: int = 0,
    elapsed_ms: float | None = None,
) -> Iterator[Line]:
    """Lines of the whole report, top to bottom."""
    yield from _head(record)
    for group in groups(record):
        if group.suite != "coverage":
            yield ("", "")
            yield from _group_lines(record, group, verbose)
    yield from _coverage_lines(record, verbose)
    yield ("", "")
    yield from _end_lines(record, files, elapsed_ms)


def _head(record: RunRecord) -> Iterator[Line]:
    for reader in record.run.readers:
        facts = [_("profile {name}").format(name=reader.get("profile") or "-")]
        facts += [f"{_(key)} {value}" for key, value in reader.items() if key not in _NO_FACT]
        if reader.get("kind") == "virtual":
            facts.append(_("state changes and own test keys are implied"))
        name = reader.get("name", "")
        yield (name, "bold")
        yield from _packed(facts, "  ")
    short = [(name, value) for name, value in conditions(record) if 0 < len(value) <= _SHORT]
    yield from _packed([f"{_(name)}: {_(value)}" for name, value in short], "")


def _packed(words: Sequence[str], margin: str, style: str = "") -> Iterator[Line]:
    for line in packed(words, "   ", WIDTH - cell_width(margin)):
        yield (margin + line, style)


def _group_lines(record: RunRecord, group: Group, verbose: int) -> Iterator[Line]:
    virtual = is_virtual(record, group.reader)
    label = {"reader": _("Reader"), "card": _("Card"), "coverage": _("Coverage"), "host": _("Host")}
    subject = subject_of(record, group)
    what = subject.label if subject else group.subject
    if subject is not None and subject.pan:
        what += f", PAN {subject.pan}"
    if group.reader and group.reader not in what and group.suite != "reader":
        what += _(" in {reader}").format(reader=group.reader)
    title = pad(label.get(group.suite, group.suite), _LABEL) + what
    right = f"{group.verdict.value:<8}{milliseconds(group.elapsed_ms):>9}"
    lines = wrap(title, WIDTH - 19)
    yield (columns(lines[0], right), f"bold {STYLES[group.verdict]}")
    for more in lines[1:]:
        yield (" " * _LABEL + more, "bold")
    said = statement(group, virtual=virtual)
    if said:
        yield from _plain(said, " " * _LABEL)
    for result in group.results:
        yield from _result_lines(result, verbose)
    yield from _skip_lines(group, verbose)
    swap = swap_test(group, virtual=virtual)
    if swap:
        yield from _plain(swap, " " * _LABEL)


def _plain(text: str, first: str, style: str = "") -> Iterator[Line]:
    for line in indented(text, first):
        yield (line, style)


def _result_lines(result: CheckResult, verbose: int) -> Iterator[Line]:
    shown = result.verdict in _LISTED or bool(result.advice and result.verdict is Verdict.PASS)
    values = [_measured(item) for item in result.measurements]
    if not (shown or verbose or values) or (result.verdict is Verdict.SKIP and not verbose):
        return
    first = f"  {result.verdict.value:<8}{pad(result.id, 7)} "
    margin = " " * cell_width(first)
    title = _(result.title)
    if shown or verbose:
        text = f"{title}: {result.message}" if result.message else title
        if result.reason is not None:
            text += f" ({_(result.reason.value)})"
        yield from _plain(text, first, STYLES[result.verdict])
        yield from _packed(values, margin)
    else:
        head, *rest = packed([f"{title}:", *values], "  ", WIDTH - cell_width(margin))
        yield (first + head, STYLES[result.verdict])
        for line in rest:
            yield (margin + line, "")
    if result.verdict in _LISTED:
        for evidence in result.evidence:
            yield from _plain(evidence.text, margin)
        for spec in result.spec:
            yield from _plain(str(spec), margin, "dim")
    if result.advice:
        yield from _plain(result.advice, margin + "-> ")


def _measured(measurement: Measurement) -> str:
    text = f"{_(measurement.name)} {measured(measurement)}"
    if measurement.within:
        return text
    return text + _(" (limit {limit})").format(limit=limits(measurement))


def _skip_lines(group: Group, verbose: int) -> Iterator[Line]:
    reasons = skips(group.results)
    if not reasons or verbose:
        return
    total = sum(count for _reason, count in reasons)
    text = " · ".join(f"{count} {_(reason.value)}" for reason, count in reasons)
    yield from _plain(text, f"  {Verdict.SKIP.value:<8}{total:<8} ", STYLES[Verdict.SKIP])


def _coverage_lines(record: RunRecord, verbose: int) -> Iterator[Line]:
    rows = record.coverage.rows
    results = [result for result in record.results if result.suite == "coverage"]
    if not rows and not results:
        return
    verdict = worst(result.verdict for result in results)
    required = [row for row in rows if row.state != "not-required"]
    text = _("{done} of {required} required card types completed a transaction").format(
        done=sum(row.state == "accepted" for row in required), required=len(required)
    )
    yield ("", "")
    title = pad(_("Coverage"), _LABEL) + text
    yield (columns(title, f"{verdict.value:<17}"), f"bold {STYLES[verdict]}")
    for row in rows:
        name = f"{row.type} {row.interface}, {row.reader}" + (f": {row.note}" if row.note else "")
        yield from _plain(name, f"  {pad(_(_STATES.get(row.state, row.state)), 14)} ")
    for result in results:
        if result.verdict in _LISTED or verbose:
            yield from _result_lines(result, verbose)
    yield from _plain(
        _("decided by the harness's kernel under this terminal configuration, not by a terminal"),
        " " * _LABEL,
    )


def _end_lines(
    record: RunRecord, files: Sequence[Path], elapsed_ms: float | None
) -> Iterator[Line]:
    if record.interrupted:
        yield (_("interrupted: this is what was done until then"), "bold magenta")
    count = record.totals
    verdict = worst(record.verdicts)
    parts = [f"{count[item.value]} {_(item.value.lower())}" for item in Verdict]
    right = milliseconds(elapsed_ms) if elapsed_ms is not None else ""
    head = _("nothing ran") if verdict is Verdict.SKIP else verdict.value
    yield (
        columns(f"{pad(head, 8)}" + "   ".join(parts), right).rstrip(),
        f"bold {STYLES[verdict]}",
    )
    if len(record.results) == 0:
        yield (_("no check was run"), "yellow")
    for file in files:
        yield (f"{pad(_('report'), 8)}{file}", "")
    for name, value in conditions(record):
        if len(value) > _SHORT:
            yield from _plain(f"{_(name)}: {value}", "", "dim")
    for line in wrap(_(NOTICE), WIDTH):
        yield (line, "dim")
