"""The drawer: its file is changed line by line, cards are recognised, and their state is judged."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.bench_salt import Salt, bench_salt, salt_path
from harness.campaign.coverage import tried
from harness.campaign.drawer import add_card, change_card, known, note_seen, open_drawer
from harness.campaign.drawer_read import read_card
from harness.campaign.drawer_state import missing, remarks
from harness.campaign.options import AcceptanceOptions
from harness.checks.runner import Attempt
from harness.core import atomic
from harness.core.errors import ConfigError, ConfigErrors, HarnessError
from harness.link.api import LinkOptions
from harness.profiles.drawer import Drawer, DrawerCard, load_drawer
from harness.profiles.drawer_write import with_changes
from harness.profiles.plan import load_plan
from harness.records.run import Subject

WORKED = Path(__file__).resolve().parents[1] / "profiles" / "drawer.toml"
SALT = Salt(b"0123456789abcdef")
TODAY = date(2026, 11, 20)


def read(image: str) -> tuple[DrawerCard, Subject]:
    seen = read_card("virtual", LinkOptions(images=(image,)), "attended-eu", SALT)
    card = DrawerCard(label=image, type=seen.types[0], hash=seen.subject.card_hash, rows=seen.rows)
    return card, seen.subject


# Reading


def test_drawer_reads_a_card_without_a_transaction():
    seen = read_card("virtual", LinkOptions(images=("mastercard-debit",)), "attended-eu", SALT)
    assert seen.types == ("mastercard-debit",)
    assert {"oda:CDA", "cvm:plaintext-pin"} <= set(seen.rows)
    subject = seen.subject
    assert (subject.expiry, subject.pin_tries, subject.atc) == ("2049-12-31", 3, 1)
    assert len(subject.card_hash) == 16
    other = read_card(
        "virtual", LinkOptions(images=("mastercard-debit",)), "atm-eu", Salt(b"x" * 16)
    )
    assert other.subject.card_hash != subject.card_hash


def test_drawer_sends_nothing_that_changes_a_card(monkeypatch):
    from harness.link import virtual

    sent: list[int] = []
    plain = virtual.VirtualLink.transmit

    def noted(self, command):
        sent.append(command[1])
        return plain(self, command)

    monkeypatch.setattr(virtual.VirtualLink, "transmit", noted)
    read("visa-credit")
    assert {0xA4, 0xA8, 0xB2, 0xCA} <= set(sent)
    assert not {0x20, 0x82, 0xDA, 0x24, 0xAE} & set(sent)


def test_drawer_card_without_a_pan_cannot_be_recognised():
    with pytest.raises(HarnessError, match="no PAN"):
        read_card("virtual", LinkOptions(images=("test-card",)), "attended-eu", SALT)


# The file


def test_drawer_adds_and_recognises(tmp_path):
    path = tmp_path / "deep" / "cards.toml"
    card, subject = read("visa-credit")
    add_card(path, replace(card, label="blue visa", seen=TODAY), SALT)
    drawer = open_drawer(path, SALT)
    assert drawer.cards == (replace(card, label="blue visa", seen=TODAY),)
    assert known(drawer, subject).label == "blue visa (Visa credit)"
    assert known(drawer, subject).known_as == "blue visa"
    stranger = read("maestro")[1]
    assert known(drawer, stranger) == stranger
    assert known(drawer, replace(subject, card_hash="")).known_as == ""


def test_drawer_refuses_a_label_or_a_card_twice(tmp_path):
    path = tmp_path / "cards.toml"
    card, _subject = read("visa-credit")
    add_card(path, card, SALT)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="is taken"):
        add_card(path, replace(card, hash="0" * 16), SALT)
    with pytest.raises(ConfigError, match="already, as 'visa-credit'"):
        add_card(path, replace(card, label="other"), SALT)
    with pytest.raises(ConfigError, match="hashed with salt"):
        add_card(path, replace(card, label="other", hash="0" * 16), Salt(b"y" * 16))
    assert path.read_bytes() == before


def test_drawer_written_by_hand_gets_a_salt_with_its_first_hash(tmp_path):
    path = tmp_path / "cards.toml"
    path.write_text('# mine\nschema = 1  # for ever\n\n[[card]]\nlabel = "ordered"\n')
    add_card(path, DrawerCard("new", hash="0" * 16), SALT)
    drawer = open_drawer(path, SALT)
    assert [card.label for card in drawer.cards] == ["ordered", "new"]
    assert drawer.salt == SALT.id
    assert path.read_text().startswith("# mine\nschema = 1  # for ever\nsalt ")


def test_drawer_changes_lines_and_keeps_the_rest(tmp_path):
    path = tmp_path / "cards.toml"
    path.write_text(WORKED.read_text())
    path.chmod(0o640)
    written = change_card(path, "blue visa", {"pin_tries": 2, "atc": 17, "seen": TODAY})
    assert written == {"pin_tries": 2}
    before, after = WORKED.read_text().splitlines(), path.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        ("pin_tries = 3     # 9F17 when last seen", "pin_tries = 2  # 9F17 when last seen")
    ]
    assert path.stat().st_mode & 0o777 == 0o640
    change_card(path, "maestro", {"state": "worn", "note": 'says "no" # 1\n\\'})
    maestro = load_drawer(path).labelled("maestro")
    assert maestro is not None
    assert (maestro.state, maestro.note) == ("worn", 'says "no" # 1\n\\')
    assert maestro.rows == ("oda:CDA",)
    assert len(path.read_text().splitlines()) == len(before) + 2


def test_drawer_says_when_a_line_cannot_be_changed(tmp_path):
    text = 'schema = 1\ncard = [{label = "a"}]\n'
    path = tmp_path / "cards.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="one by one"):
        change_card(path, "a", {"state": "worn"})
    assert path.read_text() == text
    multiline = 'schema = 1\n[[card]]\nlabel = "a"\nnote = """\nstate = 1\n"""\nstate = "good"\n'
    with pytest.raises(ConfigError, match="one by one"):
        with_changes(multiline, 0, {"state": "worn"}, path)


def test_drawer_notes_what_a_card_said(tmp_path):
    path = tmp_path / "cards.toml"
    path.write_text(WORKED.read_text())
    subject = Subject("", "", "", "", known_as="blue visa", pin_tries=1, atc=18)
    assert note_seen(path, subject, date(2026, 12, 1)) == {
        "pin_tries": 1,
        "atc": 18,
        "seen": date(2026, 12, 1),
    }
    card = load_drawer(path).labelled("blue visa")
    assert card is not None
    assert (card.pin_tries, card.atc, card.last_online_atc) == (1, 18, 12)
    with pytest.raises(ConfigError, match="no card 'x'"):
        note_seen(path, replace(subject, known_as="x"), TODAY)


def test_drawer_all_mistakes_at_once(tmp_path):
    path = tmp_path / "cards.toml"
    path.write_text(
        'schema = 2\nowner = "me"\n'
        '[[card]]\nlabel = " "\nhash = "XY"\ntype = "Nope!"\nrows = ["oda:XDA"]\nexpiry = "2028"\n'
        'pin_tries = 99\nstate = "gone"\n'
        '[[card]]\nlabel = "a"\nhash = "24abe5b5c24188bc"\n'
        '[[card]]\nlabel = "a"\nhash = "24abe5b5c24188bc"\natc = -2\n'
    )
    with pytest.raises(ConfigErrors) as refused:
        load_drawer(path)
    keys = {key for key, _text in refused.value.problems}
    first = {f"card[0].{key}" for key in ("label", "hash", "type", "rows", "expiry", "pin_tries")}
    more = {"card[0].state", "card[2].label", "card[2].hash", "card[2].atc"}
    assert first | more | {"schema", "owner", "salt"} == keys


WRITER = """
import sys
from pathlib import Path
from harness.campaign.drawer import change_card
for number in range(40):
    change_card(Path(sys.argv[1]), sys.argv[2], {"atc": 1000 + number})
