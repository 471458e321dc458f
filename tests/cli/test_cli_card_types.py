"""An application that nobody lists: named, and counted once the user adds its type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.codec.aid import provider_of
from harness.core.errors import ConfigErrors
from harness.profiles import card_types as types
from harness.profiles.terminal_config import terminals_folder

AID = "F0000000010001"
IMAGE = f"""base   = ["contact", "oda-none", "ccd"]
schema = 1
id     = "city"
name   = "City card"
scheme = "city"
type   = "debit"
card_type = "city-card"
basis  = "generic"
note   = "A synthetic card under an AID of nobody's."
source = "Made up."

[[application]]
aid      = "{AID}"
label    = "CITY"
pan      = "9990010200000007"
country  = 528
currency = 978
"""
PLAN = """schema = 1
id = "city"
name = "City"

[[required]]
type = "city-card"
"""


@pytest.fixture(autouse=True)
def only_shipped() -> Iterator[None]:
    yield
    types.forget_card_types()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "city.toml").write_text(IMAGE)
    (tmp_path / "plan.toml").write_text(PLAN)
    text = (terminals_folder() / "attended-eu.toml").read_text(encoding="utf-8")
    entry = f'\n[[aid]]\naid = "{AID}"\nscheme = "city"\nversions = ["0001"]\n'
    (tmp_path / "terminal.toml").write_text(text + entry)
    page = Path(__file__).resolve().parents[2] / "docs/formats/card-types.md"
    worked = page.read_text().split("```toml\n")[1].split("```")[0]
    (tmp_path / "types.toml").write_text(worked)
    return tmp_path


def test_unknown_then_added_then_required(emv, valid, files):
    plain = ("coverage", "--card", "city.toml", "--config", "terminal.toml")
    ran = emv(*plain, "--json")
    valid(ran.json, "run")
    (unknown,) = ran.json["coverage"]["unknown"]
    assert unknown == {
        "aid": AID,
        "provider": "proprietary: nobody registers these",
        "cards": ["city.toml"],
    }
    said = emv(*plain).out
    assert AID in said
    assert "card types --for" in said
    assert emv("coverage", "--plan", "plan.toml", *plain[1:]).code == 4  # no such type yet
    own = ("--card-types", "types.toml", "--plan", "plan.toml")
    ran = emv(*plain, *own, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["coverage"]["unknown"] == []
    (row,) = ran.json["coverage"]["rows"]
    assert (row["type"], row["state"]) == ("city-card", "accepted")
    # The next command knows it no more.
    assert emv("coverage", "--plan", "plan.toml", *plain[1:]).code == 4


def test_a_known_type_without_its_aid_in_the_terminal_is_rejected(emv, files):
    ran = emv(
        "coverage", "--card", "city.toml", "--card-types", "types.toml", "--plan", "plan.toml"
    )
    assert ran.code == 1


def test_the_entry_that_is_printed_is_one(emv, files):
    entry = emv("card", "types", "--for", "A0 00 00 00 04 99 99 01")
    assert entry.code == 0
    (files / "mine.toml").write_text(entry.out)
    (made,) = types.add_card_types(files / "mine.toml")
    assert (made.id, made.scheme) == ("mastercard-999901", "mastercard")
    assert emv("card", "types", "--for", "A0").code == 4


def test_types_as_json(emv, valid, files):
    ran = emv("card", "types", "--card-types", "types.toml", "--json")
    valid(ran.json, "card-types")
    assert [one["id"] for one in ran.json["types"] if one["own"]] == ["city-card"]
    assert "visa-credit" in emv("card", "types").out


def test_a_name_that_is_taken_is_refused(files):
    text = (files / "types.toml").read_text().replace("city-card", "visa-credit")
    (files / "taken.toml").write_text(text)
    with pytest.raises(ConfigErrors) as caught:
        types.add_card_types(files / "taken.toml")
    assert "another type" in caught.value.problems[0][1]


@pytest.mark.parametrize(
    ("aid", "words"),
    [
        ("A0000000031010", "Visa credit or debit"),
        ("A0000000039999", "Visa"),
        ("D2760000999901", "Germany"),
        ("D0010000999901", "national registration, 001"),
        ("F012345678", "proprietary"),
        ("A099999999", "international"),
        ("B099999999", "no registration category"),
    ],
)
def test_providers(aid, words):
    assert words in provider_of(bytes.fromhex(aid))
