"""Many cards on a terminal: a line for each that passed, or only their names, and the coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.i18n import N_, _, ngettext
from harness.core.typeset import colon
from harness.core.verdict import WORST_FIRST, SkipReason, Verdict, worst
from harness.records.result import CheckResult
from harness.records.run import CoverageRow, RunRecord
from harness.report.console_lines import (
    LABEL,
    LISTED,
    STYLES,
    Line,
    plain,
    result_lines,
)
from harness.report.layout import cell_width, columns, milliseconds, pad
from harness.report.summary import Group, slot_of, statement, subject_of
from harness.report.terminal_log import terminal_lines

_BAD = (Verdict.ERROR, Verdict.FAIL, Verdict.TIMEOUT)
LINES = 16
"""More cards than this have only their names listed."""
ROWS = 8
"""More card types in one state than this are counted, not listed."""

_STATES = {
    "accepted": N_("completed"),
    "rejected": N_("rejected"),
    "not-tried": N_("not tried"),
    "not-required": N_("not required"),
}


def collapsible(groups: Sequence[Group]) -> list[Group]:
    """Cards that need no lines of their own: those that passed; where there are many, those that
    had no worse than a warning; where many failed, all. None when it is only one."""
    cards = [group for group in groups if group.suite == "card"]
    enough: tuple[Verdict, ...] = (Verdict.PASS,)
    if len(cards) > LINES:
        enough = (Verdict.PASS, Verdict.WARN)
        if sum(group.verdict in _BAD for group in cards) > LINES:
            enough = tuple(Verdict)
    found = [group for group in cards if group.verdict in enough]
    return found if len(found) > 1 else []


def card_lines(record: RunRecord, cards: Sequence[Group]) -> Iterator[Line]:
    """These cards, by the place that they were in, and what stands out on which of them."""
    slots: dict[str, list[Group]] = {}
    for card in cards:
        slots.setdefault(slot_of(record, card.reader), []).append(card)
    for slot, found in slots.items():
        whole = Group("card", "", slot, tuple(r for card in found for r in card.results))
        yield ("", "")
        count = len(found)
        title = ngettext("{count} card in {slot}", "{count} cards in {slot}", count)
        left = pad(_("Cards"), LABEL) + title.format(count=count, slot=slot)
        right = f"{whole.verdict.value:<8}{milliseconds(whole.elapsed_ms):>9}"
        yield (columns(left, right), f"bold {STYLES[whole.verdict]}")
        yield from plain(statement(whole, virtual=False), " " * LABEL)
        if len(cards) > LINES:
            yield from _standing_out(found)
            names = ", ".join(card.subject for card in found if card.verdict is Verdict.PASS)
            if names:
                yield from plain(names, f"  {Verdict.PASS.value:<8}", STYLES[Verdict.PASS])
        else:
            yield from _one_line_each(record, found)


def _standing_out(cards: Sequence[Group]) -> Iterator[Line]:
    """One entry a check and verdict that is no PASS, with an example and the cards."""
    found: dict[tuple[Verdict, str], list[CheckResult]] = {}
    for card in cards:
        for result in card.results:
            if result.verdict in LISTED:
                found.setdefault((result.verdict, result.id), []).append(result)
    for (verdict, name), results in sorted(
        found.items(), key=lambda item: (WORST_FIRST.index(item[0][0]), item[0][1])
    ):
        first = f"  {verdict.value:<8}{pad(name, 7)} "
        margin = " " * len(first)
        text = f"{_(results[0].title)}{colon()}{results[0].message}"
        yield from plain(text, first, STYLES[verdict])
        if len(results) > 1:
            names = ", ".join(result.subject for result in results)
            text = _("so or alike on {count} cards: {names}")
            yield from plain(text.format(count=len(results), names=names), margin)
        else:
            yield from plain(results[0].subject, margin)
        advice = next((result.advice for result in results if result.advice), "")
        if advice:
            yield from plain(advice, margin + "-> ")


def _one_line_each(record: RunRecord, cards: Sequence[Group]) -> Iterator[Line]:
    found = [(card, subject_of(record, card)) for card in cards]
    names = [(subject.known_as if subject else "") or card.subject for card, subject in found]
    wide = max(cell_width(name) for name in names)
    for name, (card, subject) in zip(names, found, strict=True):
        pan = subject.pan if subject is not None else ""
        done = [r for r in card.results if r.verdict is not Verdict.SKIP]
        meant = [r for r in card.results if r.reason is not SkipReason.NOT_APPLICABLE]
        said = _("{examined} of {applicable} applicable checks").format(
            examined=len(done), applicable=len(meant)
        )
        left = f"  {Verdict.PASS.value:<8}{pad(name, wide)}  {pad(pan, 19)}  {said}"
        yield (columns(left, milliseconds(card.elapsed_ms)), STYLES[Verdict.PASS])


def coverage_lines(record: RunRecord, verbose: int) -> Iterator[Line]:
    """How many of the required card types completed a transaction, and which did not."""
    results = [result for result in record.results if result.suite == "coverage"]
    if not record.coverage.rows and not results:
        return
    required = [r for r in results if r.id != "COV" and ":" not in r.id]
    done = sum(result.verdict is Verdict.PASS for result in required)
    text = _("no card type was required")
    if required:
        text = _("{done} of {required} required card types completed a transaction").format(
            done=done, required=len(required)
        )
    verdict = worst(result.verdict for result in results)
    yield ("", "")
    title = pad(_("Coverage"), LABEL) + text
    yield (columns(title, f"{verdict.value:<17}"), f"bold {STYLES[verdict]}")
    for state, word in _STATES.items():
        rows = [row for row in record.coverage.rows if row.state == state]
        yield from _state_lines(rows, f"  {pad(_(word), 14)} ", verbose)
    generic = sum(row.basis == "generic" for row in record.coverage.rows if row.state == "accepted")
    if generic:
        text = _("{n} of those completed with a generic image, made from the books alone")
        yield from plain(text.format(n=generic), " " * LABEL)
    for result in results:
        # A required type that failed has its line above, with the reason.
        if verbose or (result.verdict in LISTED and result not in required):
            yield from result_lines(result, verbose)
    yield from _feature_lines(record)
    yield from plain(
        _("decided by the harness's kernel under this terminal configuration, not by a terminal"),
        " " * LABEL,
    )
    yield from terminal_lines(record)


def _feature_lines(record: RunRecord) -> Iterator[Line]:
    """EMV features that were met and were not, by group, and which card would add most."""
    names = {
        "oda": N_("authentication"),
        "cvm": N_("CVM"),
        "type": N_("transactions"),
        "outcome": N_("outcomes"),
    }
    rows = record.coverage.features
    for group, word in names.items():
        met = [row.name for row in rows if row.group == group and row.met]
        missing = [
            row.name for row in rows if row.group == group and not row.met and "@" not in row.id
        ]
        away = [row for row in rows if row.group == group and "@" in row.id]
        if met:
            text = _("met {met}").format(met=", ".join(met))
            if missing:
                text += _("; not met {missing}").format(missing=", ".join(missing))
            if away and not any(row.cards for row in away):
                text += _("; contactless: none, the run has no such path")
            yield from plain(text, f"  {pad(_(word), 14)} ")
    for one in record.coverage.unknown:
        text = _("{aid}, {provider}; on {cards}").format(
            aid=one.aid, provider=one.provider, cards=", ".join(one.cards[:ROWS])
        )
        yield from plain(text, f"  {pad(_('unknown AID'), 14)} ")
    if record.coverage.unknown:
        text = _("to count it: emv-harness card types --for {aid} > mine.toml, then --card-types")
        yield from plain(text.format(aid=record.coverage.unknown[0].aid), " " * LABEL + "-> ")
    bits = [row for row in rows if row.group == "tvr"]
    if any(row.met for row in bits):
        count = sum(row.met for row in bits)
        text = _("{count} of {all} bits set in some transaction").format(count=count, all=len(bits))
        yield from plain(text, f"  {pad('TVR', 14)} ")
    if record.coverage.most:
        text = _("the card that would add most: {card}").format(card=record.coverage.most)
        yield from plain(text, " " * LABEL)


def kinds(row: CoverageRow) -> str:
    """``goods completed, cash rejected``: each type of transaction that was wanted."""
    return ", ".join(f"{_(kind)} {_(_STATES[state])}" for kind, state in row.transactions)


def _state_lines(rows: Sequence[CoverageRow], label: str, verbose: int) -> Iterator[Line]:
    """Rows of one state: each with what happened, or where they are many and nothing is amiss,
    their number by reader."""
    amiss = any(row.state in ("rejected", "not-tried") for row in rows)
    if len(rows) <= ROWS or amiss or verbose:
        for row in rows:
            name = f"{row.type} {row.interface}, {row.reader}" + (
                f": {row.note}" if row.note else ""
            )
            if len(row.transactions) > 1:
                name += f" [{kinds(row)}]"
            yield from plain(name, label)
        return
    for reader in dict.fromkeys(row.reader for row in rows):
        text = _("{count} card types in {slot}, listed with -v and in the report")
        count = sum(row.reader == reader for row in rows)
        yield from plain(text.format(count=count, slot=reader), label)
