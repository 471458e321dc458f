"""The PAN by itself, and track 2 against the data objects that repeat it.

No message holds a whole PAN: numbers are shown masked, differences by their place.
"""

from __future__ import annotations

from harness.checks.card.cites import ISO_7812_LUHN, ISO_7813_TRACK, book3
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.masking import luhn_ok, mask_pan

PAN, TRACK2, EXPIRY, SERVICE = 0x5A, 0x57, 0x5F24, 0x5F30


def _track(view: CardView) -> Track2 | None:
    try:
        return parse_track2(view.datum(TRACK2).value)
    except CodecError:
        return None


def _broken_track() -> Finding:
    return not_examined(_("track 2 is not well-formed (TRK-01)"))


_WITHOUT_CHIP = ("1", "5")
"""First digit of a service code: international and national interchange, without a chip."""


@check(
    "PAN-01", N_("The PAN is well-formed"), suite="card", spec=(book3("annex A1"),), reads=(PAN,)
)
def pan_form(view: CardView) -> Finding:
    """Tag 5A: up to 19 decimal digits, padded with F on the right to whole bytes only."""
    datum = view.datum(PAN)
    text = to_hex(datum.value)
    digits = text[:-1] if text.endswith("F") else text
    if not digits.isdigit():
        return fail(_("5A is not decimal digits with one F of padding at most"), datum.evidence)
    if not 8 <= len(digits) <= 19:
        return fail(_("{n} digits, not 8 to 19").format(n=len(digits)), datum.evidence)
    return ok(_("{pan}, {n} digits").format(pan=mask_pan(digits), n=len(digits)), datum.evidence)


@check(
    "PAN-02",
    N_("The check digit of the PAN is right"),
    suite="card",
    spec=(ISO_7812_LUHN,),
    reads=(PAN,),
)
def pan_luhn(view: CardView) -> Finding:
    """The Luhn formula over all digits of 5A."""
    datum = view.datum(PAN)
    digits = view.pan
    if not digits:
        return not_examined(_("the PAN is not well-formed (PAN-01)"))
    if not luhn_ok(digits):
        return fail(
            _("{pan}: the last digit is not the Luhn digit").format(pan=mask_pan(digits)),
            datum.evidence,
        )
    return ok(_("{pan}: Luhn digit right").format(pan=mask_pan(digits)), datum.evidence)


@check(
    "TRK-01",
    N_("Track 2 equivalent data are well-formed"),
    suite="card",
    spec=(book3("annex A1"), ISO_7813_TRACK),
    reads=(TRACK2,),
)
def track_form(view: CardView) -> Finding:
    """Tag 57: PAN, D, YYMM, service code, discretionary data, F padding; up to 19 bytes."""
    datum = view.datum(TRACK2)
    if len(datum.value) > 19:
        return fail(_("{n} bytes, more than 19").format(n=len(datum.value)), datum.evidence)
    try:
        track = parse_track2(datum.value)
    except CodecError as error:
        return fail(error.what, datum.evidence)
    # Written without a name for it: YYMM with a month beyond 12 is a coding fault of track 2.
    if not 1 <= int(track.expiry[2:]) <= 12:
        return fail(
            _("expiry {yymm}: there is no such month").format(yymm=track.expiry), datum.evidence
        )
    return ok(
        _("PAN, expiry {yymm}, service code {code}").format(
            yymm=track.expiry, code=track.service_code
        ),
        datum.evidence,
    )


@check(
    "TRK-02",
    N_("Track 2 carries the PAN of the chip"),
    suite="card",
    spec=(book3("annex A1"),),
    reads=(TRACK2, PAN),
)
def track_pan(view: CardView) -> Finding:
    """PAN of 57 equals 5A."""
    track = _track(view)
    if track is None:
        return _broken_track()
    if not view.pan:
        return not_examined(_("the PAN is not well-formed (PAN-01)"))
    seen = (view.datum(TRACK2).evidence, view.datum(PAN).evidence)
    if track.pan != view.pan:
        return fail(
            _("track 2 says PAN {track}, 5A says {pan}").format(
                track=mask_pan(track.pan), pan=mask_pan(view.pan)
            ),
            *seen,
            advice=_("personalised from two data sets?"),
        )
    return ok(_("{pan} in both").format(pan=mask_pan(track.pan)), *seen)


@check(
    "TRK-03",
    N_("Track 2 carries the expiry of the chip"),
    suite="card",
    spec=(book3("annex A1"),),
    reads=(TRACK2, EXPIRY),
)
def track_expiry(view: CardView) -> Finding:
    """YYMM of 57 equals the first four digits of 5F24."""
    track = _track(view)
    if track is None:
        return _broken_track()
    seen = (view.datum(TRACK2).evidence, view.datum(EXPIRY).evidence)
    chip = to_hex(view.datum(EXPIRY).value)[:4]
    if track.expiry != chip:
        return fail(
            _("track 2 says expiry {track}, application expiration date says {chip}").format(
                track=track.expiry, chip=chip
            ),
            *seen,
            advice=_("personalised from two data sets (chip and stripe)?"),
        )
    return ok(_("{yymm} in both").format(yymm=chip), *seen)


@check(
    "TRK-04",
    N_("Track 2 carries the service code of the chip"),
    suite="card",
    spec=(book3("annex A1"),),
    reads=(TRACK2, SERVICE),
)
def track_service(view: CardView) -> Finding:
    """Service code of 57 equals 5F30 (n 3 in two bytes). A first digit of 1 or 5 says "no chip" on
    a card that has one: a terminal takes the stripe without asking for the chip (WARN)."""
    track = _track(view)
    if track is None:
        return _broken_track()
    seen = (view.datum(TRACK2).evidence, view.datum(SERVICE).evidence)
    chip = to_hex(view.datum(SERVICE).value)[-3:]
    if track.service_code != chip:
        return fail(
            _("track 2 says service code {track}, 5F30 says {chip}").format(
                track=track.service_code, chip=chip
            ),
            *seen,
        )
    if chip[:1] in _WITHOUT_CHIP:
        text = _("service code {code}: 1 and 5 in front say that the card has no chip")
        return warn(
            text.format(code=chip),
            *seen,
            advice=_("2 (international) and 6 (national) say chip first"),
        )
    return ok(_("{code} in both").format(code=chip), *seen)
