"""Faults that need the dictionary, values in the context of others, ATS, track 1, data by a DOL."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codec.ats import describe_ats, parse_ats
from harness.codec.dol import parse_tag_list
from harness.codec.show_more import show_dol_data
from harness.codec.tags import lookup
from harness.codec.tlv import parse
from harness.codec.tlv_lenient import Rule
from harness.codec.tlv_rules import allowed_in, dictionary_faults
from harness.codec.tlv_view import TlvView
from harness.codec.track1 import Track1, parse_track1
from harness.core.errors import CodecError
from harness.core.paths import vectors
from harness.testing.pace import within

with (vectors() / "tlv" / "dictionary.toml").open("rb") as stream:
    CASES: list[dict[str, Any]] = tomllib.load(stream)["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_dictionary_case(case: dict[str, Any]) -> None:
    aid = bytes.fromhex(case["aid"]) if "aid" in case else None
    errors = TlvView(parse(bytes.fromhex(case["hex"])), aid=aid).errors()
    found = [{key: error[key] for key in ("offset", "rule", "path")} for error in errors]
    by_place = sorted(case["errors"], key=lambda error: (error["offset"], error["rule"]))
    assert sorted(found, key=lambda error: (error["offset"], error["rule"])) == by_place
    assert [error["offset"] for error in errors] == sorted(error["offset"] for error in errors)
    assert all(error["message"] for error in errors)


def test_dictionary_faults_in_words() -> None:
    (found,) = dictionary_faults(parse(bytes.fromhex("7005 5003414243")))
    assert found.message == "tag 50 (Application Label) does not belong in template 70"
    (padding,) = dictionary_faults(parse(bytes.fromhex("00 7004 5F340101")))
    assert padding.message == "1 bytes 00 before template 70, which must come first"
    assert padding.rule is Rule.PADDING


def test_a_kernel_is_context_as_well() -> None:
    tree = parse(bytes.fromhex("70079F6E0420000000"))
    assert TlvView(tree, kernel=3).name(tree.nodes[0].children[0]).startswith("Form Factor")
    assert TlvView(tree, kernel=2).name(tree.nodes[0].children[0]) == "Third Party Data"


def offsets(text: str, **context: int) -> list[int]:
    return [fault.offset for fault in dictionary_faults(parse(bytes.fromhex(text)), **context)]  # type: ignore[arg-type]


def test_a_kernel_decides_which_meaning_is_judged() -> None:
    assert offsets("6F07 9F6E0420000000") == []
    assert offsets("6F07 9F6E0420000000", kernel=3) == [2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # on both sides of a tag that is not known, and of one that may be several
        ("700F 5003414243 DF7E0101 9F38039F3704", [2, 11]),
        ("7012 5003414243 9F6E0420000000 9F38039F3704", [2, 14]),
        ("7005 5003414243 7005 5003414243", [2, 9]),
        ("6F0B A503870101 5F2403271231", [7]),  # behind a template, beside it
    ],
)
def test_every_object_is_judged(text: str, found: list[int]) -> None:
    assert offsets(text) == found


RECORDS = {0x70, 0x77, 0x80}
DIRECTORIES = {0xBF0C, 0x73, 0x70, 0x61}


@pytest.mark.parametrize(
    ("named", "allowed"),
    [
        (set(), set()),
        ({0x6F}, {0x6F}),
        ({0x70}, RECORDS),
        ({0x77, 0xA5}, {*RECORDS, 0xA5}),
        ({0x80}, {0x80}),
        ({0x73}, DIRECTORIES),
        ({0xBF0C, 0xA5}, {*DIRECTORIES, 0xA5}),
        ({0x61}, {0x61}),
    ],
)
def test_templates_that_stand_for_each_other(named: set[int], allowed: set[int]) -> None:
    info = lookup(0x50)
    assert info is not None
    assert allowed_in(replace(info, templates=tuple(named))) == allowed


def test_a_fault_behind_the_last_byte_of_a_value() -> None:
    (fault,) = dictionary_faults(parse(bytes.fromhex("7003 57010D")))
    assert (fault.offset, fault.path, fault.rule) == (5, "70/57", Rule.BAD_VALUE)
    assert fault.message == "track 2 ends before expiry and service code"


@given(st.binary(max_size=600))
def test_no_bytes_break_the_rules(data: bytes) -> None:
    found = dictionary_faults(parse(data))
    assert [fault.offset for fault in found] == sorted(fault.offset for fault in found)
    assert all(0 <= fault.offset <= len(data) and fault.message for fault in found)


def test_hostile_input_is_judged_within_a_second() -> None:
    for data in (b"\x5f\x34\x00" * 21_000, b"\x9f\x38\x00" * 21_000, b"\x70\x02\x50\x00" * 16_000):
        tree = parse(data)
        assert len(within(1.0, lambda tree=tree: dictionary_faults(tree))) <= len(data)


@pytest.mark.parametrize(
    ("index", "hex_name", "line"),
    [
        ("01", "43616665", '"Cafe" (ISO/IEC 8859-1)'),
        ("05", "BCB8C0", '"МИР" (ISO/IEC 8859-5)'),
        ("07", "D6E1EDE1", ""),
    ],
)
def test_preferred_name_by_its_code_table(index: str, hex_name: str, line: str) -> None:
    size = len(hex_name) // 2
    data = bytes.fromhex(f"9F1101{index} 9F12{size:02X}{hex_name}")
    name = TlvView(parse(data)).nodes()[1]
    if not line:
        line = '"{}" (ISO/IEC 8859-7)'.format(bytes.fromhex(hex_name).decode("iso8859-7"))
    assert name["fields"] == [line]


def test_preferred_name_without_or_with_a_bad_code_table() -> None:
    for head in ("", "9F110111", "9F1102 0101"):
        data = bytes.fromhex(f"{head} 9F1203434154")
        assert TlvView(parse(data)).nodes()[-1]["fields"][0] == '"CAT"'
    broken = TlvView(parse(bytes.fromhex("9F110107 9F1201D2"))).nodes()[1]["fields"]
    assert broken == ["does not follow its coding: not text of ISO/IEC 8859-7"]


def test_data_by_a_dol() -> None:
    dol = bytes.fromhex("9F02069A039C015A08")
    data = bytes.fromhex("000000001000 261121 00 4761739001010119")
    assert show_dol_data(dol, data) == [
        "9F02 Amount, Authorised (Numeric): 000000001000",
        "  1000 minor units",
        "9A Transaction Date: 261121",
        "  2026-11-21",
        "9C Transaction Type: 00",
        "  00 goods or services",
        "5A Application Primary Account Number (PAN): ****************",
        "  476173******0119",
    ]
    assert show_dol_data(dol, data, mask=False)[-2:] == [
        "5A Application Primary Account Number (PAN): 4761739001010119",
        "  4761739001010119",
    ]
    short = show_dol_data(dol, data[:9])
    assert short[:4] == show_dol_data(dol, data)[:4]
    assert short[-1].startswith("does not follow its coding: the DOL asks for 18 bytes")
    cut = show_dol_data(bytes.fromhex("9A039F"), bytes.fromhex("261121"))
    assert cut[-1] == "does not follow its coding: the DOL ends inside a tag"
    foreign = show_dol_data(bytes.fromhex("9F6E04"), bytes(4), aid=bytes.fromhex("A000000003"))
    assert foreign[0] == "9F6E Form Factor Indicator (FFI): 00000000"
    assert show_dol_data(bytes.fromhex("DF7E01"), b"A") == ["DF7E unknown: 41"]


def test_tag_list() -> None:
    assert parse_tag_list(bytes.fromhex("829F02DF8101")) == (0x82, 0x9F02, 0xDF8101)
    assert parse_tag_list(b"") == ()
    for text, offset, partial in (
        ("829F", 1, (0x82,)),
        ("FF", 0, ()),
        ("82FF01", 1, (0x82,)),
        ("8200", 1, (0x82,)),
        ("82DF81818101", 1, (0x82,)),
    ):
        with pytest.raises(CodecError) as raised:
            parse_tag_list(bytes.fromhex(text))
        assert (raised.value.offset, raised.value.partial) == (offset, partial)


def test_track1() -> None:
    text = b"%B4761739001010119^CARD/TEST ^3112201123456789?"
    assert parse_track1(text) == Track1(
        "B", "4761739001010119", "CARD/TEST", "3112", "201", "123456789"
    )
    for bad, offset in (
        (b"", 0),
        (b"%4761^A^3112201", 1),
        (b"B4761^A", 1),
        (b"B47A1^A^3112201", 1),
        (b"B4761^AB^31122", 9),
        (b"B4761^A\xff^3112201", 7),
        (b"B" + b"1" * 20 + b"^A^3112201", 1),
    ):
        with pytest.raises(CodecError) as raised:
            parse_track1(bad)
        assert raised.value.offset == offset


ATS = [
    ("067577810280", "ISO/IEC 14443-4, 5.2; ATS of MIFARE DESFire, published", 64, "80", []),
    ("0578807002", "ATS of an EMV card in public traces", 256, "", []),
    ("01", "ISO/IEC 14443-4, 5.2: TL alone", 32, "", []),
    ("0200", "ISO/IEC 14443-4, 5.2: smallest frames", 16, "", []),
    ("020C", "ISO/IEC 14443-4, 5.2: largest frames", 4096, "", []),
    ("0775778102804A", "own bytes: two historical bytes", 64, "804A", []),
    ("05778080", "own damage: TL counts one byte too many", 128, "", ["fail@0", "fail@4"]),
    ("0370 80".replace(" ", ""), "own damage: ends before TB1", 16, "", ["fail@3"]),
    ("028D", "FSCI D and bit 8 of T0 are RFU", 256, "", ["warn@1", "warn@1"]),
    ("05780800FC"[:10], "bit 4 of TA1, bits 3 to 8 of TC1 are RFU", 256, "", ["warn@2", "warn@4"]),
    ("0322F0", "FWI 15 is RFU", 32, "", ["warn@2"]),
    ("03220F", "SFGI 15 is RFU", 32, "", ["warn@2"]),
    ("FF", "own damage: TL alone, wrong", 32, "", ["fail@0"]),
]


@pytest.mark.parametrize(("text", "source", "size", "historical", "faults"), ATS)
def test_ats(text: str, source: str, size: int, historical: str, faults: list[str]) -> None:
    ats = parse_ats(bytes.fromhex(text))
    assert source
    assert (ats.frame_size, ats.historical.hex().upper()) == (size, historical)
    assert [f"{item.severity}@{item.offset}" for item in ats.faults] == faults
    assert len(describe_ats(ats)) >= 1 + len(faults)


def test_ats_in_words() -> None:
    assert describe_ats(parse_ats(bytes.fromhex("067577810280")))[:5] == [
        "TL   06  6 bytes",
        "T0   75  frames of at most 64 bytes",
        "TA1  77  card sends at 106/212/424/847, takes 106/212/424/847 kbit/s",
        "TB1  81  frame waiting time 77.3 ms, guard time 0.6 ms",
        "TC1  02  CID supported, no NAD",
    ]
    same = describe_ats(parse_ats(bytes.fromhex("0312 81")))[2]
    assert same == "TA1  81  card sends at 106, takes 106/212 kbit/s, the same both ways"
    with pytest.raises(CodecError):
        parse_ats(b"")
    default = parse_ats(b"\x01")
    assert (round(default.frame_waiting_ms, 2), default.guard_ms) == (4.83, 0.0)
