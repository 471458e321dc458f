"""What a real terminal's log shows, beside the matrix and never in it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.campaign.evidence import seen, unknown_aids
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.records.run import RunRecord
from harness.report.console_lines import LABEL, Line, plain
from harness.report.layout import pad

NOTICE = N_(
    "what a terminal's log shows stands beside the harness's own results and changes none of them"
)


@dataclass(frozen=True, slots=True)
class TerminalState:
    """One card type over one interface in the logs: ``state`` is seen-approved, seen or not-seen
    (there is no "refused": a log shows one transaction, not a rule)."""

    type: str
    interface: str
    state: str
    count: int
    approved: int
    text: str


def terminal_states(record: RunRecord) -> list[TerminalState]:
    """One for each row of the matrix, then one for each other type that the logs have; none
    without a log."""
    rows = record.coverage.evidence
    if not rows:
        return []
    wanted = [(row.type, row.interface) for row in record.coverage.rows]
    wanted += [(name, row.interface) for row in rows for name in row.types if row.interface]
    found = []
    for name, interface in dict.fromkeys(wanted):
        one = seen(rows, name, interface)
        if one is None:
            found.append(TerminalState(name, interface, "not-seen", 0, 0, ""))
            continue
        state = "seen-approved" if one.approved else "seen"
        others = len(one.example.types) - 1
        text = one.example.text
        if others:
            text += _(" (its AID does not tell {n} types apart)").format(n=others + 1)
        found.append(TerminalState(name, interface, state, one.count, one.approved, text))
    return found


def terminal_lines(record: RunRecord) -> Iterator[Line]:
    """The logs on a terminal: a line a type that was seen, the others by name."""
    states = terminal_states(record)
    if not states:
        return
    label = f"  {pad(_('terminal log'), 14)} "
    for one in states:
        if one.state == "not-seen":
            continue
        text = _("{type} {interface}: {count} in the log, {approved} approved; {text}").format(
            type=one.type,
            interface=one.interface,
            count=one.count,
            approved=one.approved,
            text=one.text,
        )
        yield from plain(text, label)
    missing = [f"{one.type} {one.interface}" for one in states if one.state == "not-seen"]
    if missing:
        yield from plain(_("not in the log: {types}").format(types=", ".join(missing)), label)
    for aid, name in unknown_aids(record.coverage.evidence).items():
        text = _("{aid} in the log is no known card type (--card-types); {provider}").format(
            aid=aid, provider=name
        )
        yield from plain(text, label)
    silent = sum(not row.aid for row in record.coverage.evidence)
    if silent:
        text = _("{n} transactions name no AID (84, 4F, 9F06): they count for no type")
        yield from plain(text.format(n=silent), label)
    nowhere = sum(bool(row.types) and not row.interface for row in record.coverage.evidence)
    if nowhere:
        text = _("{n} transactions do not say their entry mode: they count for no interface")
        yield from plain(text.format(n=nowhere), label)
    yield from plain(_(NOTICE), " " * LABEL)
