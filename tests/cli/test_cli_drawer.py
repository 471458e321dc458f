"""``emv-harness drawer`` and ``--drawer``, as a user types them."""

from __future__ import annotations

import pytest

from harness.profiles.drawer import load_drawer

HERE = ("--drawer", "cards.toml")


@pytest.fixture
def drawer(emv):
    """``drawer("list")`` on the file in the test's directory."""

    def run(*arguments: str):
        return emv("drawer", *arguments, *HERE)

    return run


@pytest.fixture
def filled(drawer):
    for label, card in (("blue visa", "visa-credit"), ("red", "mastercard-debit")):
        assert drawer("add", label, "--card", card).code == 0
    return drawer


def test_drawer_json_follows_the_schemas(filled, valid):
    for arguments in (
        ("add", "third", "--card", "maestro", "--note", "x", "--for", "refused:blocked"),
        ("show", "blue visa"),
        ("seen", "--card", "visa-credit"),
        ("mark", "red", "worn", "--note", "scratched"),
    ):
        ran = filled(*arguments, "--json")
        assert ran.code == 0, ran.err
        valid(ran.json, "drawer-card")
    ran = filled("list", "--plan", "retail-eu", "--json")
    assert ran.code == 1
    valid(ran.json, "drawer")
    cards = {card["label"]: card for card in ran.json["cards"]}
    assert cards["third"]["rows"][-1] == "refused:blocked"
    assert [one["code"] for one in cards["red"]["remarks"]] == ["worn"]
    assert "mastercard-debit" in {one["row"] for one in ran.json["missing"]}
    assert "visa-credit" not in {one["row"] for one in ran.json["missing"]}


def test_drawer_list_for_people(filled):
    ran = filled("list")
    assert ran.code == 0
    assert ran.out.splitlines()[1].split()[:6] == [
        "blue", "visa", "visa-credit", "2049-12-31", "3", "1"
    ]  # fmt: skip
    assert "expires on 2049-12-31, in 30 days" in filled("list", "--clock", "2049-12-01").out
    assert "expired on 2049-12-31" in filled("list", "--clock", "2050-01-01").out


