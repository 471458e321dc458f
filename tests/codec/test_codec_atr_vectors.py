"""Every case of vectors/atr: protocols, historical bytes, and the two verdicts."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from harness.codec.atr import AtrFinding, emv_faults, iso_faults, parse_atr
from harness.codec.atr_text import describe_atr
from harness.core.errors import CodecError
from harness.core.paths import vectors


def load() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((vectors() / "atr").glob("*.toml")):
        with path.open("rb") as stream:
            content = tomllib.load(stream)
        if content["kind"] == "atr":
            found += content["case"]
    return found


CASES = load()
with (vectors() / "atr" / "words.toml").open("rb") as words_file:
    WORDS = {case["id"]: case for case in tomllib.load(words_file)["case"]}


def long(found: tuple[AtrFinding, ...]) -> list[str]:
    return [
        f"{item.severity}@{item.offset} {item.spec.document}, {item.spec.clause}: {item.text}"
        for item in found
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_finding_in_full(case: dict[str, Any]) -> None:
    atr = parse_atr(bytes.fromhex(case["hex"]))
    words = WORDS.get(case["id"], {})
    assert long(iso_faults(atr)) == words.get("iso", [])
    assert long(emv_faults(atr)) == words.get("emv_cold", [])
    assert long(emv_faults(atr, warm=True)) == words.get("emv_warm", [])


def short(found: tuple[AtrFinding, ...]) -> list[str]:
    assert all(item.text and str(item.spec) for item in found)
    return [f"{item.severity}@{item.offset}" for item in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    atr = parse_atr(bytes.fromhex(case["hex"]))
    assert [f"T={value}" for value in atr.protocols] == case["protocols"]
    assert atr.historical.hex().upper() == case.get("historical", "")
    assert atr.contactless is case.get("contactless", False)
    assert short(iso_faults(atr)) == case["iso"]
    assert atr.faults == iso_faults(atr)
    assert short(emv_faults(atr)) == case["emv_cold"]
    assert short(emv_faults(atr, warm=True)) == case["emv_warm"]
    lines = describe_atr(atr)
    assert lines[0].startswith(f"TS   {case['hex'][:2]}")


def test_half_of_the_cases_break_a_rule() -> None:
    assert len(CASES) >= 25
    bad = [case for case in CASES if case["iso"] or case["emv_cold"]]
    assert len(bad) * 2 >= len(CASES)
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert len({case["hex"] for case in CASES}) == len(CASES)


def test_only_an_empty_atr_raises() -> None:
    with pytest.raises(CodecError):
        parse_atr(b"")
    for first in range(256):
        for second in range(256):
            iso_faults(parse_atr(bytes((0x3B, first, second, 0x91, 0x31, 0x71))))


def test_an_endless_chain_of_protocols_is_read_for_33_bytes() -> None:
    atr = parse_atr(bytes.fromhex("3B80" + "8B" * 200))
    assert max(atr.td) == 31
    assert (atr.historical, atr.missing, len(atr.trailing)) == (b"", "", 168)
    assert len(iso_faults(atr)) < 40


def test_parameters_of_ta1() -> None:
    atr = parse_atr(bytes.fromhex("3BF41300FF9101717C4100DEADBEEFE6"))
    assert (atr.fi, atr.di, atr.specific_mode, atr.first_protocol) == (372, 4, True, 1)
    assert atr.tck_ok
    assert atr.checksum == 0


@pytest.mark.parametrize(
    ("text", "convention", "parameters", "tck", "checksum"),
    [
        ("3B600000", "direct", (372, 1), (False, True), 0x60),
        ("3F7096 0000", "inverse", (512, 32), (False, True), 0xE6),
        ("3090911040", "unknown", (512, 1), (False, True), 0x51),
        ("3B801000", "direct", (372, 1), (False, True), 0x90),  # T=0 alone, TA2 after it
        ("3BE000FF81317C4192AABB", "direct", (372, 1), (True, True), 0),  # two bytes behind TCK
        ("3BE000FF81317C4193", "direct", (372, 1), (True, False), 1),
        ("3BE000FF81317C41", "direct", (372, 1), (True, False), 0x92),
    ],
)
def test_properties(
    text: str,
    convention: str,
    parameters: tuple[int, int],
    tck: tuple[bool, bool],
    checksum: int,
) -> None:
    atr = parse_atr(bytes.fromhex(text))
    assert atr.convention == convention
    assert (atr.fi, atr.di) == parameters
    assert (atr.tck_due, atr.tck_ok) == tck
    assert atr.checksum == checksum


def test_only_the_first_group_of_t1_is_judged() -> None:
    """TA3 is in order; TA4, an IFSC of 00 behind a second T=1, has no meaning."""
    atr = parse_atr(bytes.fromhex("3B80 81 91 20 11 00 21"))
    assert atr.ta == {3: 0x20, 4: 0x00}
    assert [item.text for item in iso_faults(atr) if "TA" in item.text] == []


def test_parts_and_their_places() -> None:
    atr = parse_atr(bytes.fromhex("3BF41300FFD0000A3F0300DEADBEEFDC"))
    assert (atr.ts, atr.t0, atr.ta, atr.tb) == (0x3B, 0xF4, {1: 0x13, 2: 0, 3: 3}, {1: 0, 3: 0})
    assert (atr.tc, atr.td, atr.tck) == ({1: 0xFF, 2: 0x0A}, {1: 0xD0, 2: 0x3F}, 0xDC)
    assert atr.offsets == {
        **{"TS": 0, "T0": 1, "TA1": 2, "TB1": 3, "TC1": 4, "TD1": 5, "TA2": 6, "TC2": 7},
        **{"TD2": 8, "TA3": 9, "TB3": 10, "historical": 11, "TCK": 15},
    }
    assert (atr.missing, atr.trailing, atr.protocols) == ("", b"", (0,))
    bare = parse_atr(b"\x3b")
    assert (bare.t0, bare.missing, bare.protocols) == (0, "T0", (0,))
    for text, missing in (
        ("3B60", "TB1"),
        ("3B6500002063CB", "historical bytes"),
        ("3BE000FF81317C41", "TCK"),
        ("3B80", "TD1"),
    ):
        assert parse_atr(bytes.fromhex(text)).missing == missing
    both = parse_atr(bytes.fromhex("3B6500"))
    assert both.missing == "TC1"
    assert parse_atr(bytes.fromhex("3BE000FF81317C4192AABB")).trailing.hex() == "aabb"


def test_historical_bytes_in_words() -> None:
    atr = parse_atr(bytes.fromhex("3BDA18FF81B1FE751F030031F573C78A4000900092"))
    text = "\n".join(describe_atr(atr))
    assert "card capabilities C78A40" in text
    assert "DF selection by full name" in text
    assert "extended Lc and Le" in text
    assert "life cycle 00, status 9000" in text
    memory = parse_atr(bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"))
    assert any("MIFARE Classic 1K" in line for line in describe_atr(memory))
