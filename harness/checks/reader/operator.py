"""What a check needs beside a card: is it there, and an operator who moves cards when asked."""

from __future__ import annotations

from collections.abc import Callable

from harness.checks.events import Waiting
from harness.checks.finding import Finding, Unjudged, not_applicable, skip
from harness.checks.reader.bench import Bench
from harness.checks.registry import CheckDef, Needs, Wants
from harness.core.i18n import _
from harness.core.verdict import SkipReason

PATIENCE_S = 30.0
LOOK_S = 0.2
MISSES = 2
"""After so many requests that nobody followed the operator counts as away: nothing is asked."""


def missing(bench: Bench, entry: CheckDef) -> Finding | None:
    """The SKIP for what a check wants and the bench has not, or None."""
    wants = entry.wants
    if Wants.SERVICE in wants and bench.offered("service") is None:
        return not_applicable(_("no PC/SC service behind this reader"))
    if Wants.OWN_DAEMON in wants and bench.own() is None:
        return not_applicable(_("only with a pcscd that the harness started itself"))
    if Wants.SECOND_SLOT in wants and bench.offered("second") is None:
        return not_applicable(_("the reader has one slot, or its second one holds no test card"))
    if Wants.FORK in wants and bench.offered("forked") is None:
        return not_applicable(_("no PC/SC service behind this reader"))
    if Wants.HAND in wants:
        return _unattended(bench)
    return _card_kept_out(bench) if entry.needs is not Needs.NOTHING else None


def _card_kept_out(bench: Bench) -> Finding | None:
    """An operator who left with the card is no fault of the reader."""
    operator = bench.operator
    if operator is None or not operator.missed or bench.reader.card_present():
        return None
    return skip(SkipReason.NEEDS_OPERATOR, _("the card was not put back"))


def _unattended(bench: Bench) -> Finding | None:
    if bench.hand is None:
        return skip(
            SkipReason.NEEDS_OPERATOR,
            _("the card has to be moved by hand"),
            advice=_("`emv-harness reader check --tier hands` in a terminal asks for it"),
        )
    if bench.operator is not None and bench.hand is bench.operator and bench.operator.away:
        return skip(
            SkipReason.NEEDS_OPERATOR,
            _("nobody moved the card when it was asked for"),
            advice=_("`--resume` with this run's report.json goes on from here"),
        )
    return None


class Operator:
    """Asks a person to move cards, and waits until it was done: 30 s each time.

    ``mark`` is what is written on the card under test. A move that is not made in time ends the
    check as SKIP "needs an operator".
    """

    human = True

    def __init__(self, bench: Bench, emit: Callable[[object], None], mark: str = "") -> None:
        self._bench = bench
        self._emit = emit
        self._mark = mark
        self._odd = False
        self._misses = 0

    @property
    def missed(self) -> bool:
        """Was the last request not followed?"""
        return self._misses > 0

    @property
    def away(self) -> bool:
        """Was nothing done for two requests?"""
        return self._misses >= MISSES

    def pull(self) -> None:
        """Ask for the card to be taken out."""
        self._move(_("take the card out of {reader}"), present=False)
        self._odd = False

    def put_back(self) -> None:
        """Ask for the card under test; first for the one that is in its place to come out."""
        if self._odd:
            self.pull()
        if self._mark:
            text = _("insert the card marked {mark} into {reader}, chip first, face up")
        else:
            text = _("insert the card under test into {reader}, chip first, face up")
        self._move(text, present=True)

    def swap(self) -> None:
        """Ask for another card."""
        self.pull()
        self._odd = True
        text = _("insert another card, of another kind, into {reader}, chip first, face up")
        self._move(text, present=True)

    def turn_round(self) -> None:
        """Ask for the card the wrong way round."""
        self.pull()
        self._odd = True
        text = _("insert the card into {reader} the wrong way round: chip first, face down")
        self._move(text, present=True)

    def _move(self, text: str, *, present: bool) -> None:
        """Ask, and wait. Raises Unjudged when nothing happens, LinkError."""
        reader, clock = self._bench.reader, self._bench.clock
        if reader.card_present() == present:
            self._bench.renew()
            return
        wish = text.format(reader=reader.name, mark=self._mark)
        self._emit(Waiting(wish, reader.name, PATIENCE_S))
        end = clock.monotonic() + PATIENCE_S
        try:
            while reader.card_present() != present:
                if clock.monotonic() > end:
                    self._misses += 1
                    raise Unjudged(_nobody(wish))
                clock.sleep(LOOK_S)
            self._misses = 0
        finally:
            self._emit(Waiting("", reader.name))
            self._bench.renew()


def _nobody(wish: str) -> Finding:
    return skip(
        SkipReason.NEEDS_OPERATOR,
        _("not done within {s:.0f} s: {wish}").format(s=PATIENCE_S, wish=wish),
        advice=_("`--resume` with this run's report.json asks again"),
    )
