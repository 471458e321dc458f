"""The fuzz target's own check, on a small count of inputs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_codec", ROOT / "scripts/fuzz_codec.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGET = load()


@given(st.binary(max_size=600))
@settings(max_examples=300, deadline=None)
def test_random_bytes(data: bytes) -> None:
    TARGET.check(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x6f\x80" * 32_000,
        b"\x50\x00" * 32_768,
        b"\x95\x05\x80\x00\x00\x00\x00" * 9_000,
        b"\x57\x01\xd0" * 21_845,
        b"\x3b" + b"\xff" * 65_535,
        b"\x8c\x82\xff\xf0" + b"\x9f\x02\x06" * 21_000,
        b"\x31" * 65_536,
        b"\x00\xa4\x04\x00\x00\xff\xff" + b"\x41" * 65_535,
    ],
    ids=lambda data: data[:4].hex(),
)
def test_hostile_input_is_decoded_within_a_second(data: bytes) -> None:
    TARGET.check(data)
