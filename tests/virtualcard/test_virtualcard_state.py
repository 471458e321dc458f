"""The card's memory in a file: kept, private, refused when it is another card's, never half."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from carddialogue import Ac, Dialogue
from scripts_soak import soak_state

from harness.core.errors import ConfigError
from harness.virtualcard.card import open_card
from harness.virtualcard.statefile import default_path


def test_counters_and_log_outlive_the_card_object(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "card.json"
    talk = Dialogue("mastercard-debit", state=state)
    talk.initiate()
    assert talk.send("0020008008" + "249999FFFFFFFFFF").sw == 0x63C2
    talk.first("ARQC")
    first_un = talk.card._engine._engine._drawn  # type: ignore[attr-defined]
    again = Dialogue("mastercard-debit", state=state)
    again.select()
    assert again.data(0x9F36) == b"\x00\x01"
    assert again.data(0x9F17) == b"\x02"
    assert again.card._engine._engine._drawn == first_un  # type: ignore[attr-defined]
    again.initiate()
    assert Ac(again.first("ARQC")).atc == b"\x00\x02"


def test_random_numbers_do_not_start_again(tmp_path: Path) -> None:
    state = tmp_path / "card.json"
    talk = Dialogue("visa-credit", state=state)
    talk.select()
    first = talk.send("0084000000").data
    again = Dialogue("visa-credit", state=state)
    again.select()
    assert again.send("0084000000").data != first


def test_without_a_file_every_card_is_new(tmp_path: Path) -> None:
    Dialogue("visa-credit").initiate()
    talk = Dialogue("visa-credit")
    talk.select()
    assert talk.data(0x9F36) == b"\x00\x00"
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_the_users_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    state = tmp_path / "card.json"
    Dialogue("visa-credit", state=state).initiate()
    assert [path.name for path in tmp_path.iterdir()] == ["card.json"]
    assert state.stat().st_mode & 0o777 == 0o600


def test_reading_alone_writes_nothing_twice(tmp_path: Path) -> None:
    state = tmp_path / "card.json"
    talk = Dialogue("visa-credit", state=state)
    talk.initiate()
    before = state.stat().st_mtime_ns, state.stat().st_ino
    talk.read_all()
    assert (state.stat().st_mtime_ns, state.stat().st_ino) == before


def _broken(text: str, key: str, value: object) -> str:
    content = json.loads(text)
    content[key] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "\xff" * 10,
        lambda text: _broken(text, "image", "visa-debit"),
        lambda text: _broken(text, "schema", 99),
        lambda text: _broken(text, "memory", {}),
        lambda text: text.replace('"atc":1', '"atc":70000'),
        lambda text: text.replace('"atc":1', '"colour":1'),
    ],
)
def test_a_file_that_is_not_this_cards_is_refused(tmp_path: Path, damage) -> None:
    state = tmp_path / "card.json"
    Dialogue("visa-credit", state=state).initiate()
    state.write_text(damage(state.read_text()), encoding="latin-1")
    with pytest.raises(ConfigError, match="not the memory of this card") as caught:
        open_card("visa-credit", state=state)
    assert str(state) in caught.value.where


def test_a_card_that_cannot_remember_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Dialogue("visa-credit", state=tmp_path / "card.json")
    talk.select()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match="No space left"):
        talk.initiate()


def test_the_default_place_follows_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert default_path("visa-credit") == Path("/somewhere/emv-harness/cards/visa-credit.json")


def test_the_test_card_has_no_memory(tmp_path: Path) -> None:
    state = tmp_path / "card.json"
    open_card("test-card", state=state).power_on()
    assert not state.exists()


def test_killed_in_the_middle_of_generate_ac(capsys: pytest.CaptureFixture[str]) -> None:
    """``make soak`` does it 200 times."""
    assert soak_state().main(6, "visa-credit") == 0
    assert "none twice" in capsys.readouterr().out
