"""Every shipped APDU sequence, against the card that it was written for."""

from __future__ import annotations

import pytest

from harness.codec.apdu import ResponseApdu
from harness.codec.tlv import parse
from harness.core.errors import ConfigErrors
from harness.profiles.sequence import load_sequence, matches, sequence_ids
from harness.virtualcard.card import open_card


@pytest.mark.parametrize("name", sequence_ids())
def test_shipped_sequence_holds(name: str) -> None:
    sequence = load_sequence(name)
    card = open_card(sequence.image)
    card.power_on()
    for number, step in enumerate(sequence.steps, 1):
        raw = card.process(step.command).response
        assert raw is not None
        answer = ResponseApdu.parse(raw)
        where = f"{name} step {number}: {raw.hex()}"
        assert answer.sw.matches(step.expect), where
        assert matches(step.data, answer.data), where
        for tag, mask in (step.tags or {}).items():
            found = parse(answer.data).find(tag)
            assert found is not None, where
            assert matches(mask, found.value), where


@pytest.mark.parametrize(
    ("mask", "data", "fits"),
    [
        ("", "0102", True),
        ("*", "", True),
        ("0102", "0102", True),
        ("01 02", "0102", True),
        ("0x02", "0F02", True),
        ("0102", "010203", False),
        ("0102...", "010203", True),
        ("0102...", "01", False),
        ("0103", "0102", False),
    ],
)
def test_mask(mask: str, data: str, fits: bool) -> None:
    assert matches(mask, bytes.fromhex(data)) is fits


def test_all_mistakes_of_a_sequence_are_told_at_once(tmp_path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        'schema = 1\ntitel = "x"\n[[step]]\ncommand = "00A4G"\nexpect = "90"\ndata = "0"\n'
        '[[step]]\ncommand = "00A40400"\ntags = { 9F = "00", 57 = "zz" }\n'
    )
    with pytest.raises(ConfigErrors) as caught:
        load_sequence(path)
    keys = {key for key, _ in caught.value.problems}
    assert keys == {
        "name",
        "titel",
        "step[0].command",
        "step[0].expect",
        "step[0].data",
        "step[1].tags.9F",
        "step[1].tags.57",
    }