"""


def test_drawer_two_writers_lose_nothing(tmp_path):
    path = tmp_path / "cards.toml"
    path.write_text(WORKED.read_text())
    labels = ("blue visa", "maestro")
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, label]) for label in labels]
    assert [writer.wait() for writer in writers] == [0, 0]
    drawer = load_drawer(path)
    assert [card.atc for card in drawer.cards] == [1039, 1039, None]
    assert [file.name for file in tmp_path.iterdir()] == ["cards.toml"]


def test_drawer_is_whole_after_a_failed_write(tmp_path, monkeypatch):
    path = tmp_path / "cards.toml"
    path.write_text(WORKED.read_text())

    def full(_source, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "replace", full)
    with pytest.raises(ConfigError, match="No space left"):
        change_card(path, "maestro", {"atc": 1})
    assert path.read_text() == WORKED.read_text()
    assert [file.name for file in tmp_path.iterdir()] == ["cards.toml"]


def test_drawer_waits_for_another_process_and_not_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "WAIT_S", 0.05)
    path = tmp_path / "cards.toml"
    path.write_text(WORKED.read_text())
    with atomic.locked(tmp_path), pytest.raises(ConfigError, match="locked by another process"):
        change_card(path, "maestro", {"atc": 1})
    assert change_card(path, "maestro", {"atc": 1}) == {"atc": 1}


# State and plan


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "lost"}, "lost"),
        ({"state": "worn"}, "worn"),
        ({"expiry": date(2026, 11, 19)}, "expired"),
        ({"expiry": date(2026, 11, 20)}, "expiring"),
        ({"expiry": date(2027, 2, 18)}, "expiring"),
        ({"pin_tries": 0}, "pin-blocked"),
        ({"pin_tries": 1}, "pin-low"),
        ({"atc": 60_000}, "atc-high"),
        ({"atc": 65_535}, "atc-used-up"),
        ({"hash": ""}, "never-read"),
        ({"type": "my-own"}, "unknown-type"),
    ],
)
def test_drawer_remarks(changes, code):
    card = DrawerCard("a", hash="0" * 16, expiry=date(2027, 2, 19), pin_tries=2, atc=59_999)
    assert remarks(card, TODAY) == []
    assert [found.code for found in remarks(replace(card, **changes), TODAY)] == [code]


def lacking(*cards: DrawerCard) -> dict[str, str]:
    drawer = Drawer(1, SALT.id, cards)
    return {one.row: one.text for one in missing(drawer, load_plan("retail-eu"), TODAY)}


def test_drawer_what_a_plan_lacks():
    nothing = lacking()
    assert {"visa-credit", "maestro", "oda:CDA", "refused:expired"} <= set(nothing)
    assert not any(row.startswith(("type:", "outcome:")) for row in nothing)
    card = DrawerCard("a", "maestro", rows=("oda:CDA", "refused:blocked"))
    assert set(nothing) - set(lacking(card)) == {"maestro", "oda:CDA", "refused:blocked"}
    assert set(lacking(replace(card, atc=65_534))) == set(lacking(card))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "lost"}, "a: lost"),
        ({"expiry": date(2026, 11, 19)}, "a: expired on 2026-11-19"),
        ({"atc": 65_535}, "65,535"),
    ],
)
def test_drawer_an_unfit_card_serves_no_plan(changes, said):
    found = lacking(DrawerCard("a", "maestro", **changes))
    assert "no card fit for it" in found["maestro"]
    assert said in found["maestro"]
    expired = "expiry" in changes
    assert ("refused:expired" not in found) == expired


# Runs


def test_drawer_names_the_card_of_a_run_and_says_its_type(tmp_path):
    path = tmp_path / "cards.toml"
    card, subject = read("visa-credit")
    add_card(path, replace(card, label="blue visa"), SALT)
    drawer = open_drawer(path, SALT)
    options = AcceptanceOptions(
        images=("visa-credit",), suites=("coverage",), drawer=drawer, salt=SALT.value
    )
    (found,) = run_acceptance(options).subjects
    assert (found.known_as, found.label) == ("blue visa", "blue visa (Visa credit)")
    aid = bytes.fromhex("A0000000031010")
    attempt = Attempt(subject, (aid,), "accepted", "why")
    assert len(tried(attempt, "").types) > 1
    assert tried(attempt, "", "visa-credit").types == ("visa-credit",)


# The salt


def test_salt_is_made_once_and_is_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("EMV_SALT_FILE", str(tmp_path / "here" / "salt"))
    first = bench_salt()
    assert bench_salt() == first
    assert salt_path().stat().st_mode & 0o777 == 0o600
    assert first.value.hex() not in first.id
    salt_path().unlink()
    assert bench_salt().id != first.id
    assert [file.name for file in (tmp_path / "here").iterdir()] == ["salt"]


@pytest.mark.parametrize("text", ["", "xyz", "00" * 15, "é"])
def test_salt_that_is_none_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.setenv("EMV_SALT_FILE", str(tmp_path / "salt"))
    (tmp_path / "salt").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        bench_salt()
    assert "EMV_SALT_FILE" in refused.value.todo


def test_drawer_file_holds_neither_pan_nor_salt(tmp_path):
    path = tmp_path / "cards.toml"
    card, _subject = read("visa-credit")
    add_card(path, card, SALT)
    text = path.read_text()
    assert "4761739001010119" not in text
    assert "0119" not in text
    assert SALT.value.hex() not in text
    assert tomllib.loads(text)["salt"] == SALT.id
