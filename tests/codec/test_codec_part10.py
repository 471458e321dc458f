"""PC/SC Part 10 lists (vectors/part10) and PC/SC codes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codec.decode import decode
from harness.codec.part10 import (
    FEATURES,
    Feature,
    Property,
    parse_features,
    parse_properties,
    properties_view,
)
from harness.codec.pcsc_codes import CODES, codes_of, number_of
from harness.core.errors import CodecError
from harness.core.paths import vectors

with (vectors() / "part10" / "cases.toml").open("rb") as stream:
    CASES: list[dict[str, Any]] = tomllib.load(stream)["case"]
HEADER = Path("/usr/include/PCSC/pcsclite.h")


def feature(item: Feature) -> str:
    return f"{item.tag:02X}={item.control_code:08X}"


def prop(item: Property) -> str:
    return f"{item.name}={item.value}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_part10_case(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["hex"])
    parse: Any = parse_features if "features" in case else parse_properties
    show: Any = feature if "features" in case else prop
    wanted = case.get("features", case.get("properties"))
    if "error" not in case:
        assert [show(item) for item in parse(raw)] == wanted
        kind = "part10-features" if "features" in case else "part10-properties"
        assert decode(raw).kind == kind
        return
    with pytest.raises(CodecError) as raised:
        parse(raw)
    assert raised.value.offset == case["error"]
    assert [show(item) for item in raised.value.partial] == wanted


def test_part10_text_and_unknown_properties() -> None:
    found = properties_view(bytes.fromhex("0803 312E32 2001 FF"))
    assert found.body["properties"] == [
        {"tag": "08", "name": "sFirmwareID", "value": "1.2"},
        {"tag": "20", "name": "property 32", "value": "FF"},
    ]


def test_part10_equal_tags_side_by_side_stay_apart() -> None:
    assert [item.control_code for item in parse_features(bytes.fromhex("060400000001" * 2))] == [
        1,
        1,
    ]


@given(st.binary(max_size=80))
def test_part10_any_bytes(data: bytes) -> None:
    for parse in (parse_features, parse_properties):
        offset: int | None = 0
        try:
            assert len(parse(data)) <= len(data)
        except CodecError as error:
            offset = error.offset
        assert offset is not None
        assert offset <= len(data)


def test_part10_feature_names() -> None:
    assert Feature(0x06, 1).name == "FEATURE_VERIFY_PIN_DIRECT"
    assert Feature(0x77, 1).name == "FEATURE 0x77"
    assert len(FEATURES) == 20


@pytest.mark.parametrize(
    "text",
    ["0x8010001D", "8010001d", "-2146435043", "2148532253", "SCARD_E_NO_SERVICE", " rv=0x8010001D"],
)
def test_pcsc_code_in_any_dress(text: str) -> None:
    assert decode(text).kind == "pcsc-code"
    assert [code.name for code in codes_of(text)] == ["SCARD_E_NO_SERVICE"]


def test_pcsc_code_that_differs() -> None:
    feature_codes = codes_of("SCARD_E_UNSUPPORTED_FEATURE")
    assert [(code.number, code.where) for code in feature_codes] == [
        (0x8010001F, "pcsc-lite"),
        (0x80100022, "Windows"),
    ]
    assert {code.name for code in codes_of("0x8010001F")} == {
        "SCARD_E_UNEXPECTED",
        "SCARD_E_UNSUPPORTED_FEATURE",
    }


def test_pcsc_code_unknown_is_said() -> None:
    assert "no PC/SC code" in decode("0x80100999").lines[0]
    assert "no PC/SC code" in decode("SCARD_E_NO_SUCH_NAME").lines[0]
    assert number_of("0x12345678") is None


@pytest.mark.skipif(not HEADER.exists(), reason="pcsclite.h is not installed")
def test_pcsc_codes_are_those_of_the_header() -> None:
    text = HEADER.read_text(encoding="utf-8", errors="replace")
    ours = {code.name: code.number for code in CODES if code.where != "Windows"}
    assert len(ours) > 60
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["#define"] and len(words) > 2 and words[1] in ours:
            number = words[2].removeprefix("((LONG)").rstrip(")")
            assert int(number, 16) == ours[words[1]], line
