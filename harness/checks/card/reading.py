"""Was every command of the read-through answered?"""

from __future__ import annotations

from harness.checks.card.cites import book1, book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok
from harness.checks.registry import Scope, check
from harness.core.i18n import N_, _
from harness.records.result import Evidence

SWAP = N_(
    "swap test: the same card in another reader, another card in this reader; "
    "PC/SC cannot tell card from reader from driver"
)


@check(
    "READ-01",
    N_("Every command of the read-through is answered"),
    suite="card",
    scope=Scope.CARD,
    spec=(book1("12.3"), book3("10.2")),
)
def read_through(view: CardView) -> Finding:
    """PSE, directory, selection, processing options, every record of the AFL, GET DATA.

    A command without an answer before the deadline is TIMEOUT (given by the run itself). A card
    that goes away is FAIL: the way to the card broke while it was judged, whoever broke it.
    """
    cut = view.card.ended
    if cut is not None:
        return fail(
            _("{command}: {error}").format(command=cut.label, error=cut.error or _("no answer")),
            Evidence(cut.label, cut.index),
            advice=_(SWAP),
        )
    if view.card.unread:
        return not_examined(
            _("{n} answers are masked in the transcript, or were never recorded").format(
                n=view.card.unread
            )
        )
    if view.card.unread is not None and not view.card.applications:
        return not_examined(_("the transcript holds no application"))
    if not view.card.applications:
        return fail(
            _("no application found, neither in the directory nor by the list of AIDs"),
            advice=_("is it a payment card? The list of AIDs is in harness/data/aids.toml"),
        )
    return ok(
        _("{n} commands answered").format(n=len(view.card.replies)),
    )
