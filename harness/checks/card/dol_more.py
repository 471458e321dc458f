"""More about data object lists: what they must not ask for, and what the cryptogram needs."""

from __future__ import annotations

from harness.checks.card.cites import book2, book3
from harness.checks.card.cryptograms import transaction
from harness.checks.card.dols import CDOL1, CDOL2, PDOL, TDOL, entries_of, unreadable
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.core.i18n import N_, _
from harness.core.verdict import Verdict
from harness.crypto.cryptogram import find_scheme

_FROM_ISSUER = frozenset({0x8A, 0x91})
_FROM_CARD = frozenset({0x82, 0x9F36})
TC_HASH = 0x98


@check(
    "DOL-05",
    N_("CDOL1 asks for nothing that is not there yet"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("5.4"),),
    reads=(CDOL1,),
)
def forbidden(view: CardView) -> Finding:
    """No issuer's answer (8A, 91) before there is one, and no template in either list."""
    if broken := unreadable(view, CDOL1, CDOL2):
        return broken
    for tag, name in ((CDOL1, "CDOL1"), (CDOL2, "CDOL2")):
        for entry in entries_of(view, tag) or ():
            text = f"{entry.tag:02X}"
            if tag == CDOL1 and entry.tag in _FROM_ISSUER:
                return warn(_("CDOL1 asks for {t}: the issuer has not answered").format(t=text))
            if entry.constructed:
                return warn(_("{name} asks for template {t}").format(name=name, t=text))
    return ok(_("nothing out of place"), view.datum(CDOL1).evidence)


@check(
    "DOL-06",
    N_("The card asks for all that its cryptogram covers"),
    suite="card",
    spec=(book2("8.1.1"),),
    reads=(CDOL1,),
    sends=("GENERATE AC",),
)
def cryptogram_data(view: CardView) -> Finding:
    """Every data element of the cryptogram version is in CDOL1 or the PDOL, or is the card's own
    (82, 9F36)."""
    run = transaction(view)
    if isinstance(run, Finding):
        return run
    if broken := unreadable(view, CDOL1, PDOL):
        return broken
    iad = run.generate_ac[0].fields.get(0x9F10, b"") if run.generate_ac else b""
    scheme = find_scheme(iad, view.aid)
    if scheme is None:
        return not_examined(_("the cryptogram version is not known (AC-04)"))
    asked = {e.tag for tag in (CDOL1, PDOL) for e in entries_of(view, tag) or ()}
    missing = [t for t, _size in scheme.tags if t not in asked | _FROM_CARD]
    if missing:
        return fail(
            _("CVN {cvn} covers {tags}, which the card does not ask for").format(
                cvn=scheme.cvn, tags=", ".join(f"{t:02X}" for t in missing)
            ),
            view.datum(CDOL1).evidence,
        )
    return ok(_("all data of CVN {cvn}").format(cvn=scheme.cvn), view.datum(CDOL1).evidence)


@check(
    "DOL-07",
    N_("A TC hash has its TDOL"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
    judges_absence=True,
    reads=(CDOL1,),
)
def tdol(view: CardView) -> Finding:
    """98 in a CDOL: the card brings 97, or the terminal's default TDOL is used."""
    if broken := unreadable(view, CDOL1, CDOL2):
        return broken
    asked = {e.tag for tag in (CDOL1, CDOL2) for e in entries_of(view, tag) or ()}
    if TC_HASH not in asked:
        return ok(_("no TC hash asked for"))
    if view.app.get(TDOL) is None:
        return warn(_("98 is asked for, but the card has no TDOL (97)"))
    return ok(_("98 asked for, 97 there"))
