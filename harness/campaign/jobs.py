"""One suite on one reader, through the supervisor: retries after a hang, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

from harness.campaign.options import Progress
from harness.checks.card.replies import Reply, replies
from harness.checks.events import CheckStarted, Notice, SubjectSeen
from harness.checks.finding import Finding, not_examined
from harness.checks.judge import defect, finding_of, result_of, timed_out, unplayable
from harness.checks.registry import CheckDef, all_checks
from harness.core.errors import ConfigError, HarnessError, LinkError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.verdict import Verdict
from harness.link.api import LinkOptions
from harness.link.jobs import WHO_HOLDS
from harness.link.supervise import JobEnd, JobSpec, run_job
from harness.records.exchange import Exchange
from harness.records.result import CheckResult
from harness.records.run import Subject

MAX_HANGS = 3
"""A suite is taken up again after a hang, but not for ever."""

MakeOptions = Callable[[frozenset[str], int], object]
"""``make(done, hangs)``: the suite's options for the next try."""


class Interrupted(Exception):
    """Ctrl-C: carries nothing, what was done is with the ``SuiteJob``."""


def _every(_entry: CheckDef) -> bool:
    return True


@dataclass(slots=True)
class SuiteJob:
    """``function`` on the reader that ``selector`` means. ``results``, ``exchanges`` and
    ``subject`` grow while it runs and stay when it is interrupted. ``takes`` says which checks
    the job is about: only those are missed when it ends early."""

    function: str
    selector: str
    suite: str
    options: LinkOptions
    make: MakeOptions
    progress: Progress
    subject_id: str
    judged: bool = True
    takes: Callable[[CheckDef], bool] = _every
    results: list[CheckResult] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    subject: Subject | None = None
    _pending: CheckStarted | None = None
    _first: int = 0

    def run(self) -> Any:  # noqa: ANN401 - what the job function returns
        """The job's value, or None when it did not end by itself.

        Raises Interrupted.
        """
        for hangs in range(MAX_HANGS):
            end = self._once(hangs)
            self._keep(end)
            if end.kind == "interrupted":
                raise Interrupted
            if end.kind == "done":
                return end.value
            self._broken(end)
            if end.kind != "hung":
                break
            self._tell(Notice(_("a new worker takes over after no answer"), self.selector))
            # The card starts a new life with the worker: a fault that fires once has fired.
            self.options = replace(self.options, faults=_standing(self.options.faults))
        self._leave_rest(_("the job on this reader ended before"))
        return None

    def _once(self, hangs: int) -> JobEnd:
        done = frozenset(result.id for result in self.results)
        self._first = len(self.exchanges)
        spec = JobSpec(
            function=self.function,
            reader_selector=self.selector,
            options=self.options,
            kwargs={"options": self.make(done, hangs)},
        )
        return run_job(spec, self._event)

    def _event(self, event: object) -> None:
        if isinstance(event, CheckStarted):
            self._pending = event
        elif isinstance(event, CheckResult):
            event = self._placed(event)
            self.results.append(event)
            self._pending = None
        elif isinstance(event, SubjectSeen):
            self.subject = event.subject
            self.subject_id = event.subject.id
        self._tell(event)

    def _placed(self, result: CheckResult) -> CheckResult:
        """Its exchanges by the numbering of all tries; a worker begins with 0."""
        if not self._first:
            return result
        moved = tuple(
            one if one.exchange is None else replace(one, exchange=one.exchange + self._first)
            for one in result.evidence
        )
        return replace(result, evidence=moved)

    def _tell(self, event: object) -> None:
        self.progress(event)

    def _keep(self, end: JobEnd) -> None:
        """Exchanges of this try, numbered on; the supervisor's own power steps left out."""
        found = [*end.exchanges, *([end.in_flight] if end.in_flight is not None else [])]
        for exchange in found:
            if exchange.kind != "power":
                self.exchanges.append(replace(exchange, index=len(self.exchanges)))

    def _broken(self, end: JobEnd) -> None:
        """A result for the check under way when the worker hung or died."""
        entry = self._under_way()
        if entry is None:
            return
        if end.kind == "hung":
            finding = self._hung(end)
        elif isinstance(end.exception, LinkError):
            finding = finding_of(end.exception)
        elif isinstance(end.exception, ConfigError):
            finding = unplayable(end.exception)
        else:
            finding = defect(end.exception or HarnessError(end.error))
        self._add(entry, finding)

    def _hung(self, end: JobEnd) -> Finding:
        """What passed its deadline; where nothing did, in what way the worker was not done."""
        late = end.in_flight
        if late is None or not late.error:
            return Finding(Verdict.TIMEOUT, end.error, advice=_(WHO_HOLDS))
        if late.kind == "power":
            return timed_out(late.elapsed_ms / 1000, _("connect or power-down"))
        reply = next(iter(replies([late])), None)
        label = reply.label if isinstance(reply, Reply) else _("a reset")
        return timed_out(late.elapsed_ms / 1000, label, len(self.exchanges) - 1)

    def _under_way(self) -> CheckDef | None:
        """The check that had begun, else the first that was not judged."""
        done = {result.id for result in self.results}
        known = all_checks(self.suite)
        entries = [entry for entry in known if entry.id not in done and self.takes(entry)]
        if self._pending is not None:
            wanted = self._pending.id
            self._pending = None
            return next((entry for entry in entries if entry.id == wanted), None)
        return entries[0] if entries else None

    def _leave_rest(self, why: str) -> None:
        """The checks that were not reached: not examined, never passed."""
        done = {result.id for result in self.results}
        for entry in all_checks(self.suite):
            if entry.id not in done and self.judged and self.takes(entry):
                self._add(entry, not_examined(why))

    def _add(self, entry: CheckDef, finding: Finding) -> None:
        result = result_of(entry, finding, self.subject_id, self.selector)
        if self.judged:
            self.results.append(result)
            self._tell(result)


def _standing(faults: tuple[str, ...]) -> tuple[str, ...]:
    """Faults that fire again and again: not those at one numbered command."""
    return tuple(fault for fault in faults if not re.search(r"@\d+$", fault))
