"""What a run says in sentences: groups of results, their verdict, and the words of rule 18."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.checks.card.words import READ_THROUGH, standing
from harness.core.i18n import N_, _, ngettext
from harness.core.plain import dataclass
from harness.core.verdict import SkipReason, Verdict, worst
from harness.records.result import CheckResult, Measurement
from harness.records.run import RunRecord, Subject
from harness.report.layout import milliseconds

NOTICE = N_(
    "Not an EMVCo-qualified tool: this report gives no approval and replaces none. "
    "EMV is a registered trademark of EMVCo, LLC in the United States and other countries; "
    "other marks belong to their owners."
)

_SUITES = ("reader", "card", "coverage", "host")


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one suite on one subject in one reader."""

    suite: str
    subject: str
    reader: str
    results: tuple[CheckResult, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict in it: ERROR, FAIL, TIMEOUT, WARN, PASS, SKIP."""
        return worst(result.verdict for result in self.results)

    @property
    def elapsed_ms(self) -> float:
        """Time that its checks took."""
        return sum(result.elapsed_ms for result in self.results)


def groups(record: RunRecord) -> list[Group]:
    """Results by suite (reader, card, coverage, host), then in the order of the run.

    Coverage is one group a reader: its rows are about card types, not about a card.
    """
    found: dict[tuple[str, str, str], list[CheckResult]] = {}
    for result in record.results:
        subject = "" if result.suite == "coverage" else result.subject
        key = (result.suite, result.reader, subject)
        found.setdefault(key, []).append(result)
    ordered = sorted(found, key=lambda key: _SUITES.index(key[0]) if key[0] in _SUITES else 9)
    return [
        Group(suite, subject, reader, tuple(found[suite, reader, subject]))
        for suite, reader, subject in ordered
    ]


def subject_of(record: RunRecord, group: Group) -> Subject | None:
    """The card or reader that ``group`` is about, where the run describes it."""
    if not group.subject:
        return None
    for subject in record.subjects:
        if group.subject in (subject.id, subject.label) and subject.reader == group.reader:
            return subject
    return next(
        (subject for subject in record.subjects if group.subject in (subject.id, subject.label)),
        None,
    )


def statement(group: Group, *, virtual: bool) -> str:
    """What was observed, under which conditions, and nothing more."""
    bad = [r for r in group.results if r.verdict is Verdict.FAIL]
    silent = sum(r.verdict is Verdict.TIMEOUT for r in group.results)
    errors = sum(r.verdict is Verdict.ERROR for r in group.results)
    if not _examined(group):
        text = _("nothing was examined")
    elif group.suite == "reader":
        text = _reader_statement(len(bad), _examined(group), virtual=virtual)
    elif group.suite == "card":
        text = _card_statement(group, sum(one.id != READ_THROUGH for one in bad))
    else:
        text = ""
    if text and group.suite == "card" and any(one.id == READ_THROUGH for one in bad):
        text += "; " + _("the read-through failed ({id})").format(id=READ_THROUGH)
    if silent:
        more = ngettext(
            "{count} check ended without an answer",
            "{count} checks ended without an answer",
            silent,
        ).format(count=silent)
        text = f"{text}; {more}" if text else more
    if errors:
        more = ngettext(
            "{count} check could not be judged (error of the harness or the bench)",
            "{count} checks could not be judged (errors of the harness or the bench)",
            errors,
        ).format(count=errors)
        text = f"{text}; {more}" if text else more
    return text


def _examined(group: Group) -> int:
    return sum(r.verdict not in (Verdict.SKIP, Verdict.ERROR) for r in group.results)


def _reader_statement(bad: int, examined: int, *, virtual: bool) -> str:
    if bad:
        text = ngettext(
            "{count} fault observed in {examined} tests",
            "{count} faults observed in {examined} tests",
            bad,
        )
    else:
        text = _("no fault observed in {examined} tests")
    text = text.format(count=bad, examined=examined)
    if virtual:
        return text + _(" of the in-process path; no reader hardware was involved")
    return text + _(" over PC/SC; electrical, RF and block level not observable")


def _card_statement(group: Group, bad: int) -> str:
    applicable = [r for r in group.results if r.reason is not SkipReason.NOT_APPLICABLE]
    examined = _examined(group)
    if bad:
        text = ngettext(
            "{count} non-conformity in {examined} of {applicable} applicable checks",
            "{count} non-conformities in {examined} of {applicable} applicable checks",
            bad,
        )
    else:
        text = _("no non-conformity in {examined} of {applicable} applicable checks")
    rest = len(applicable) - examined
    if rest:
        text += _(", {rest} not examined")
    return text.format(count=bad, examined=examined, applicable=len(applicable), rest=rest)


def three_words(group: Group) -> list[tuple[str, str]]:
    """Well-formed, consistent, authentic: what the results of one card say to each, kept apart.
    Nothing for other groups, and for a card that was not examined."""
    if group.suite != "card" or not group.subject or not _examined(group):
        return []
    return [(_(word.value), text) for word, text in standing(group.results).items()]


def swap_test(group: Group, *, virtual: bool) -> str:
    """PC/SC cannot tell card from reader from driver: what to try after a FAIL. Empty else."""
    failed = any(r.verdict in (Verdict.FAIL, Verdict.TIMEOUT) for r in group.results)
    if virtual or not failed:
        return ""
    return _(
        "PC/SC cannot tell card from reader from driver: try this card in another reader, "
        "and another card in this one"
    )


def skips(results: Iterable[CheckResult]) -> list[tuple[SkipReason, int]]:
    """How many results were skipped for which reason, most frequent first."""
    count = Counter(result.reason for result in results if result.reason is not None)
    return count.most_common()


def is_virtual(record: RunRecord, reader: str) -> bool:
    """True when ``reader`` is an in-process virtual reader."""
    for facts in record.run.readers:
        if facts.get("name") == reader:
            return facts.get("kind") == "virtual"
    return reader.startswith("virtual")


def slot_of(record: RunRecord, reader: str) -> str:
    """The place that the card in ``reader`` was in: the virtual ones of a kind are one place."""
    kind = reader.partition(" ")[0]
    kinds = {facts.get("name"): facts.get("kind") for facts in record.run.readers}
    return kind if kinds.get(kind) in ("virtual", "vpcd") else reader


def conditions(record: RunRecord) -> list[tuple[str, str]]:
    """What was in force, as (name, value): the clock first, then as the run recorded it."""
    return [("clock", record.run.clock), *record.run.conditions.items()]


def measured(measurement: Measurement) -> str:
    """The value with its unit: times to three figures, truth as yes or no."""
    value = measurement.value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if measurement.unit == "ms" and not isinstance(value, str):
        return milliseconds(float(value))
    number = f"{value:.3g}" if isinstance(value, float) else _(str(value))
    return f"{number} {measurement.unit}".strip()


def limits(measurement: Measurement) -> str:
    """``1 to 25 ms``, ``<= 25 ms``, ``= 0``; empty where there are none."""
    low, high, unit = measurement.low, measurement.high, measurement.unit
    if low is None and high is None:
        return ""
    if high is None:
        span = f">= {low:g}"
    elif low is None:
        span = f"<= {high:g}"
    else:
        span = f"= {low:g}" if low == high else _("{low:g} to {high:g}").format(low=low, high=high)
    return f"{span} {unit}".strip()
