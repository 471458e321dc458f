"""A contactless card in a reader: whose ATR it is, its UID and its ATS."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.checks.reader.contactless import uid
from harness.core.verdict import SkipReason

CONTACTLESS = "3B8180018080"


def bench(answers: list[str], atr: str = CONTACTLESS) -> SimpleNamespace:
    """Answers in turn; ``sent`` is what was asked."""
    made = SimpleNamespace(cold_atr=bytes.fromhex(atr), sent=[])

    def raw(command: bytes) -> bytes:
        made.sent.append(command.hex().upper())
        return bytes.fromhex(answers.pop(0))

    made.raw = raw
    return made


@pytest.mark.parametrize(
    "atr",
    ["", "3B8180", "3F8180018080", "3B6180018080", "3B8100018080", "3B8180008080"],
    ids=["none", "short", "inverse", "T0", "TD1", "TD2"],
)
def test_a_contact_card_is_not_asked(atr):
    made = bench([], atr)
    assert uid(made).reason is SkipReason.NOT_APPLICABLE
    assert made.sent == []


def test_an_atr_of_four_bytes_is_enough_to_see_it():
    assert uid(bench(["6A81"], "3B808001")).reason is None


@pytest.mark.parametrize(
    ("answers", "verdict", "said"),
    [
        (["6A81"], "WARN", "FFCA0000 is refused: 6A81"),
        (["AABBCCDD6300"], "WARN", "FFCA0000 is refused: 6300"),
        (["9000"], "FAIL", "a UID of 0 bytes"),
        (["AABBCC9000"], "FAIL", "a UID of 3 bytes"),
        (["AABBCCDDEE9000"], "FAIL", "a UID of 5 bytes"),
        (["AABBCCDD9000", "0578809000"], "PASS", "UID of 4 bytes; ATS of 3 bytes"),
        (["AABBCCDD9000", "6A81"], "PASS", "UID of 4 bytes; no ATS: 6A81"),
        (["AABBCCDD9000", "056300"], "PASS", "UID of 4 bytes; no ATS: 6300"),
        (["00" * 7 + "9000", "9000"], "PASS", "UID of 7 bytes; ATS of 0 bytes"),
        (["00" * 8 + "9000", "9000"], "PASS", "UID of 8 bytes; ATS of 0 bytes"),
        (["00" * 10 + "9000", "9000"], "PASS", "UID of 10 bytes; ATS of 0 bytes"),
        (["00" * 9 + "9000"], "FAIL", "a UID of 9 bytes"),
    ],
)
def test_uid_and_ats(answers, verdict, said):
    asked = ["FFCA000000", "FFCA010000"][: len(answers)]
    made = bench(answers)
    found = uid(made)
    assert (found.verdict.value, found.message) == (verdict, said)
    assert made.sent == asked
