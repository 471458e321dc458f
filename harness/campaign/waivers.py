"""Waivers: known failures that somebody answers for, until a day.

A waived result is WARN with the waiver's words, never PASS; on the day after ``until`` it is what
it was. Errors of the bench cannot be waived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import Verdict
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, read_toml
from harness.records.result import CheckResult


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted failure: check ``check`` on subjects that ``subject`` fits (``*`` is any text),
    in force up to and including the day ``until``."""

    check: str
    subject: str
    owner: str
    reason: str
    until: date


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers in ``path``. Raises ConfigError, ConfigErrors (every mistake with its key)."""
    top = Fields(read_toml(path))
    top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA)
    found = tuple(_waiver(item) for item in top.tables("waiver", REQUIRED))
    top.finish(_("the waivers have mistakes"), str(path))
    return found


def _waiver(item: Fields) -> Waiver:
    made = Waiver(
        check=item.text("check", REQUIRED, pattern=".+", shape=_("the id of a check")),
        subject=item.text("subject", "*"),
        owner=item.text("owner", REQUIRED, pattern=".+", shape=_("a name")),
        reason=item.text("reason", REQUIRED, pattern=".+", shape=_("a reason")),
        until=item.day("until", REQUIRED) or date.min,
    )
    item.done()
    return made


def waive(
    results: Iterable[CheckResult], waivers: Sequence[Waiver], today: date
) -> list[CheckResult]:
    """``results`` with each FAIL and TIMEOUT that a waiver in force covers as WARN, and with a
    word about one that ran out."""
    return [_waived(result, waivers, today) for result in results]


def _waived(result: CheckResult, waivers: Sequence[Waiver], today: date) -> CheckResult:
    if result.verdict not in (Verdict.FAIL, Verdict.TIMEOUT):
        return result
    fitting = [
        waiver
        for waiver in waivers
        if waiver.check == result.id and fnmatchcase(result.subject, waiver.subject)
    ]
    if not fitting:
        return result
    last = max(fitting, key=lambda waiver: waiver.until)
    words = {"until": last.until, "owner": last.owner, "reason": last.reason}
    if last.until < today:
        said = _("the waiver of {owner} ran out on {until}").format(**words)
        return replace(result, message=f"{result.message} ({said})")
    said = _("waived until {until} by {owner}: {reason}").format(**words)
    return replace(result, verdict=Verdict.WARN, message=f"{said} · {result.message}")
