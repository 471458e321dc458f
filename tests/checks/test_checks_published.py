"""Cards of scheme test sets, contact and contactless: nothing that is right is called wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from checkviews import MASTERCARD, good_view, put

from harness.checks.card.catalogue import CONTACT_ONLY
from harness.checks.card.chain import build_chain
from harness.checks.card.interpret import interpret
from harness.checks.card.view import CardView
from harness.checks.card_judging import judge_application
from harness.checks.finding import Finding
from harness.checks.registry import CHECKS, Scope, all_checks
from harness.codec import codes
from harness.core.verdict import SkipReason, Verdict
from harness.crypto.capk import CaKeyStore
from harness.profiles.image import list_images
from harness.records.exchange import Exchange

FOLDER = Path(__file__).resolve().parent / "published"
DAYS = {
    "contact-mastercard": date(2012, 3, 16),
    "contactless-mastercard": date(2012, 3, 15),
    "contactless-msd": date(2013, 1, 1),
    "contactless-amex-cda": date(2014, 10, 31),
}
# One tap: everything comes with the answer to GET PROCESSING OPTIONS, and there is no AFL. The
# shape is that of published captures (EMV-NFC-Paycard-Enrollment); number and cryptogram are made
# up.
ONE_TAP = (
    "00A4040007A000000042101000",
    "6F378407A0000000421010A52C9F38189F66049F02069F03069F1A0295055F2A029A039C019F3704BF0C0EDF60020B"
    "1EDF6101039F4D020B1E9000",
    "80A8000002830000",
    "77389F100706011A23800404571347617390010101"
    "19D15092011234567890120F820220009F3602028F9F26081122334455667788"
    "9F6C0210009000",
)


def view_of(lines: Iterable[str], day: date) -> CardView:
    raw = [bytes.fromhex(line) for line in lines]
    pairs = zip(raw[::2], raw[1::2], strict=True)
    card = interpret(
        Exchange(number, command, answer, 0.0, 0.0)
        for number, (command, answer) in enumerate(pairs)
    )
    app = next(app for app in card.applications if app.gpo is not None)
    return CardView(card, app, day, build_chain(app, CaKeyStore.default(), day))


@cache
def published(name: str) -> CardView:
    return view_of((FOLDER / f"{name}.txt").read_text().split(), DAYS[name])


def judged(view: CardView) -> dict[str, Finding]:
    return {
        entry.id: entry.function(view)
        if entry.scope is Scope.CARD
        else judge_application(entry, view)
        for entry in all_checks("card")
    }


def failed(view: CardView) -> dict[str, str]:
    return {k: f.message for k, f in judged(view).items() if f.verdict is Verdict.FAIL}


@pytest.mark.parametrize("name", DAYS)
def test_nothing_fails_on_a_published_card(name):
    assert failed(published(name)) == {}


def test_the_chain_of_a_contact_card_verifies_under_its_published_key():
    found = judged(published("contact-mastercard"))
    for name in ("ODA-01", "ODA-05", "ODA-08", "ODA-09", "ODA-18", "ODA-19"):
        assert found[name].verdict is Verdict.PASS, (name, found[name].message)


def test_a_scheme_test_card_with_one_key_for_all_is_a_warning():
    """The issuer key and the ICC key of this published card are one and the same."""
    found = judged(published("contact-mastercard"))["ODA-22"]
    assert found.verdict is Verdict.WARN
    assert "issuer key" in found.message


@pytest.mark.parametrize(
    ("kind", "verdict"), [("live", "FAIL"), ("unknown", "FAIL"), ("test", "WARN")]
)
def test_one_key_for_all_is_a_fault_of_any_other_card(kind, verdict):
    view = good_view(MASTERCARD)
    assert judge_application(CHECKS["card", "ODA-22"], view).verdict is Verdict.PASS
    chain = view.chain
    assert chain is not None
    assert chain.issuer is not None
    assert chain.ca is not None
    same = replace(chain.icc, key=chain.issuer.key)
    view.chain = replace(chain, icc=same, ca=replace(chain.ca, kind=kind))
    assert judge_application(CHECKS["card", "ODA-22"], view).verdict.value == verdict


@pytest.mark.parametrize("name", ["contactless-msd", "contactless-amex-cda"])
def test_what_was_read_through_the_air_is_not_judged_by_contact_rules(name):
    view = published(name)
    assert view.contactless
    found = judged(view)
    assert {found[check].reason for check in CONTACT_ONLY} == {SkipReason.NOT_APPLICABLE}


def test_a_contact_card_is_no_contactless_one():
    assert not published("contact-mastercard").contactless
    assert not good_view(MASTERCARD).contactless


def test_one_tap_brings_everything_and_no_afl():
    view = view_of(ONE_TAP, date(2014, 5, 1))
    assert view.contactless
    found = judged(view)
    assert found["GPO-01"].verdict is Verdict.PASS
    assert failed(view) == {}
    # 9F6C has several meanings, and which one this scheme's kernel gives it nobody here knows.
    assert found["TLV-09"].verdict is Verdict.PASS


def test_over_the_contacts_an_afl_is_due():
    lines = list(ONE_TAP)
    lines[3] = "7704820239009000"
    view = view_of(lines, date(2014, 5, 1))
    assert not view.contactless
    assert "AFL" in failed(view)["GPO-01"]


@pytest.mark.parametrize(
    ("check", "tag", "value", "counter"),
    [
        ("LOG-01", 0x9F4D, "0B03", 0x9F4F),
        ("CVM-05", 0x8E, "000000000000000041031F03", 0x9F17),
    ],
)
def test_what_nobody_asked_for_is_not_examined(check, tag, value, counter):
    view = good_view(MASTERCARD)
    put(view, tag, value)
    view.app.get_data.pop(counter, None)
    assert judge_application(CHECKS["card", check], view).reason is SkipReason.NOT_EXAMINED


@pytest.mark.parametrize("image", list_images(), ids=lambda one: one.id)
def test_no_image_says_wrong_decimal_places_of_its_currency(image):
    for app in image.applications:
        money = codes.currency(f"{app.currency:03d}") if app.currency is not None else None
        said = app.data.get(0x9F44)
        if money is not None and said is not None:
            assert said == bytes((money.exponent,)), app.label
