"""Formats, dates, track 2, AFL and CVM lists."""

from __future__ import annotations

from datetime import date

import pytest

from harness.codec.afl import AflEntry, parse_afl
from harness.codec.cvm import (
    CONDITIONS,
    METHODS,
    CvmRule,
    condition_name,
    method_name,
    parse_cvm_list,
)
from harness.codec.formats import (
    decode_an,
    decode_ans,
    decode_cn,
    decode_n,
    format_amount,
    pan_digits,
    parse_date_yymmdd,
)
from harness.codec.track2 import Track2, parse_track2
from harness.core.errors import CodecError


def test_numeric_formats() -> None:
    assert decode_n(bytes.fromhex("000000001234")) == "000000001234"
    assert decode_cn(bytes.fromhex("476173900101011F")) == "476173900101011"
    assert pan_digits(bytes.fromhex("4761739001010119")) == "4761739001010119"
    for call, text, offset in (
        (decode_n, "00120F", 2),
        (decode_cn, "47F173", 1),
        (decode_an, "41422D", 2),
        (decode_an, "41E9", 1),
        (decode_ans, "4100", 1),
    ):
        with pytest.raises(CodecError) as raised:
            call(bytes.fromhex(text))
        assert raised.value.offset == offset
    with pytest.raises(CodecError):
        pan_digits(b"\xff\xff")


def test_texts() -> None:
    assert decode_an(b"AB12") == "AB12"
    assert decode_ans(b"VISA TEST") == "VISA TEST"
    assert decode_ans(bytes.fromhex("B2"), 5) == "В"
    with pytest.raises(CodecError):
        decode_ans(b"A", 12)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("261121", date(2026, 11, 21)),
        ("491231", date(2049, 12, 31)),
        ("500101", date(1950, 1, 1)),
        ("240229", date(2024, 2, 29)),
        ("250229", None),
        ("271301", None),
        ("27010", None),
        ("2701AA", None),
        ("", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    raw = bytes.fromhex(text) if len(text) % 2 == 0 else b"\x27\x01"
    assert parse_date_yymmdd(raw) == day


def test_amounts() -> None:
    assert format_amount(1234, 2, "EUR") == "12.34 EUR"
    assert format_amount(5, 2) == "0.05"
    assert format_amount(500, 0, "JPY") == "500 JPY"
    assert format_amount(-1234, 3, "KWD") == "-1.234 KWD"


def test_track2() -> None:
    raw = bytes.fromhex("4761739001010119D27122011234567890")
    found = parse_track2(raw)
    assert found == Track2("4761739001010119", "2712", "201", "1234567890")
    assert found.to_bytes() == raw
    odd = parse_track2(bytes.fromhex("4761739001010119D2712201123F"))
    assert odd.discretionary == "123"
    assert odd.to_bytes().hex().upper() == "4761739001010119D2712201123F"


@pytest.mark.parametrize(
    "text",
    [
        "4761739001010119",
        "D2712201",
        "47617390010101191234D2712201",
        "4761A39001010119D2712201",
        "4761739001010119D27122",
        "4761739001010119D27122AA12",
        "",
    ],
)
def test_broken_track2(text: str) -> None:
    with pytest.raises(CodecError):
        parse_track2(bytes.fromhex(text))


def test_afl() -> None:
    entries = parse_afl(bytes.fromhex("0801020118030300"))
    assert entries == (AflEntry(1, 1, 2, 1), AflEntry(3, 3, 3, 0))
    assert list(entries[0].records) == [1, 2]
    assert b"".join(entry.to_bytes() for entry in entries).hex() == "0801020118030300"


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("080101", 0),
        ("0801010009010100", 4),
        ("00010100", 0),
        ("F8010100", 0),
        ("08000100", 0),
        ("08020100", 0),
        ("08010203", 0),
    ],
)
def test_broken_afl(text: str, offset: int) -> None:
    with pytest.raises(CodecError) as raised:
        parse_afl(bytes.fromhex(text))
    assert raised.value.offset == offset


def test_afl_keeps_what_stands_before_the_fault() -> None:
    with pytest.raises(CodecError) as raised:
        parse_afl(bytes.fromhex("0801010009010100"))
    assert raised.value.partial == (AflEntry(1, 1, 1, 0),)


def test_cvm_list() -> None:
    found = parse_cvm_list(bytes.fromhex("000003E8000007D041035E061F00"))
    assert (found.amount_x, found.amount_y) == (1000, 2000)
    assert [rule.method for rule in found.rules] == [0x01, 0x1E, 0x1F]
    assert [rule.fail_if_unsuccessful for rule in found.rules] == [False, False, True]
    assert parse_cvm_list(bytes(8)).rules == ()
    with pytest.raises(CodecError):
        parse_cvm_list(bytes(7))
    with pytest.raises(CodecError) as raised:
        parse_cvm_list(bytes.fromhex("00000000000000001F0042"))
    assert raised.value.partial == parse_cvm_list(bytes.fromhex("00000000000000001F00"))


def test_every_cvm_code_and_condition_has_words() -> None:
    for code in range(64):
        assert method_name(code)
        assert ("RFU" in method_name(code)) == (code not in METHODS and not 0x20 <= code <= 0x3E)
    for condition in range(256):
        known = condition in CONDITIONS or condition >= 0x80
        assert ("RFU" in condition_name(condition)) != known
    assert "bit 8 is RFU" in CvmRule(0x81, 0).describe()
