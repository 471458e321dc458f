"""Hex as people paste it, masking, dates, errors in three parts."""

from __future__ import annotations

from datetime import date

import pytest

from harness.core.clock import ManualClock, SystemClock, parse_date
from harness.core.errors import CodecError, ConfigError, ConfigErrors
from harness.core.hexes import parse_hex, to_hex
from harness.core.masking import Masker, luhn_ok, mask_all, mask_pan

PAN = "4761739001010119"


@pytest.mark.parametrize(
    "text", ["6F1A", "6f 1a", "6F:1A", "0x6F 0x1A", "0x6F1A", "6F\n1A", "6F-1A", "6F,1A", " 6F1A\t"]
)
def test_hex_as_people_paste_it(text: str) -> None:
    assert parse_hex(text) == b"\x6f\x1a"


@pytest.mark.parametrize(("text", "word"), [("6G", "'G'"), ("6F1", "odd"), ("zz", "'z'")])
def test_bad_hex_says_where(text: str, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_hex(text, where="the argument")
    assert word in caught.value.what
    assert caught.value.where == "the argument"
    assert caught.value.todo


def test_hex_is_upper_case_and_grouped() -> None:
    assert to_hex(b"\xab\x01") == "AB01"
    assert to_hex(b"\xab\x01", " ") == "AB 01"


@pytest.mark.parametrize(
    ("pan", "masked"),
    [
        (PAN, "476173******0119"),
        ("4761739001010", "476173***1010"),
        ("4761739001010101019", "476173*********1019"),
        ("123456789012", "************"),
    ],
)
def test_pan_keeps_six_and_four(pan: str, masked: str) -> None:
    assert mask_pan(pan) == masked


@pytest.mark.parametrize(
    "text",
    [
        PAN,
        "4761 7390 0101 0119",
        "4761-7390-0101-0119",
        f"57 13 {PAN}D4912201",
        "".join(f"{ord(c):02x}" for c in PAN),
        ":".join(f"{ord(c):02X}" for c in PAN),
    ],
)
def test_masker_finds_the_pan_in_every_dress(text: str) -> None:
    masker = Masker()
    assert masker.text(text) == text  # negative control: unknown, so untouched
    masker.learn_pan(PAN)
    masked = masker.text(text)
    assert masked != text
    assert "900101" not in masked.replace(" ", "").replace("-", "")
    assert len(masked) == len(text)
    assert masker.text(text) == masked


def test_masker_learns_while_it_is_used() -> None:
    masker = Masker()
    line = f"PAN {PAN}, CARDHOLDER/TEST"
    assert masker.text(line) == line
    masker.learn_pan(PAN)
    masker.learn_text("CARDHOLDER/TEST")
    assert masker.text(line) == "PAN 476173******0119, **********/****"


def test_masker_that_is_off_changes_nothing() -> None:
    masker = Masker(enabled=False)
    masker.learn_pan(PAN)
    assert masker.text(PAN) == PAN


def test_mask_all_keeps_the_shape() -> None:
    assert mask_all("DOE/JOHN 1") == "***/**** *"


@pytest.mark.parametrize(
    ("digits", "good"),
    [(PAN, True), ("4761739001010118", False), ("79927398713", True), ("0", False), ("4a", False)],
)
def test_luhn(digits: str, good: bool) -> None:
    assert luhn_ok(digits) is good


def test_dates_enter_by_the_clock() -> None:
    fixed = SystemClock(date(2031, 2, 3))
    assert fixed.today() == fixed.now().date() == date(2031, 2, 3)
    before = date.today()
    assert before <= SystemClock().today() <= date.today()
    assert parse_date("2026-11-20") == date(2026, 11, 20)
    with pytest.raises(ConfigError, match="not a date"):
        parse_date("20.11.2026")


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock()
    before = clock.now()
    clock.sleep(86_400)
    assert clock.monotonic() == 86_400
    assert (clock.now() - before).days == 1


def test_errors_have_three_parts() -> None:
    text = str(ConfigError("what", where="there", todo="this"))
    assert text == "what\n  where: there\n  what to do: this"
    both = ConfigErrors("2 mistakes", [("a.b", "one"), ("c", "two")], where="file")
    assert str(both).splitlines()[-2:] == ["  a.b: one", "  c: two"]
    fault = CodecError("cut off", offset=7, path="6F/A5", partial=[1])
    assert (fault.offset, fault.path, fault.partial) == (7, "6F/A5", [1])
    assert "offset 7 in 6F/A5" in str(fault)
