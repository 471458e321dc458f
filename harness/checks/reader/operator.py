"""What a check needs beside a card: is it there, and an operator who moves cards when asked."""

from __future__ import annotations

from collections.abc import Callable

from harness.checks.events import Notice
from harness.checks.finding import Finding, not_applicable, skip
from harness.checks.reader.bench import Bench
from harness.checks.registry import CheckDef, Wants
from harness.core.errors import NoCard
from harness.core.i18n import _
from harness.core.verdict import SkipReason

PATIENCE_S = 30.0
LOOK_S = 0.2


def missing(bench: Bench, entry: CheckDef) -> Finding | None:
    """The SKIP for what a check wants and the bench has not, or None."""
    wants = entry.wants
    if Wants.SERVICE in wants and bench.offered("service") is None:
        return not_applicable(_("no PC/SC service behind this reader"))
    if Wants.OWN_DAEMON in wants and bench.own() is None:
        return not_applicable(_("only with a pcscd that the harness started itself"))
    if Wants.SECOND_SLOT in wants and bench.offered("second") is None:
        return not_applicable(_("the reader has one slot, or its second one holds no test card"))
    if Wants.HAND in wants and bench.hand is None:
        return skip(
            SkipReason.NEEDS_OPERATOR,
            _("the card has to be taken out and put back"),
            advice=_("`--tier hands` asks for it"),
        )
    return None


class Operator:
    """Asks for the card to be moved, and waits until it was; 30 s each time."""

    def __init__(self, bench: Bench, emit: Callable[[object], None]) -> None:
        self._bench = bench
        self._emit = emit

    def pull(self) -> None:
        """Ask for the card to be taken out. Raises NoCard when nothing happens."""
        self._move(_("take the card out of {reader}"), present=False)

    def put_back(self) -> None:
        """Ask for the card, chip first, face up."""
        self._move(_("insert the card into {reader}, chip first, face up"), present=True)

    def _move(self, text: str, *, present: bool) -> None:
        reader, clock = self._bench.reader, self._bench.clock
        if reader.card_present() == present:
            return
        wish = text.format(reader=reader.name)
        self._emit(
            Notice(
                _("{wish} (within {s:.0f} s; Ctrl-C keeps what was done)").format(
                    wish=wish, s=PATIENCE_S
                ),
                reader.name,
            )
        )
        end = clock.monotonic() + PATIENCE_S
        while reader.card_present() != present:
            if clock.monotonic() > end:
                raise NoCard(_("the operator did not: {wish}").format(wish=wish))
            clock.sleep(LOOK_S)
