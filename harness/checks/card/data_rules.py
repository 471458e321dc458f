"""Formats and lengths of all data, name, sequence number, codes of countries and currencies."""

from __future__ import annotations

from functools import cache

from harness.checks.card.cites import book3
from harness.checks.card.facts import Datum
from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, not_applicable, not_examined, ok, warn
from harness.checks.registry import check
from harness.codec import codes as iso
from harness.codec.tags import lookup
from harness.core.hexes import to_hex
from harness.core.i18n import N_, _
from harness.core.spec import Spec
from harness.core.verdict import Verdict

NAME, SEQUENCE, COUNTRY, CURRENCY, ALPHA2, IIN = 0x5F20, 0x5F34, 0x5F28, 0x9F42, 0x5F55, 0x42
EXPONENT = 0x9F44
_BY_OTHERS = frozenset({0x57, 0x5A, 0x5F24, 0x5F25, 0x82, 0x94, 0x8E, 0x8C, 0x8D, 0x9F38})
"""Data whose form has a check of its own."""


def _form(datum: Datum, view: CardView) -> str:
    """What is wrong with the form of a datum, or nothing."""
    known = lookup(datum.tag, aid=view.aid)
    if known is None or known.guess or datum.tag in _BY_OTHERS or not datum.value:
        return ""
    if not known.length_ok(len(datum.value)):
        most = known.max_len if known.max_len is not None else "-"
        return _("{n} bytes, not {low} to {high}").format(
            n=len(datum.value), low=known.min_len, high=most
        )
    text = to_hex(datum.value)
    if known.format == "n" and not text.isdigit():
        return _("not decimal digits")
    if known.format == "cn" and not (text.rstrip("F").isdigit() or not text.rstrip("F")):
        return _("not decimal digits with F at the right")
    return ""


@check("DAT-03", N_("Lengths and digits are as defined"), suite="card", spec=(book3("annex A1"),))
def formats(view: CardView) -> Finding:
    """Every known datum has a length that the dictionary allows; n holds decimal digits, cn
    digits with F at the right only."""
    if not view.app.data:
        return not_examined(_("nothing was read"))
    for datum in view.app.data:
        wrong = _form(datum, view)
        if wrong:
            return fail(_("{tag:02X}: {what}").format(tag=datum.tag, what=wrong), datum.evidence)
    return ok(_("data objects: {n}").format(n=len(view.app.data)))


@check(
    "PAN-04",
    N_("The PAN sequence number is a number"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
    reads=(SEQUENCE,),
)
def sequence_number(view: CardView) -> Finding:
    """5F34: one byte, two decimal digits."""
    datum = view.datum(SEQUENCE)
    text = to_hex(datum.value)
    if len(datum.value) != 1 or not text.isdigit():
        return warn(_("5F34 is {v}: not two decimal digits").format(v=text), datum.evidence)
    return ok(text, datum.evidence)


@check(
    "NAM-01",
    N_("The cardholder name is one"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"),),
    reads=(NAME,),
)
def cardholder_name(view: CardView) -> Finding:
    """5F20: 2 to 26 characters, not all spaces, with the separator of surname and first name."""
    datum = view.datum(NAME)
    if not 2 <= len(datum.value) <= 26:
        return warn(_("{n} bytes, not 2 to 26").format(n=len(datum.value)), datum.evidence)
    if not datum.value.strip():
        return warn(_("all spaces"), datum.evidence)
    if any(byte < 0x20 for byte in datum.value):
        return warn(_("control characters in the name"), datum.evidence)
    if b"/" not in datum.value:
        return ok(_("without the separator /"), datum.evidence)
    return ok(_("{n} characters").format(n=len(datum.value)), datum.evidence)


@check(
    "CTRY-01",
    N_("Countries and currencies exist, and agree"),
    suite="card",
    severity=Verdict.WARN,
    spec=(book3("annex A1"), Spec("ISO 3166-1 and ISO 4217", "numeric codes")),
)
def codes(view: CardView) -> Finding:
    """5F28 is a country, 9F42 a currency, 9F44 its decimal places, and 5F55 the two letters of
    5F28."""
    country, currency = view.app.find(COUNTRY), view.app.find(CURRENCY)
    land = iso.country(_numeric(country.value)) if country is not None else None
    money = iso.currency(_numeric(currency.value)) if currency is not None else None
    seen = [datum.evidence for datum in (country, currency) if datum is not None]
    if not seen:
        return not_examined(_("neither 5F28 nor 9F42 was read"))
    if country is not None and land is None:
        return warn(_("5F28 {v}: no country").format(v=to_hex(country.value)), *seen)
    if currency is not None and money is None:
        return warn(_("9F42 {v}: no currency").format(v=to_hex(currency.value)), *seen)
    places = view.app.find(EXPONENT)
    if money is not None and places is not None and places.value != bytes((money.exponent,)):
        text = _("9F44 {v}: {code} has {n} decimal places")
        return warn(
            text.format(v=to_hex(places.value), code=money.code, n=money.exponent), places.evidence
        )
    letters = view.app.find(ALPHA2)
    if land is not None and letters is not None and letters.value.decode("latin-1") != land[0]:
        text = _("5F55 is not the country of 5F28, {c}").format(c=land[0])
        return warn(text, letters.evidence, *seen[:1])
    return ok(
        _("country {c}, currency {m}").format(
            c=_numeric(country.value) if country else "-",
            m=_numeric(currency.value) if currency else "-",
        ),
        *seen,
    )


def _numeric(value: bytes) -> str:
    return to_hex(value)[-3:]


@cache
def _ranges() -> dict[str, tuple[str, ...]]:
    """Leading digits of PANs by RID. Source: the public lists of issuer identification numbers
    (ISO/IEC 7812 ranges as the schemes themselves publish them)."""
    maestro = ("50", "56", "57", "58", "59", "6")
    mastercard = ("51", "52", "53", "54", "55", *(str(n) for n in range(222, 273)))
    return {
        "A000000003": ("4",),
        "A000000004": (*mastercard, *maestro),
        "A000000025": ("34", "37"),
        "A000000065": ("352", "353", "354", "355", "356", "357", "358"),
        "A000000333": ("62", "81"),
        "A000000152": ("6011", "64", "65", "62", "30", "36", "38", "39"),
    }


@check(
    "PAN-03",
    N_("The PAN is in a range of its scheme"),
    suite="card",
    severity=Verdict.WARN,
    spec=(Spec("ISO/IEC 7812-1", "issuer identification number"),),
    reads=(0x5A,),
)
def ranges(view: CardView) -> Finding:
    """Leading digits as the scheme of the AID has them; 42 is the beginning of the PAN. Co-badged
    cards carry another scheme's number."""
    datum = view.datum(0x5A)
    if not view.pan:
        return not_examined(_("the PAN is not well-formed (PAN-01)"))
    iin = view.app.find(IIN)
    if iin is not None and not view.pan.startswith(to_hex(iin.value)[:6]):
        text = _("42 is {iin}, the PAN begins otherwise")
        return warn(text.format(iin=to_hex(iin.value)), iin.evidence, datum.evidence)
    wanted = _ranges().get(to_hex(view.aid[:5]))
    if wanted is None:
        return not_applicable(_("no range is known for this AID"))
    if not view.pan.startswith(wanted):
        return warn(
            _("begins with {digits}, which is not a range of the scheme of the AID").format(
                digits=view.pan[:4]
            ),
            datum.evidence,
        )
    return ok(_("begins with {digits}").format(digits=view.pan[:4]), datum.evidence)
