"""Track data against each other, and against the stripe where somebody read it in."""

from __future__ import annotations

from harness.checks.card.cites import ISO_7813_TRACK, book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, skip, warn
from harness.checks.registry import check
from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.masking import mask_pan
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict

TRACK2, MAGSTRIPE_TRACK2, DISCRETIONARY = 0x57, 0x9F6B, 0x9F20
_MASTERCARD = bytes.fromhex("A000000004")
_CHIP_FIRST = ("2", "6")


def _parsed(value: bytes) -> Track2 | None:
    try:
        return parse_track2(value)
    except CodecError:
        return None


@check(
    "TRK-05",
    N_("Discretionary data are the same everywhere"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
    reads=(TRACK2, DISCRETIONARY),
)
def discretionary(view: CardView) -> Finding:
    """9F20 repeats what follows the service code in 57."""
    track = _parsed(view.datum(TRACK2).value)
    seen = (view.datum(TRACK2).evidence, view.datum(DISCRETIONARY).evidence)
    if track is None:
        return not_examined(_("track 2 is not well-formed (TRK-01)"))
    if to_hex(view.datum(DISCRETIONARY).value).rstrip("F") != track.discretionary:
        return warn(_("9F20 differs from the discretionary data of 57"), *seen)
    return ok(_("the same in both"), *seen)


@check(
    "TRK-06",
    N_("Magnetic-stripe mode data agree with the chip's"),
    suite="card",
    spec=(Spec("EMV Contactless Book C-2", "magnetic-stripe mode"),),
    reads=(MAGSTRIPE_TRACK2,),
)
def magstripe_mode(view: CardView) -> Finding:
    """9F6B of a Mastercard application: track 2 form, PAN of 5A and expiry of 5F24."""
    if view.aid[:5] != _MASTERCARD:
        return not_applicable(_("9F6B means something else under this AID"))
    datum = view.datum(MAGSTRIPE_TRACK2)
    track = _parsed(datum.value)
    if track is None:
        return fail(_("9F6B has not the form of track 2"), datum.evidence)
    expiry = to_hex(view.app.get(0x5F24) or b"")[:4]
    if view.pan and track.pan != view.pan:
        return fail(_("PAN {pan} is not 5A").format(pan=mask_pan(track.pan)), datum.evidence)
    if expiry and track.expiry != expiry:
        return fail(_("expiry {a}, 5F24 says {b}").format(a=track.expiry, b=expiry), datum.evidence)
    compared = ", ".join(name for name, there in (("5A", view.pan), ("5F24", expiry)) if there)
    if not compared:
        return not_examined(_("neither 5A nor 5F24 was read"))
    return ok(_("as in the chip: {tags}").format(tags=compared), datum.evidence)


@check(
    "TRK-07",
    N_("The stripe agrees with the chip, but for its code"),
    suite="card",
    severity=Verdict.WARN,
    spec=(ISO_7813_TRACK,),
    reads=(TRACK2,),
)
def stripe(view: CardView) -> Finding:
    """Track 2 of the stripe, read in by the operator: the same PAN, expiry and service code. That
    code begins with 2 or 6 on a chip card, so that a fallback is evidence of a fault. The
    discretionary data differ: the chip's has another verification code (iCVV)."""
    if view.stripe is None:
        return skip(SkipReason.NEEDS_OPERATOR, _("no track 2 of the stripe was given (--track2)"))
    chip = _parsed(view.datum(TRACK2).value)
    seen = view.datum(TRACK2).evidence
    if chip is None:
        return not_examined(_("track 2 is not well-formed (TRK-01)"))
    mine = view.stripe
    differs = _differences(mine, chip)
    if differs:
        return warn("; ".join(differs), seen)
    if mine.discretionary == chip.discretionary:
        return warn(
            _("the discretionary data are the same: CVV and iCVV should differ"),
            seen,
            advice=_("a copied chip track would then work as a stripe"),
        )
    return ok(_("same PAN, expiry and service code; other verification code"), seen)


def _differences(mine: Track2, chip: Track2) -> list[str]:
    """Everything in which the stripe is not what the chip's track 2 says, and the service code."""
    found = []
    if mine.pan != chip.pan:
        text = _("the stripe has PAN {a}, the chip {b}")
        found.append(text.format(a=mask_pan(mine.pan), b=mask_pan(chip.pan)))
    if mine.expiry != chip.expiry:
        text = _("the stripe expires {a}, the chip {b}")
        found.append(text.format(a=mine.expiry, b=chip.expiry))
    if mine.service_code != chip.service_code:
        text = _("service code {a} on the stripe, {b} in the chip")
        found.append(text.format(a=mine.service_code, b=chip.service_code))
    if not mine.service_code.startswith(_CHIP_FIRST):
        text = _("service code {a} does not say that there is a chip (2 or 6 first)")
        found.append(text.format(a=mine.service_code))
    return found
