"""What is printed or embossed on the card, typed in by the operator, against the chip."""

from __future__ import annotations

from harness.checks.card.cites import book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, not_examined, ok, skip, warn
from harness.checks.registry import check
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.masking import luhn_ok, mask_pan
from harness.core.verdict import SkipReason, Verdict


@check(
    "PAN-05",
    N_("The embossed number and date are the chip's"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
    reads=(0x5A,),
)
def embossed(view: CardView) -> Finding:
    """The number on the card's face, typed in, equals 5A, and the date that is typed with it 5F24.
    A second application of a co-badged card, and the token of a telephone, may have another number:
    what differs is a warning. A number whose own check digit is wrong was mistyped."""
    if view.embossed is None:
        return skip(SkipReason.NEEDS_OPERATOR, _("no embossed number was given (--embossed)"))
    if not view.pan:
        return not_examined(_("the PAN is not well-formed (PAN-01)"))
    datum = view.datum(0x5A)
    number, expiry = view.embossed
    if view.pan != number:
        slip = "" if luhn_ok(number) else _("; its check digit is wrong: was it mistyped?")
        return warn(
            _("{face} on the card, {chip} in the chip{slip}").format(
                face=mask_pan(number), chip=mask_pan(view.pan), slip=slip
            ),
            datum.evidence,
            advice=_("a co-badged application may have a number of its own"),
        )
    chip = to_hex(view.app.get(0x5F24) or b"")[:4]
    if expiry and chip and expiry != chip:
        text = _("expiry {face} on the card, {chip} in the chip")
        return warn(text.format(face=expiry, chip=chip), datum.evidence)
    said = _("the same number and expiry") if expiry and chip else _("the same number")
    return ok(said, datum.evidence)
