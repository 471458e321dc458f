"""Every shipped APDU sequence does what it says when a user runs it."""

from __future__ import annotations

import pytest

from harness.core import paths

FILES = sorted((paths.vectors() / "apdu").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_sequence_passes(file, emv):
    ran = emv("apdu", str(file), "--json")
    assert ran.code == 0, ran.out


def test_sequence_with_a_wrong_expectation_fails(emv, tmp_path):
    text = (paths.vectors() / "apdu" / "lengths.toml").read_text("utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace('"6C05"', '"6C06"'), "utf-8")
    ran = emv("apdu", str(wrong))
    assert ran.code == 1
    assert "6C06 was expected" in ran.out
