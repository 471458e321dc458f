"""Runs one registered check and puts its finding into a ``CheckResult``.

Who is at fault when the way to the card breaks while a check runs (documented in docs/checks.md):

- no answer before the deadline: TIMEOUT, cause not established;
- the card went away, was reset by somebody, or stayed mute: FAIL with the swap test as advice,
  because card, contacts, reader and driver cannot be told apart over PC/SC;
- no card, no reader, no service, a reader held by another process: ERROR, the bench's fault;
- anything else that a check raises is a defect of the harness: ERROR.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.checks.advice import advice_for
from harness.checks.card.reading import SWAP
from harness.checks.finding import Finding, Unjudged, not_examined
from harness.checks.registry import CheckDef
from harness.core.clock import Clock
from harness.core.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    ConfigError,
    ConfigErrors,
    HarnessError,
    LinkError,
    LinkTimeout,
    NoCard,
    NoReader,
    ServiceDown,
    SharingViolation,
)
from harness.core.i18n import _
from harness.core.verdict import Verdict
from harness.records.result import CheckResult, Evidence

BENCH_ERRORS = (NoCard, NoReader, ServiceDown, SharingViolation)


def finding_of(error: LinkError, during: str = "", exchange: int | None = None) -> Finding:
    """The finding for a link that failed while ``during`` (``READ RECORD SFI 1 record 2``)."""
    seen = (Evidence(during, exchange),) if during else ()
    if isinstance(error, LinkTimeout):
        return timed_out(error.deadline_s, during, exchange)
    if isinstance(error, BENCH_ERRORS):
        return Finding(Verdict.ERROR, _at(error.what, during), advice=error.todo, evidence=seen)
    advice = _(SWAP) if isinstance(error, CardRemoved | CardReset | CardMute) else error.todo
    return Finding(Verdict.FAIL, _at(error.what, during), advice=advice or _(SWAP), evidence=seen)


def timed_out(deadline_s: float, during: str = "", exchange: int | None = None) -> Finding:
    """``no answer in 5,000 ms to READ RECORD SFI 1 record 2; cause not established``."""
    ms = f"{deadline_s * 1000:,.0f}"
    if during:
        message = _("no answer in {ms} ms to {command}; cause not established").format(
            ms=ms, command=during
        )
    else:
        message = _("no answer in {ms} ms; cause not established").format(ms=ms)
    return Finding(
        Verdict.TIMEOUT,
        message,
        advice=_(SWAP),
        evidence=(Evidence(during, exchange),) if during else (),
    )


def _at(what: str, during: str) -> str:
    return _("{what}, at {command}").format(what=what, command=during) if during else what


def defect(error: Exception) -> Finding:
    """The finding for a check that broke: our fault, never the device's."""
    what = error.what if isinstance(error, HarnessError) else str(error)
    return Finding(
        Verdict.ERROR,
        _("the check itself failed: {kind}: {what}").format(kind=type(error).__name__, what=what),
        advice=_("a defect of the harness: report it with the report of this run"),
    )


def unplayable(error: ConfigError) -> Finding:
    """The finding for a card that could not be made from its image: the bench's fault."""
    problems = error.problems if isinstance(error, ConfigErrors) else []
    said = [error.what, *(f"{key}: {text}" for key, text in problems)]
    message = "; ".join(said) + (f" ({error.where})" if error.where else "")
    return Finding(Verdict.ERROR, message, advice=error.todo)


def judge(
    entry: CheckDef,
    call: Callable[[], Finding],
    clock: Clock,
    *,
    subject: str,
    reader: str,
    during: Callable[[], tuple[str, int | None]] | None = None,
) -> CheckResult:
    """Call the check and record what it found. ``during`` names the command that was under way
    when the link failed. Never raises but for KeyboardInterrupt."""
    started = clock.monotonic()
    try:
        finding = call()
    except LinkError as error:
        label, index = during() if during is not None else ("", None)
        finding = finding_of(error, label, index)
    except Unjudged as stopped:
        finding = stopped.finding
    except Exception as error:  # noqa: BLE001 - outer boundary: one broken check ends one check
        finding = defect(error)
    return result_of(entry, finding, subject, reader, (clock.monotonic() - started) * 1000)


def result_of(
    entry: CheckDef, finding: Finding, subject: str, reader: str, elapsed_ms: float = 0.0
) -> CheckResult:
    """A finding beside the id, title and rule of its check."""
    return CheckResult(
        id=entry.id,
        title=_(entry.title),
        verdict=finding.verdict,
        suite=entry.suite,
        subject=subject,
        reader=reader,
        spec=entry.spec,
        message=finding.message,
        advice=advice_for(entry.suite, entry.id, finding),
        reason=finding.reason,
        measurements=finding.measurements,
        evidence=finding.evidence,
        elapsed_ms=elapsed_ms,
        samples=finding.samples,
    )


def missing_data(entry: CheckDef, get: Callable[[int], Any], complete: bool) -> Finding | None:
    """Why a check cannot be run on what was read, or None when it can.

    Data that were not read: "not examined". Data that a completely read card does not have:
    "not applicable". Never FAIL.
    """
    from harness.checks.finding import not_applicable

    missing = [f"{tag:02X}" for tag in entry.reads if get(tag) is None]
    names = ", ".join(missing)
    if missing and complete:
        return not_applicable(_("{tags} is not on the card").format(tags=names))
    if missing:
        return not_examined(_("{tags} was not read").format(tags=names))
    if entry.judges_absence and not complete:
        return not_examined(_("the card was not read completely"))
    return None
