"""Dates of the application, against the calendar, each other, today and the certificates."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from harness.checks.card.cites import book2, book3
from harness.checks.card.facts import Datum
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec.formats import parse_date_yymmdd
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _

EXPIRY, EFFECTIVE = 0x5F24, 0x5F25


def _date(view: CardView, tag: int) -> tuple[Datum, date | None]:
    datum = view.datum(tag)
    return datum, parse_date_yymmdd(datum.value)


@check("DATE-01", N_("Dates are dates"), suite="card", spec=(book3("10.4.3"),), reads=(EXPIRY,))
def dates_valid(view: CardView) -> Finding:
    """5F24 and 5F25 are YYMMDD; an expiry that is not the last day of its month warns."""
    seen = []
    present = [tag for tag in (EXPIRY, EFFECTIVE) if view.app.find(tag) is not None]
    for tag in present:
        datum, day = _date(view, tag)
        seen.append(datum.evidence)
        if day is None:
            return fail(
                _("{tag:02X} is {value}: there is no such date").format(
                    tag=tag, value=to_hex(datum.value)
                ),
                datum.evidence,
            )
    expiry = _date(view, EXPIRY)[1]
    if expiry is not None and expiry.day != monthrange(expiry.year, expiry.month)[1]:
        return warn(
            _("expires on {day}, which is not the last day of the month").format(day=expiry), *seen
        )
    return ok(_("expires {day}").format(day=expiry), *seen)


@check(
    "DATE-02",
    N_("Effective before it expires"),
    suite="card",
    spec=(book3("10.4.3"),),
    reads=(EXPIRY, EFFECTIVE),
)
def dates_ordered(view: CardView) -> Finding:
    """5F25 is not after 5F24."""
    (first, begins), (last, ends) = _date(view, EFFECTIVE), _date(view, EXPIRY)
    if begins is None or ends is None:
        return not_examined(_("a date is not well-formed (DATE-01)"))
    if begins > ends:
        return fail(
            _("effective {begins}, expires {ends}").format(begins=begins, ends=ends),
            first.evidence,
            last.evidence,
        )
    return ok(
        _("effective {begins}, expires {ends}").format(begins=begins, ends=ends),
        first.evidence,
        last.evidence,
    )


@check("DATE-03", N_("In force today"), suite="card", spec=(book3("10.4.3"),), reads=(EXPIRY,))
def dates_today(view: CardView) -> Finding:
    """5F25 (where present) is not in the future and 5F24 is not in the past."""
    datum, ends = _date(view, EXPIRY)
    if ends is None:
        return not_examined(_("the expiry is not well-formed (DATE-01)"))
    if view.today > ends:
        return fail(
            _("expired on {ends}; today is {today}").format(ends=ends, today=view.today),
            datum.evidence,
        )
    if view.app.find(EFFECTIVE) is not None:
        first, begins = _date(view, EFFECTIVE)
        if begins is not None and view.today < begins:
            return fail(
                _("effective from {begins}; today is {today}").format(
                    begins=begins, today=view.today
                ),
                first.evidence,
            )
    return ok(
        _("in force on {today}, expires {ends}").format(today=view.today, ends=ends), datum.evidence
    )


@check(
    "DATE-04",
    N_("The certificates outlive the application"),
    suite="card",
    spec=(book2("5.3, step 9"), book2("6.4, step 9")),
    reads=(EXPIRY,),
)
def dates_certificates(view: CardView) -> Finding:
    """Issuer and ICC certificate expire in or after the month in which the application does."""
    datum, ends = _date(view, EXPIRY)
    found = view.chain.expiries if view.chain is not None else {}
    if ends is None:
        return not_examined(_("the expiry is not well-formed (DATE-01)"))
    if not found:
        return not_examined(_("no certificate was recovered"))
    for name, (year, month) in found.items():
        if (year, month) < (ends.year, ends.month):
            return fail(
                _(
                    "the {name} certificate expires {month:02}/{year}, the application {ends}"
                ).format(name=name, month=month, year=year, ends=ends),
                datum.evidence,
            )
    return ok(
        _("{names}: in force as long as the application").format(names=", ".join(found)),
        datum.evidence,
    )
