"""Wrong cards, the three words, the profile of a product, and what a card is called."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import pytest
from checkviews import MASTERCARD, VISA, drop, good_view, put

from harness.checks.card.expected import WHICH, judge_profile
from harness.checks.card.expected import judge as expect
from harness.checks.card.words import KEY_KIND, RECORDED, Word, standing, word_of
from harness.checks.card_subject import card_id, card_subject
from harness.checks.expectation import expecting, judged
from harness.codec import tlv
from harness.core.verdict import SkipReason, Verdict
from harness.profiles.card_profile import CardProfile, Expectation
from harness.profiles.image import load_image
from harness.records.result import CheckResult, Measurement

# Cards that are wrong on purpose


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("FAIL", "PASS", "found, as this card is meant to have it: said"),
        ("PASS", "FAIL", "this card is wrong on purpose, and the check did not find it: said"),
        ("WARN", "FAIL", "this card is wrong on purpose, and the check did not find it: said"),
        ("SKIP", "FAIL", "this card is wrong on purpose, and the check did not find it: said"),
        ("ERROR", "ERROR", "said"),
        ("TIMEOUT", "TIMEOUT", "said"),
    ],
)
def test_what_a_wrong_card_is_held_to(before, after, message):
    reason = SkipReason.NOT_EXAMINED if before == "SKIP" else None
    result = CheckResult(
        "X-01", "", Verdict(before), "card", message="said", advice="do", reason=reason
    )
    turned = judged(result)
    assert (turned.verdict.value, turned.message, turned.reason) == (after, message, None)
    assert turned.advice == ("" if before == "FAIL" else "do")


def test_only_the_named_checks_of_a_wrong_card_are_turned():
    events: list[object] = []
    emit = expecting("expired", events.append)
    named = CheckResult("DATE-03", "", Verdict.FAIL, "card", message="m")
    other = CheckResult("PAN-01", "", Verdict.FAIL, "card", message="m")
    for event in (named, other, "a note"):
        emit(event)
    assert [getattr(event, "verdict", event) for event in events] == [
        Verdict.PASS,
        Verdict.FAIL,
        "a note",
    ]


@pytest.mark.parametrize("image", ["", VISA])
def test_no_other_card_is_turned(image):
    events: list[object] = []
    assert expecting(image, events.append) == events.append


# The three words


@pytest.mark.parametrize(
    ("check_id", "word"),
    [
        ("ODA-24", "authentic"),
        ("ODA-25", "authentic"),
        ("AC-05", "authentic"),
        ("ODA-26", "consistent"),
        ("ODA-04", "well-formed"),
        ("TLV-01", "well-formed"),
        ("PSE-01", "well-formed"),
        ("PSE-05", "consistent"),
        ("SEL-01", "well-formed"),
        ("SEL-02", "consistent"),
        ("TRK-01", "well-formed"),
        ("TRK-02", "consistent"),
        ("DAT-01", "consistent"),
        ("DAT-03", "well-formed"),
        ("TXN-01", "consistent"),
        ("READ-01", "well-formed"),
    ],
)
def test_the_word_of_a_check(check_id, word):
    assert word_of(check_id).value == word


def result(check_id: str, verdict: str, **measured: object) -> CheckResult:
    names = {"kind": KEY_KIND, "recorded": RECORDED}
    return CheckResult(
        check_id,
        "",
        Verdict(verdict),
        "card",
        reason=SkipReason.NOT_EXAMINED if verdict == "SKIP" else None,
        measurements=tuple(Measurement(names[name], value) for name, value in measured.items()),
    )


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([], "not examined"),
        ([("TRK-02", "SKIP")], "not examined"),
        ([("TRK-02", "ERROR")], "not examined"),
        ([("TRK-02", "PASS")], "nothing against it, checks examined: 1"),
        ([("TRK-02", "WARN"), ("TRK-03", "PASS")], "nothing against it, checks examined: 2"),
        ([("TRK-02", "FAIL"), ("TRK-03", "PASS")], "no: 1 of 2 checks say otherwise"),
        (
            [("TRK-02", "FAIL"), ("TRK-03", "FAIL"), ("TRK-04", "WARN"), ("TRK-05", "SKIP")],
            "no: 2 of 3 checks say otherwise",
        ),
        ([("TLV-01", "FAIL")], "not examined"),
    ],
)
def test_consistent(results, said):
    assert standing(result(*each) for each in results)[Word.CONSISTENT] == said


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (
            [result("AC-05", "PASS")],
            "not shown: keys whose private halves are public prove nothing",
        ),
        ([result("ODA-24", "PASS", kind="live")], "yes: ODA-24 (live)"),
        ([result("ODA-24", "PASS", kind="test")], "yes: ODA-24 (test)"),
        ([result("ODA-24", "PASS", kind="unknown")], "yes: ODA-24 (unknown)"),
        (
            [result("ODA-24", "PASS", kind="live"), result("ODA-25", "PASS", kind="live")],
            "yes: ODA-24 (live), ODA-25 (live)",
        ),
        (
            [result("ODA-25", "SKIP", kind="live"), result("AC-05", "PASS")],
            "not shown: keys whose private halves are public prove nothing",
        ),
        (
            [result("ODA-24", "PASS", kind="live", recorded=True)],
            "not shown: recorded signatures answer no fresh number",
        ),
        (
            [result("ODA-24", "FAIL", kind="live"), result("AC-05", "PASS")],
            "no: 1 of 2 checks say otherwise",
        ),
    ],
)
def test_authentic(results, said):
    assert standing(results)[Word.AUTHENTIC] == said


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([("READ-01", "FAIL")], "not examined"),
        ([("READ-01", "FAIL"), ("TLV-01", "PASS")], "nothing against it, checks examined: 1"),
        ([("READ-01", "PASS")], "nothing against it, checks examined: 1"),
        ([("READ-01", "FAIL"), ("TLV-01", "FAIL")], "no: 1 of 1 checks say otherwise"),
    ],
)
def test_a_reading_that_broke_off_says_nothing_about_the_coding(results, said):
    assert standing(result(*each) for each in results)[Word.WELL_FORMED] == said


# Against the profile of a product


@pytest.mark.parametrize(
    ("wanted", "change", "verdict", "said"),
    [
        (Expectation(0x9F07), {}, "PASS", "FF00"),
        (Expectation(0x9F07, ("FF00",)), {}, "PASS", "FF00"),
        (Expectation(0x9F07, ("0000", "FXX0")), {}, "PASS", "FF00"),
        (Expectation(0x9F07, ("FF",)), {}, "FAIL", "FF00: expected FF"),
        (Expectation(0x9F07, ("FF0000",)), {}, "FAIL", "FF00: expected FF0000"),
        (Expectation(0x9F07, ("FXX1", "0000")), {}, "FAIL", "FF00: expected FXX1, 0000"),
        (Expectation(0x9F07, low="FF00", high="FF00"), {}, "PASS", "FF00"),
        (Expectation(0x9F07, low="FF01"), {}, "FAIL", "FF00: below FF01"),
        (Expectation(0x9F07, high="FEFF"), {}, "FAIL", "FF00: above FEFF"),
        (Expectation(0x9F07, low="FEFF", high="FF01"), {}, "PASS", "FF00"),
        (Expectation(0x9F07, low="FF01", warn=True, note="why"), {}, "WARN", "FF00: below FF01"),
        (Expectation(0x9F07, low="01"), {0x9F07: ""}, "FAIL", ": below 01"),
        (Expectation(0x9F07, high="01"), {0x9F07: ""}, "PASS", ""),
        (
            Expectation(0x9F07, absent=True),
            {},
            "FAIL",
            "on the card, but the product has none",
        ),
        (Expectation(0xDF7F, absent=True), {}, "PASS", "not on the card"),
        (Expectation(0xDF7F, note="why"), {}, "FAIL", "not on the card"),
        (Expectation(0x5A), {}, "PASS", "as expected"),
        (Expectation(0x5A, ("12",)), {}, "FAIL", "not as expected"),
        (Expectation(0x57, ("12",)), {}, "FAIL", "not as expected"),
        (Expectation(0x5F20, ("12",)), {}, "FAIL", "not as expected"),
        (Expectation(0x5A, low="5000000000000000"), {}, "FAIL", "below 5000000000000000"),
        (Expectation(0x9F17, ("03",)), {}, "PASS", "03"),
        (Expectation(0x9F17, ("02",)), {}, "FAIL", "03: expected 02"),
        (Expectation(0x9F4F), {}, "FAIL", "not on the card"),
    ],
)
def test_an_expectation(wanted, change, verdict, said):
    view = good_view()
    for tag, value in change.items():
        put(view, tag, value)
    found = expect(wanted, view)
    assert (found.verdict.value, found.message) == (verdict, said)
    assert found.advice == ((wanted.note or WHICH) if verdict != "PASS" else "")
    known = view.app.find(wanted.tag)
    if known is not None:
        assert found.evidence == (known.evidence,)
    elif wanted.tag == 0x9F17:
        assert [seen.text for seen in found.evidence] == ["GET DATA 9F17"]
        assert found.evidence[0].exchange == view.app.get_data[0x9F17].index
    else:
        assert found.evidence == ()


@pytest.mark.parametrize("absent", [True, False])
def test_what_was_not_read_is_not_held_against_it(absent):
    view = good_view()
    view.app.records.pop()
    drop(view, 0x9F07)
    found = expect(Expectation(0x9F07, absent=absent), view)
    assert (found.reason, found.message) == (SkipReason.NOT_EXAMINED, "9F07 was not read")


def test_a_profile_is_for_the_first_application_that_it_fits():
    profile = CardProfile("p", "Product", good_view(MASTERCARD).aid[:5], (Expectation(0x82),))
    views = [good_view(VISA), good_view(MASTERCARD)]
    (found,) = judge_profile(profile, views, "card", "slot")
    assert (found.id, found.message, found.verdict) == ("PROFILE-82", "3900", Verdict.PASS)
    assert (found.suite, found.subject, found.reader) == ("card", "card", "slot")
    assert found.title == "Product: as the product's profile has it"
    assert [seen.text for seen in found.evidence] == ["82 at GPO offset 2"]
    (none,) = judge_profile(profile, views[:1], "card", "slot")
    assert (none.id, none.reason) == ("PROFILE", SkipReason.NOT_APPLICABLE)
    assert none.message == "the card has no application A000000004"


def test_a_note_of_the_profile_is_the_advice():
    profile = CardProfile("p", "P", good_view().aid, (Expectation(0x82, ("00",), note="why"),))
    (found,) = judge_profile(profile, [good_view()], "card", "slot")
    assert (found.advice, found.reason) == ("why", None)


# What the card is called


def reader(image: str = "", name: str = "Slot 1") -> SimpleNamespace:
    return SimpleNamespace(image=image, name=name, kind="virtual")


def test_a_card_is_called_by_its_image_or_its_reader():
    assert card_id(reader("visa-credit")) == "visa-credit"
    assert card_id(reader()) == "card in Slot 1"


def test_the_subject_of_a_card_in_a_slot():
    view = good_view()
    found = card_subject(reader(), view.card, b"salt")
    assert (found.id, found.reader, found.kind, found.basis) == (
        "card in Slot 1",
        "Slot 1",
        "emv",
        "",
    )
    assert found.label.endswith(", contact")
    assert (found.pan, found.expiry) == ("476173******0119", "2049-12-31")
    assert (found.pin_tries, found.atc) == (3, 1)
    assert found.atr == view.card.atr.hex().upper()
    assert len(found.card_hash) == 16


def test_the_hash_of_a_card_is_over_salt_pan_and_sequence_number():
    view = good_view()
    first = card_subject(reader(), view.card, b"salt").card_hash
    assert card_subject(reader(), good_view().card, b"salt").card_hash == first
    assert card_subject(reader(), view.card, b"other").card_hash != first
    put(view, 0x5F34, "02")
    second = card_subject(reader(), view.card, b"salt").card_hash
    put(view, 0x5A, "4761739001010127")
    assert len({first, second, card_subject(reader(), view.card, b"salt").card_hash}) == 3


def test_the_hash_is_cut_from_a_sha_256():
    view = good_view()
    pan = b"salt" + b"4761739001010119"
    whole = hashlib.sha256(pan + bytes.fromhex("01")).hexdigest()
    assert card_subject(reader(), view.card, b"salt").card_hash == whole[:16]
    drop(view, 0x5F34)
    whole = hashlib.sha256(pan).hexdigest()
    assert card_subject(reader(), view.card, b"salt").card_hash == whole[:16]


def test_a_virtual_card_is_called_what_its_image_says():
    image = load_image("visa-credit")
    found = card_subject(reader("visa-credit"), good_view().card, b"salt")
    assert (found.label, found.basis, found.kind) == (image.name, image.basis, image.kind)
    assert image.basis


@pytest.mark.parametrize(
    ("aid", "label"),
    [
        ("A0000000041010", "Mastercard"),
        ("A0000000049999", "Mastercard"),
        ("F00000000001", "F00000000001"),
    ],
)
def test_a_card_in_a_slot_is_called_by_its_product_its_scheme_or_its_aid(aid, label):
    view = good_view()
    view.app.fci = tlv.parse(b"")
    view.app.aid = bytes.fromhex(aid)
    found = card_subject(reader(), view.card, b"salt")
    assert found.label.startswith(label)
    assert found.label.endswith(", contact")


def test_the_counter_of_the_last_online_transaction():
    view = good_view()
    like = view.app.get_data[0x9F13]
    view.app.get_data[0x9F13] = replace(like, data=bytes.fromhex("9F13020102"))
    assert card_subject(reader(), view.card, b"").last_online_atc == 0x102


@pytest.mark.parametrize("value", ["", "476173F900"])
def test_a_card_whose_pan_is_none_has_no_hash(value):
    view = good_view()
    put(view, 0x5A, value)
    found = card_subject(reader(), view.card, b"salt")
    assert (found.card_hash, found.pan) == ("", "")


def test_nothing_is_known_of_a_card_without_an_application():
    view = good_view()
    view.card.applications = []
    found = card_subject(reader(), view.card, b"salt")
    assert (found.label, found.kind) == ("card in Slot 1", "unknown")
    assert (found.basis, found.pan, found.expiry) == ("", "", "")
    assert (found.pin_tries, found.atc, found.last_online_atc) == (None, None, None)


@pytest.mark.parametrize(
    ("answer", "sw", "tries"),
    [("9F170103", 0x9000, 3), ("9F17020003", 0x9000, None), ("9F170103", 0x6283, None)],
)
def test_a_counter_has_its_length_and_9000(answer, sw, tries):
    view = good_view()
    like = view.app.get_data[0x9F17]
    view.app.get_data[0x9F17] = replace(like, data=bytes.fromhex(answer), sw=sw)
    assert card_subject(reader(), view.card, b"").pin_tries == tries
