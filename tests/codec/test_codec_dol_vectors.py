"""Every case of vectors/dol: entries, the data that is built, the fault and its offset."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from harness.codec.dol import DolEntry, build_dol, dol_length, parse_dol, split_dol
from harness.core.errors import CodecError
from harness.core.paths import vectors


def load() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((vectors() / "dol").glob("*.toml")):
        with path.open("rb") as stream:
            found += tomllib.load(stream)["case"]
    return found


CASES = load()


def short(entries: Any) -> list[str]:
    return [f"{entry.tag:02X}/{entry.length}" for entry in entries]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["hex"])
    if "error" in case:
        with pytest.raises(CodecError) as raised:
            parse_dol(raw)
        assert raised.value.offset == case["error"]
        assert short(raised.value.partial) == case["entries"]
        return
    entries = parse_dol(raw)
    assert short(entries) == case["entries"]
    assert b"".join(entry.to_bytes() for entry in entries) == raw
    values = {int(tag, 16): bytes.fromhex(value) for tag, value in case["values"].items()}
    data = build_dol(entries, values)
    assert data.hex().upper() == case["data"].replace(" ", "")
    assert dol_length(entries) == len(data)
    parts = split_dol(entries, data)
    assert [tag for tag, _part in parts] == [entry.tag for entry in entries]
    assert b"".join(part for _tag, part in parts) == data


def test_a_quarter_is_malformed() -> None:
    assert sum("error" in case for case in CASES) * 4 >= len(CASES)
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("size", [3, 5])
def test_split_reports_a_wrong_length(size: int) -> None:
    with pytest.raises(CodecError) as raised:
        split_dol((DolEntry(0x9F37, 4),), bytes(size))
    assert raised.value.offset == min(size, 4)
    assert raised.value.partial == [(0x9F37, bytes(min(size, 4)))]
