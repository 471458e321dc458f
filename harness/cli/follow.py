"""A run as it goes: its progress on stderr, and the wishes that an operator has to follow."""

from __future__ import annotations

from harness.campaign.options import AcceptanceOptions
from harness.checks.events import CheckStarted, Notice, Waiting
from harness.cli.progress import Progress
from harness.core.i18n import _, language, speaking
from harness.core.retranslate import said
from harness.core.verdict import Verdict
from harness.records.result import CheckResult
from harness.records.run import RunRecord


def run_shown(options: AcceptanceOptions) -> RunRecord:
    """Run it with its progress on stderr. Raises as ``run_acceptance``."""
    from harness.campaign.acceptance import run_acceptance

    spoken = language()
    # A record is English, whoever reads it later; only what is shown now is not.
    with Progress() as progress, speaking("en"):
        return run_acceptance(options, _Follower(progress, spoken).event)


class _Follower:
    """Turns the events of a run into progress lines."""

    def __init__(self, progress: Progress, spoken: str) -> None:
        self._progress = progress
        self._language = spoken
        self._doing = ("", "")

    def event(self, thing: object) -> None:
        """One event of the run."""
        with speaking(self._language):
            self._tell(thing)

    def _tell(self, thing: object) -> None:
        if isinstance(thing, CheckStarted):
            self._doing = (f"{_(thing.suite)} · {thing.reader}", f"{thing.id} {_(thing.title)}")
            self._progress.show(*self._doing)
            if thing.announce and not thing.reader.startswith("virtual "):
                self._progress.note(f"{thing.reader}: {said(thing.announce)}")
        elif isinstance(thing, Waiting):
            self._ask(thing)
        elif isinstance(thing, Notice):
            self._progress.note(
                f"{thing.reader}: {said(thing.text)}" if thing.reader else said(thing.text)
            )
        elif isinstance(thing, CheckResult) and thing.verdict in (
            Verdict.FAIL,
            Verdict.TIMEOUT,
            Verdict.ERROR,
        ):
            self._progress.note(f"{thing.verdict.value:<8}{thing.id} {thing.subject}")

    def _ask(self, thing: Waiting) -> None:
        """A prompt for the operator stays; until it is followed the moving line says so."""
        if not thing.text:
            self._progress.show(*self._doing)
            return
        wish = said(thing.text)
        self._progress.note(
            _("{id}: {wish} (within {s:.0f} s; Ctrl-C keeps what was done)").format(
                id=self._doing[1].partition(" ")[0], wish=wish, s=thing.seconds
            )
        )
        self._progress.show(_("waiting for the operator"), wish)