def test_drawer_list_exit_code_tells_whether_a_plan_is_served(filled, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('schema = 1\nid = "p"\nname = "P"\n[[required]]\ntype = "visa-credit"\n')
    assert filled("list", "--plan", str(plan)).code == 0
    filled("mark", "blue visa", "lost")
    ran = filled("list", "--plan", str(plan))
    assert ran.code == 1
    assert "no card fit for it (blue visa: lost" in ran.out


def test_drawer_seen_names_the_card_and_notes_it(filled):
    ran = filled("seen", "--card", "mastercard-debit", "--clock", "2027-01-02")
    assert ran.out.splitlines()[0].split() == ["label", "red"]
    assert ran.err == "noted: seen\n"
    assert filled("seen", "--card", "mastercard-debit", "--clock", "2027-01-02").err == (
        "nothing changed\n"
    )


def test_drawer_run_calls_the_card_by_its_label(filled, emv, tmp_path):
    ran = emv("card", "check", "--card", "visa-credit", *HERE, "--clock", "2027-03-04")
    assert "blue visa (Visa credit), PAN 476173******0119" in ran.out
    assert "drawer: blue visa seen" in ran.err
    card = load_drawer(tmp_path / "cards.toml").labelled("blue visa")
    assert card is not None
    assert card.seen.isoformat() == "2027-03-04"
    both = emv("card", "check", "--card", "visa-credit", "--card", "maestro", *HERE)
    assert "blue visa  476173******0119" in both.out
    told = emv("coverage", "--card", "visa-credit", *HERE, "--history", "h.db", "--json")
    assert told.json["subjects"][0]["known_as"] == "blue visa"
    listed = emv("history", "--card", "blue", "--history", "h.db", "--json").json
    assert listed["runs"][0]["cards"] == ["blue visa (Visa credit)"]
    seen = emv("history", "coverage", "--history", "h.db", "--json").json["sightings"]
    assert seen[0]["cards"] == ["blue visa"]


def test_drawer_is_off_in_a_run_unless_named(filled, emv, tmp_path, monkeypatch):
    check = ("card", "check", "--card", "visa-credit")
    assert "blue visa" not in emv(*check).out
    monkeypatch.setenv("EMV_DRAWER", str(tmp_path / "cards.toml"))
    assert "blue visa" in emv(*check).out
    assert "blue visa" not in emv(*check, "--drawer", "off").out


def test_drawer_another_salt_is_refused_before_anything_runs(filled, emv, tmp_path, monkeypatch):
    monkeypatch.setenv("EMV_SALT_FILE", str(tmp_path / "other-salt"))
    for arguments in (("card", "check"), ("drawer", "add", "x"), ("drawer", "seen")):
        ran = emv(*arguments, "--card", "visa-credit", *HERE)
        assert ran.code == 4
        assert "EMV_SALT_FILE" in ran.err
        assert ran.out == ""
    assert filled("list").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "x"), "which card?"),
        (("add", " ", "--card", "visa-debit"), "the label is empty"),
        (("add", "blue visa", "--card", "visa-debit"), "is taken"),
        (("add", "x", "--card", "visa-credit"), "already, as 'blue visa'"),
        (("add", "x", "--card", "nope"), "unknown card image"),
        (("add", "x", "--card", "visa-debit", "--type", "nope"), "choose from"),
        (("add", "x", "--card", "visa-debit", "--for", "nope"), "choose from"),
        (("add", "x", "--card", "visa-debit", "--card", "maestro"), "name one"),
        (("seen", "--card", "maestro"), "not in the drawer: Maestro"),
        (("show", "nope"), "there are: 'blue visa', 'red'"),
        (("mark", "nope", "worn"), "no card 'nope'"),
        (("mark", "red", "broken"), "'good', 'worn', 'lost'"),
        (("list", "--plan", "nope"), "unknown plan"),
    ],
)
def test_drawer_mistakes_are_said(arguments, said, filled, tmp_path):
    before = (tmp_path / "cards.toml").read_bytes()
    ran = filled(*arguments)
    assert ran.code == 4, ran.err
    assert said in ran.err
    assert ran.out == ""
    assert (tmp_path / "cards.toml").read_bytes() == before


def test_drawer_file_mistakes_are_all_said(emv, tmp_path, valid):
    assert "drawer add" in emv("drawer", "list", "--drawer", "none.toml").err
    (tmp_path / "bad.toml").write_text('schema = 1\n[[card]]\nlabel = 1\nstate = "x"\n')
    for arguments in (
        ("drawer", "list", "--drawer", "bad.toml"),
        ("drawer", "add", "x", "--card", "visa-credit", "--drawer", "bad.toml"),
        ("drawer", "mark", "x", "good", "--drawer", "bad.toml"),
        ("card", "check", "--card", "visa-credit", "--drawer", "bad.toml"),
        ("drawer", "validate", "bad.toml"),
    ):
        ran = emv(*arguments)
        assert ran.code == 4, arguments
        assert "card[0].label" in ran.err
        assert "card[0].state" in ran.err
    valid(emv("drawer", "validate", "bad.toml", "--json").json, "validation")


def test_drawer_no_reader_and_no_pan(drawer, emv, tmp_path):
    ran = drawer("add", "x", "--reader", "no such reader")
    assert ran.code == 3
    assert "what to do" in ran.err
    ran = drawer("add", "x", "--card", "test-card")
    assert ran.code == 3
    assert "card check --reader 'virtual test-card'" in ran.err
    ran = drawer("add", "x", "--card", "visa-credit", "--fault", "mute", "--timeout", "0.1")
    assert ran.code == 3
    assert not (tmp_path / "cards.toml").exists()
