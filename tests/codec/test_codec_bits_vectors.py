"""Every case of vectors/bitfields, and the completeness of the bit fields."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from harness.codec.bits import Bit, bit_field, bit_lines, counters, describe, fields, set_bits
from harness.codec.tags import all_entries
from harness.core.paths import vectors


def load() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((vectors() / "bitfields").glob("*.toml")):
        with path.open("rb") as stream:
            content = tomllib.load(stream)
        if content["kind"] == "bitfields":
            found += content["case"]
    return found


CASES = load()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    aid = bytes.fromhex(case["aid"]) if "aid" in case else None
    value = bytes.fromhex(case["hex"])
    found = describe(int(case["tag"], 16), value, aid=aid, mask=case.get("mask", True))
    assert found == case["lines"]


def test_the_cases_are_distinct_and_a_quarter_is_bad() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert sum(bool(case.get("malformed")) for case in CASES) * 4 >= len(CASES)
    keys = {(case["tag"], case["hex"], case.get("aid"), case.get("mask")) for case in CASES}
    assert len(keys) == len(CASES)


@pytest.mark.parametrize("slug", fields())
def test_every_bit_is_named_or_rfu_and_said(slug: str) -> None:
    field = bit_field(slug)
    assert field.spec.document
    assert all(len(row) == 8 for row in field.bytes)
    width = len(field.bytes)
    for bit in field.bits():
        value = bytearray(width)
        value[bit.byte - 1] = 1 << (bit.bit - 1)
        assert set_bits(slug, bytes(value)) == [bit]
        expected = f"byte {bit.byte} bit {bit.bit}: {bit.name or 'RFU, but set'}"
        number, counted, place = bit.name.rpartition(": bit ")
        if counted:  # several bits are one number
            expected = f"{number}: {1 << (int(place) - 1)}"
        assert bit_lines(slug, bytes(value)) == [expected]


def test_bits_that_are_one_number_are_shown_as_one() -> None:
    value = bytes.fromhex("A50027240000")
    assert counters("mastercard-cvr", value) == [("script counter", 2), ("PIN tries left", 7)]
    assert "PIN tries left: 7" in bit_lines("mastercard-cvr", bytes.fromhex("000007000000"))
    assert counters("tvr", bytes(5)) == []


def test_bits_beyond_the_field_are_rfu() -> None:
    assert set_bits("tsi", bytes.fromhex("000001")) == [Bit(3, 1, "")]


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 9, 40])
def test_no_entry_raises_on_any_value(length: int) -> None:
    for info in all_entries():
        for byte in (0x00, 0x41, 0x99, 0xFF):
            lines = describe(info.tag, bytes((byte,)) * length, aid=None)
            assert all(isinstance(line, str) and line for line in lines)
