"""A cryptogram that was personalised wrongly: the one thing that is wrong is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checkviews import VISA, reader_of

from harness.checks.card.variations import explain
from harness.checks.card_suite import CardSuiteOptions, run_card_suite
from harness.core.clock import ManualClock
from harness.core.verdict import Verdict
from harness.crypto.cryptogram import AC_TAGS, CryptogramScheme, scheme
from harness.crypto.iad import mchip_iad, visa_iad
from harness.profiles.image import load_image
from harness.records.result import CheckResult
from harness.testing.pace import within

IMK = bytes(range(16))
PAN, PSN = "4761739001010119", 1
VALUES = {tag: bytes(size) for tag, size in AC_TAGS} | {
    0x9F36: b"\x00\x07",
    0x9F37: b"\x01\x02\x03\x04",
}
VISA_RID, MASTERCARD_RID = bytes.fromhex("A000000003"), bytes.fromhex("A000000004")
VISA_10 = (scheme("0A", VISA_RID), visa_iad("0A", 1, bytes.fromhex("03A00000")))
VISA_18 = (scheme("12", VISA_RID), visa_iad("12", 1, bytes.fromhex("03A00000")))
MCHIP_16 = (
    scheme("10", MASTERCARD_RID),
    mchip_iad("10", 1, bytes(6), dac=bytes(2), counters=bytes(8)),
)


def made(method: CryptogramScheme, iad: bytes, psn: int | None = PSN) -> bytes:
    return method.ac(method.derive(IMK, PAN, psn), VALUES, iad)


def told(known: tuple[CryptogramScheme, bytes], cryptogram: bytes) -> str:
    return explain(known[0], IMK, PAN, PSN, VALUES, known[1], cryptogram)


@pytest.mark.parametrize("known", [VISA_10, VISA_18, MCHIP_16], ids=["0A", "12", "10"])
def test_a_wrong_sequence_number_is_named(known: tuple[CryptogramScheme, bytes]) -> None:
    assert told(known, made(*known, psn=0)) == "personalised with PSN 00"
    assert told(known, made(*known, psn=42)) == "personalised with PSN 42"


@pytest.mark.parametrize(
    ("known", "change", "said"),
    [
        (VISA_10, {"padding": "emv"}, "padding method 2"),
        (VISA_18, {"padding": "visa"}, "padding method 1"),
        (MCHIP_16, {"session": "common"}, "session keys: common"),
        (VISA_10, {"covers": "iad"}, "a cryptogram over iad"),
        (VISA_10, {"tags": (AC_TAGS[1], AC_TAGS[0], *AC_TAGS[2:])}, "another order"),
    ],
    ids=["padding-2", "padding-1", "session", "covers", "order"],
)
def test_another_method_is_named(
    known: tuple[CryptogramScheme, bytes], change: dict[str, object], said: str
) -> None:
    if "tags" in change:
        VALUES[AC_TAGS[0][0]] = bytes.fromhex("000000001234")
    other = replace(known[0], **change)
    assert said in told(known, made(other, known[1]))


def test_another_option_of_derivation_is_named_where_it_differs() -> None:
    """Option B is option A for a PAN of up to 16 digits; with 19 digits they differ."""
    method, iad = VISA_18
    pan = "6222620910002000002"
    other = replace(method, key_option="A")
    cryptogram = other.ac(other.derive(IMK, pan, PSN), VALUES, iad)
    assert explain(method, IMK, pan, PSN, VALUES, iad, cryptogram).endswith("option A")


def test_what_fits_no_variation_is_not_explained() -> None:
    assert told(VISA_10, bytes(8)) == ""


def run(**changes: object) -> dict[str, CheckResult]:
    image = load_image(VISA)
    app = replace(image.applications[0], **changes)
    events: list[object] = []
    clock = ManualClock()
    run_card_suite(
        reader_of(replace(image, applications=(app,)), clock),
        events.append,
        options=CardSuiteOptions(clock=clock),
    )
    return {event.id: event for event in events if isinstance(event, CheckResult)}


def test_a_card_whose_keys_were_made_with_another_sequence_number() -> None:
    app = load_image(VISA).applications[0]
    results = run(data={**app.data, 0x5F34: b"\x02"})
    assert results["AC-05"].verdict is Verdict.FAIL
    assert results["AC-09"].message == "personalised with PSN 01"


def test_a_good_card_needs_no_explanation() -> None:
    assert run()["AC-09"].verdict is Verdict.PASS


def test_a_full_card_check_takes_less_than_a_second() -> None:
    run()
    assert within(1.0, run)
