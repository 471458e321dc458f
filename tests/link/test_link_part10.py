"""Part 10 lists, held by recorded vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import CodecError
from harness.link.part10 import pairs, parse_features, parse_pin_properties, parse_properties

CT7XX = bytes.fromhex(
    "0102110204021100050202000301000815"
    "47656D49444272696467652043543778304133316A"
    "0601040701100201020901000B02E6080C02C2340A0400000100"
)
"""Recorded from a Gemalto CT7xx, published with the contributions of the pcsc-lite project."""


def test_recorded_properties() -> None:
    found = parse_properties(CT7XX)
    assert found.values == {
        "wLcdLayout": 0x0211, "wLcdMaxCharacters": 17, "wLcdMaxLines": 2, "bTimeOut2": 0,
        "sFirmwareID": "GemIDBridge CT7x0A31j", "bMinPINSize": 4, "bMaxPINSize": 16,
        "bEntryValidationCondition": 2, "bPPDUSupport": 0, "wIdVendor": 0x08E6,
        "wIdProduct": 0x34C2, "dwMaxAPDUDataSize": 65536,
    }  # fmt: skip
    assert found.usb == "08E6:34C2"
    assert found.unknown == {}


def test_recorded_features_are_big_endian() -> None:
    raw = bytes.fromhex("0604423300060704423300070A044233000A120442330012")
    assert parse_features(raw) == {
        0x06: 0x42330006, 0x07: 0x42330007, 0x0A: 0x4233000A, 0x12: 0x42330012,
    }  # fmt: skip


def test_an_unknown_tag_hides_nothing() -> None:
    found = parse_properties(bytes.fromhex("7F0101") + CT7XX)
    assert found.unknown == {0x7F: b"\x01"}
    assert found.values["wIdVendor"] == 0x08E6


@pytest.mark.parametrize("text", ["06", "0604423300", "0102", "010111"])
def test_what_is_cut_short_is_told(text: str) -> None:
    with pytest.raises(CodecError):
        parse_properties(bytes.fromhex(text))


def test_pin_properties() -> None:
    found = parse_pin_properties(bytes.fromhex("10020701"))
    assert (found.lcd, found.validation, found.timeout_2) == (0x0210, 7, 1)
    with pytest.raises(CodecError):
        parse_pin_properties(b"\0\0\0")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        found = pairs(raw)
    except CodecError:
        return
    assert sum(2 + len(value) for _tag, value in found) <= len(raw)
