"""The run as one self-contained HTML page: no scripts, no outside resources, texts escaped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.core.i18n import _, language
from harness.core.masking import Masker
from harness.core.plain import dataclass
from harness.core.retranslate import said
from harness.core.verdict import WORST_FIRST, Verdict, worst
from harness.records.exchange import Exchange
from harness.records.result import CheckResult
from harness.records.run import CoverageRow, RunRecord, Trace
from harness.report.exchanges import ShownExchange, TraceReader
from harness.report.histogram import Latency, latencies
from harness.report.layout import milliseconds
from harness.report.localised import localised
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
    three_words,
)
from harness.report.terminal_log import NOTICE as LOG_NOTICE
from harness.report.terminal_log import TerminalState, terminal_states

_PASS = Verdict.PASS
MAX_EXCHANGES = 250
"""A length sweep has thousands of exchanges; all of them are in the JSON report."""

MANY = 16
"""Of more sections than this, those that passed are told in brief, and of more sessions only what
stands out and the first few are shown."""

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class Section:
    """One group of results with what the page says about it."""

    group: Group
    title: str
    about: str
    statement: str
    swap: str
    words: str
    skips: str
    anchor: str
    brief: bool = False

    @property
    def ran(self) -> tuple[CheckResult, ...]:
        """What was judged, the worst first, else in the order of the run."""
        judged = [r for r in self.group.results if r.verdict is not Verdict.SKIP]
        return tuple(sorted(judged, key=lambda r: WORST_FIRST.index(r.verdict)))

    @property
    def skipped(self) -> tuple[CheckResult, ...]:
        """What was not judged."""
        return tuple(r for r in self.group.results if r.verdict is Verdict.SKIP)


@dataclass(frozen=True, slots=True)
class TraceView:
    """One session; ``left_out`` exchanges are not shown."""

    trace: Trace
    rows: tuple[tuple[Exchange, ShownExchange], ...]
    left_out: int
    failed: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Card types by reader; a missing cell is None."""

    readers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[CoverageRow | None, ...]], ...]
    kinds: tuple[str, ...] = ()
    done: str = ""
    amiss: bool = False
    terminal: tuple[tuple[str, TerminalState], ...] = ()
    required: frozenset[str] = frozenset()

    def logged(self, name: str) -> TerminalState | None:
        """What a terminal's log shows of the row ``name``."""
        return dict(self.terminal).get(name)


def html_page(record: RunRecord, masker: Masker) -> str:
    """``record`` as an HTML document; every text in it is masked by ``masker`` and escaped."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: masker.text(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ms"] = milliseconds
    environment.filters["said"] = said
    page = environment.get_template("run.html.j2").render(_values(localised(record), masker))
    return masker.text(page)


def _values(record: RunRecord, masker: Masker) -> dict[str, Any]:
    return {
        "_": _,
        "language": language(),
        "record": record,
        "run": record.run,
        "verdict": worst(record.verdicts),
        "verdicts": list(Verdict),
        "totals": record.totals,
        "conditions": conditions(record),
        "sections": _sections(record),
        "standouts": standouts(record),
        "measured": measured,
        "limits": limits,
        "matrix": matrix(record),
        "latencies": [(item, _svg(item)) for item in latencies(record)],
        "traces": [_trace(trace, mask=masker.enabled) for trace in shown_traces(record)],
        "traces_left_out": len(record.traces) - len(shown_traces(record)),
        "many": MANY,
        "many_rows": MAX_EXCHANGES,
        "log_notice": LOG_NOTICE,
        "notice": _(NOTICE),
        "masked": masker.enabled,
    }


def _sections(record: RunRecord) -> list[Section]:
    made = [_section(record, group, n) for n, group in enumerate(groups(record))]
    if len(made) <= MANY:
        return made
    return [
        replace(section, brief=section.group.suite == "card" and section.group.verdict is _PASS)
        for section in made
    ]


def shown_traces(record: RunRecord) -> list[Trace]:
    """Sessions that the page shows: all, or where they are many, those in which something stands
    out, filled up with the first ones."""
    if len(record.traces) <= MANY:
        return list(record.traces)
    odd = {result.reader for result in standouts(record)}
    chosen = [trace for trace in record.traces if trace.reader in odd][:MANY]
    for trace in record.traces:
        if len(chosen) >= MANY:
            break
        if trace not in chosen:
            chosen.append(trace)
    return [trace for trace in record.traces if trace in chosen]


def standouts(record: RunRecord) -> list[CheckResult]:
    """Everything but PASS and SKIP, the worst first."""
    found = [r for r in record.results if r.verdict not in (Verdict.PASS, Verdict.SKIP)]
    return sorted(found, key=lambda r: WORST_FIRST.index(r.verdict))


def _svg(latency: Latency) -> Markup:
    # Built by our own code from numbers only: there is nothing in it to escape.
    return Markup(latency.svg)  # noqa: S704


def _section(record: RunRecord, group: Group, number: int) -> Section:
    virtual = is_virtual(record, group.reader)
    subject = subject_of(record, group)
    about = []
    if subject is not None:
        about = [
            subject.label if subject.label != group.subject else "",
            f"PAN {subject.pan}" if subject.pan else "",
            f"ATR {subject.atr}" if subject.atr else "",
        ]
    names = {"reader": _("Reader"), "card": _("Card"), "coverage": _("Coverage"), "host": _("Host")}
    where = " · ".join(dict.fromkeys(part for part in (group.subject, group.reader) if part))
    return Section(
        group=group,
        title=f"{names.get(group.suite, group.suite)} · {where}",
        about=" · ".join(part for part in about if part),
        statement=statement(group, virtual=virtual),
        swap=swap_test(group, virtual=virtual),
        words=" · ".join(f"{word}: {text}" for word, text in three_words(group)),
        skips=" · ".join(f"{count} {_(reason.value)}" for reason, count in skips(group.results)),
        anchor=f"group-{number}",
    )


def matrix(record: RunRecord) -> Matrix:
    """The coverage rows as a table: card type and interface down, readers across."""
    readers = tuple(dict.fromkeys(row.reader for row in record.coverage.rows))
    cells = {(f"{r.type} · {r.interface}", r.reader): r for r in record.coverage.rows}
    types = dict.fromkeys(name for name, _reader in cells)
    rows = [(name, tuple(cells.get((name, reader)) for reader in readers)) for name in types]
    count = sum(row.state == "accepted" for row in record.coverage.rows)
    done = _("{done} of {all} completed a transaction").format(
        done=count, all=len(record.coverage.rows)
    )
    amiss = any(row.state in ("rejected", "not-tried") for row in record.coverage.rows)
    logged = tuple((f"{one.type} · {one.interface}", one) for one in terminal_states(record))
    asked = {row for row in record.coverage.rows if row.type in record.coverage.required}
    needed = frozenset(f"{row.type} · {row.interface}" for row in asked)
    names = [kind for row in record.coverage.rows for kind, _state in row.transactions]
    kinds = tuple(dict.fromkeys(names))
    return Matrix(
        readers, tuple(rows), kinds if len(kinds) > 1 else (), done, amiss, logged, needed
    )


def _trace(trace: Trace, *, mask: bool) -> TraceView:
    reader = TraceReader(mask=mask)
    shown = trace.exchanges[:MAX_EXCHANGES]
    rows = tuple((exchange, reader.read(exchange)) for exchange in shown)
    failed = sum(exchange.response is None for exchange in trace.exchanges)
    return TraceView(trace, rows, len(trace.exchanges) - len(shown), failed)
