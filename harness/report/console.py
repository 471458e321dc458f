"""The run on a terminal: verdicts at the left edge, what failed, measurements, totals, files.

Nothing is said by colour alone, and nothing is wider than 100 columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.text import Text

from harness.core.i18n import _
from harness.core.masking import Masker
from harness.core.typeset import colon, typeset
from harness.core.verdict import Verdict, worst
from harness.records.run import RunRecord
from harness.report.console_cards import card_lines, collapsible, coverage_lines
from harness.report.console_lines import (
    LABEL,
    STYLES,
    Line,
    packed_lines,
    plain,
    result_lines,
    skip_lines,
    without_routine,
)
from harness.report.layout import WIDTH, columns, milliseconds, pad, wrap
from harness.report.localised import localised
from harness.report.summary import (
    NOTICE,
    Group,
    conditions,
    groups,
    is_virtual,
    statement,
    subject_of,
    swap_test,
    three_words,
)

_NO_FACT = ("name", "kind", "profile", "image")
_SHORT = 40
"""Conditions in more words (what is out of scope) come at the end."""


class _Console(Console):
    """rich would end the process with 1, which means that a check failed."""

    def on_broken_pipe(self) -> None:
        """Nobody reads any more: the error boundary says so with the exit code for it."""
        raise BrokenPipeError


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
    console = _Console(file=stream, width=WIDTH + 20, highlight=False, markup=False, emoji=False)
    shown = localised(record)
    for text, style in run_lines(shown, files=files, verbose=verbose, elapsed_ms=elapsed_ms):
        console.print(Text(typeset(masker.text(text)).rstrip(), style=style), soft_wrap=True)


def run_lines(
    record: RunRecord,
    *,
    files: Sequence[Path] = (),
    verbose: int = 0,
    elapsed_ms: float | None = None,
) -> Iterator[Line]:
    """Lines of the whole report, top to bottom."""
    yield from _head(record)
    found = [group for group in groups(record) if group.suite != "coverage"]
    collapsed = [] if verbose else collapsible(found)
    for group in found:
        if group not in collapsed:
            yield ("", "")
            yield from _group_lines(record, group, verbose)
        elif group is collapsed[0]:
            yield from card_lines(record, collapsed)
    yield from coverage_lines(record, verbose)
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
        yield from packed_lines(facts, "  ")
    short = [(name, value) for name, value in conditions(record) if 0 < len(value) <= _SHORT]
    yield from packed_lines([f"{_(name)}{colon()}{_(value)}" for name, value in short], "")


def _group_lines(record: RunRecord, group: Group, verbose: int) -> Iterator[Line]:
    virtual = is_virtual(record, group.reader)
    label = {"reader": _("Reader"), "card": _("Card"), "coverage": _("Coverage"), "host": _("Host")}
    subject = subject_of(record, group)
    what = subject.label if subject else group.subject
    if subject is not None and subject.pan:
        what += f", PAN {subject.pan}"
    if group.reader and group.reader not in what and group.suite != "reader":
        what += _(" in {reader}").format(reader=group.reader)
    title = pad(label.get(group.suite, group.suite), LABEL) + what
    right = f"{group.verdict.value:<8}{milliseconds(group.elapsed_ms):>9}"
    lines = wrap(title, WIDTH - 19)
    yield (columns(lines[0], right), f"bold {STYLES[group.verdict]}")
    for more in lines[1:]:
        yield (" " * LABEL + more, "bold")
    said = statement(group, virtual=virtual)
    if said:
        yield from plain(said, " " * LABEL)
    for word, text in three_words(group):
        yield from plain(f"{word}: {text}", " " * LABEL)
    shown, left_out = (group.results, 0) if verbose else without_routine(group.results)
    for result in shown:
        yield from result_lines(result, verbose)
    if left_out:
        text = _("{count} more measured and passed, listed with -v").format(count=left_out)
        yield from plain(text, f"  {Verdict.PASS.value:<8}{left_out:<8} ", STYLES[Verdict.PASS])
    yield from skip_lines(group, verbose)
    swap = swap_test(group, virtual=virtual)
    if swap:
        yield from plain(swap, " " * LABEL)


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
            yield from plain(f"{_(name)}{colon()}{value}", "", "dim")
    for line in wrap(_(NOTICE), WIDTH):
        yield (line, "dim")
