"""The shipped terminals, and contradictions that are refused on load."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import ConfigErrors
from harness.profiles.terminal_config import load_terminal, terminal_ids, terminals_folder

SHIPPED = {
    "attended-eu": (22, True, {"plaintext_pin", "signature", "no_cvm"}),
    "pos-pin-eu": (
        22,
        True,
        {"plaintext_pin", "online_pin", "enciphered_pin", "signature", "no_cvm"},
    ),
    "unattended-eu": (25, False, {"plaintext_pin", "no_cvm"}),
    "atm-eu": (14, False, {"online_pin"}),
    "mpos-eu": (21, True, {"plaintext_pin", "online_pin", "enciphered_pin", "no_cvm"}),
}
CVMS = ("plaintext_pin", "online_pin", "signature", "enciphered_pin", "no_cvm")


@pytest.mark.parametrize("name", SHIPPED)
def test_what_each_claims(name: str) -> None:
    terminal = load_terminal(name)
    kind, attended, cvms = SHIPPED[name]
    assert (terminal.terminal_type, terminal.attended) == (kind, attended)
    assert {cvm for cvm in CVMS if terminal.can(cvm)} == cvms
    assert terminal.online_only is (kind in (14, 21))
    assert not terminal.offline_only


def test_all_of_them_are_looked_at() -> None:
    assert set(terminal_ids()) == set(SHIPPED)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (terminals_folder() / "pos-pin-eu.toml").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("= 22 ", "= 31 ", "is not one of"),
        ("= 22 ", "= 25 ", "takes no signature"),
        ("= 22 ", "= 23 ", "no online PIN"),
        ("70 00 F0 A0 01", "70 00 00 A0 01", "needs numeric keys"),
        ('aid = "A000000004"', 'aid = "A000000003"', "AID is there twice"),
        ('rid              = "A000000004"', 'rid = "A000000003"', "RID is there twice"),
        ("20 F8 C8", "20 F8", "bytes"),
    ],
)
def test_contradictions(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_terminal(changed(tmp_path, old, new))
    assert words in "\n".join(f"{where} {what}" for where, what in caught.value.problems)
