"""``--history`` and ``emv-harness history``, as a user types them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.core import paths
from harness.core.errors import ConfigError

CARD = ("--card", "visa-credit")
OTHER = ("--card", "mastercard-debit")


@pytest.fixture
def kept(emv):
    """``kept("coverage", ...)`` runs that with a history; it is then asked without naming it."""

    def run(*arguments: str):
        return emv(*arguments, "--history", "bench.db")

    return run


def test_history_is_off_by_default(emv, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert "history" not in emv("card", "check", *CARD).err
    assert not (tmp_path / "state").exists()
    ran = emv("history")
    assert ran.code == 4
    assert "emv-harness run --history" in ran.err


@pytest.mark.parametrize(
    "command", [("run", "--suite", "card"), ("card", "check"), ("coverage",), ("reader", "check")]
)
def test_history_every_run_says_in_one_line_where_it_went(command, kept, emv):
    ran = kept(*command, *(CARD if command[0] != "reader" else ("--tier", "smoke")))
    lines = [line for line in ran.err.splitlines() if line.startswith("history: run ")]
    assert len(lines) == 1
    assert lines[0].endswith("kept in bench.db, 1 run now")
    assert "history: run" not in ran.out
    assert len(kept("history", "--json").json["runs"]) == 1


def test_history_by_environment_and_off_again(emv, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("EMV_HISTORY", "default")
    emv("card", "check", *CARD)
    assert (tmp_path / "state/emv-harness/history.db").is_file()
    emv("card", "check", *CARD, "--history", "off")
    monkeypatch.delenv("EMV_HISTORY")
    assert len(emv("history", "--json").json["runs"]) == 1


def test_history_json_follows_the_schemas(kept, valid):
    shown = kept("coverage", *CARD, "--plan", "retail-eu", "--json")
    kept("reader", "check", "--only", "PER-02")
    listed = kept("history", "list", "--json").json
    valid(listed, "history")
    assert [run["suites"] for run in listed["runs"]] == ["reader", "coverage"]
    valid(kept("history", "trend", "PER-02", "--json").json, "history-trend")
    valid(kept("history", "coverage", "--plan", "retail-eu", "--json").json, "history-coverage")
    back = kept("history", "show", listed["runs"][1]["id"], "--json")
    valid(back.json, "run")
    assert back.json == {**shown.json, "traces": []}
    assert "exchanges are not kept" in back.err


def test_history_list_and_show_for_people(kept):
    kept("card", "check", *CARD)
    kept("card", "check", *CARD, "--fault", "wrong-cryptogram")
    listed = kept("history").out.splitlines()
    assert listed[0].split() == ["run", "verdict", "reader", "card", "results"]
    assert listed[1].split()[1] == "FAIL"
    assert "faults: wrong-cryptogram" in " ".join(" ".join(listed[1:3]).split())
    assert all(len(line) <= 100 for line in listed)
    one = kept("history", "--verdict", "fail", "--limit", "1").out.splitlines()
    assert [line.split()[1] for line in one if line[:1].strip()] == ["verdict", "FAIL"]
    assert kept("history", "--card", "nothing").out == "no run fits\n"
    shown = kept("history", "show", "last").out
    assert "AC-05" in shown
    assert "476173******0119" in shown


def test_history_coverage_accumulates_card_after_card(kept):
    plan = ("--plan", "vending.toml")
    with open("vending.toml", "w", encoding="utf-8") as file:
        file.write('schema = 1\nid = "vending"\nname = "V"\nauthentication = ["CDA"]\n')
        file.write('refused = ["expired"]\n')
        for name in ("visa-credit", "mastercard-debit"):
            file.write(f'[[required]]\ntype = "{name}"\n')
    assert kept("coverage", *plan, *CARD).code == 1
    asked = kept("history", "coverage", *plan, "--json")
    assert asked.code == 1
    assert asked.json["coverage"]["most"].startswith("mastercard-debit")
    assert kept("coverage", *plan, *OTHER).code == 1
    ran = kept("coverage", *plan, "--card", "expired", "--json")
    assert ran.code == 0
    rows = {row["type"]: row for row in ran.json["coverage"]["rows"]}
    assert rows["visa-credit"]["earlier"]
    assert len(rows["visa-credit"]["evidence"]) == 1
    features = {row["id"]: row for row in ran.json["coverage"]["features"]}
    assert features["oda:CDA"]["earlier"] == rows["mastercard-debit"]["evidence"]
    assert kept("history", "coverage", *plan).code == 0
    assert kept("history", "coverage", *plan, "--since", "2999-01-01").code == 1
    assert kept("history", "coverage", *plan, "--config", "atm-eu").code == 1
    assert kept("coverage", *plan, *CARD, "--since", "2999-01-01").code == 1
    assert "earlier: accepted" in kept("history", "coverage", *plan).out


def test_history_a_card_that_fails_later_is_flaky(kept, tmp_path):
    card = tmp_path / "mine.toml"
    card.write_text((paths.vectors() / "cards" / "visa-credit.toml").read_text())
    plan = ("--plan", "plan.toml", "--card", str(card))
    (tmp_path / "plan.toml").write_text(
        'schema = 1\nid = "p"\nname = "P"\n[[required]]\ntype = "visa-credit"\n'
    )
    assert kept("coverage", *plan).code == 0
    kept("coverage", *plan, "--fault", "wrong-sw@gpo")
    assert "flaky" not in kept("history", "coverage", *plan[:2]).out
    # From now on its issuer declines whatever the terminal finds.
    declining = card.read_text().replace("00 10 00 00 00", "FF FF FF FF FF")
    card.write_text(declining)
    ran = kept("coverage", *plan)
    assert ran.code == 1
    assert "flaky, runs disagree" in ran.out.replace("\n", " ")
    asked = kept("history", "coverage", *plan[:2], "--json")
    assert asked.code == 1
    (row,) = asked.json["coverage"]["rows"]
    assert (row["state"], row["flaky"], row["earlier"]) == ("rejected", True, True)
    assert "mine.toml, public)" in row["note"]
    assert [seen["state"] for seen in asked.json["sightings"]] == ["rejected", "accepted"]


def test_history_lost_record_does_not_lose_the_run(kept, emv, monkeypatch):
    def full(*_args, **_kwargs):
        raise ConfigError("the history cannot be used: disk full", where="bench.db")

    monkeypatch.setattr("harness.campaign.history.write.record_run", full)
    ran = kept("card", "check", *CARD)
    assert ran.code == 3
    assert "476173******0119" in ran.out
    assert "disk full" in ran.err
    assert "this run is not in the history" in ran.err


def test_history_batch_is_kept_card_by_card(kept):
    kept("card", "check", "--batch", "batch.jsonl", *CARD, *OTHER)
    found = kept("history", "--json").json["runs"]
    assert [run["cards"] for run in found] == [["Mastercard debit"], ["Visa credit"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("coverage", *CARD, "--since", "2026-01-01"), "add --history FILE"),
        (("coverage", *CARD, "--history", "text.db"), "no history of the harness"),
        (("history", "--history", "text.db"), "no history of the harness"),
        (("history", "--since", "yesterday"), "YYYY-MM-DD"),
        (("history", "--verdict", "GOOD"), "pass"),
        (("history", "shwo"), "did you mean show?"),
        (("history", "show"), "RUN"),
        (("history", "show", "x", "--history", "none.db"), "there is no history"),
        (("history", "coverage", "--plan", "nope", "--history", "good.db"), "unknown plan"),
        (("history", "coverage", "--config", "nope", "--history", "good.db"), "unknown terminal"),
        (("history", "trend", "NOPE", "--history", "good.db"), "no values of NOPE"),
    ],
)
def test_history_mistakes_are_said(arguments, said, emv, tmp_path):
    (tmp_path / "text.db").write_text("some text that is no database\n" * 50)
    if "good.db" in arguments:
        emv("card", "check", *CARD, "--history", "good.db")
    ran = emv(*arguments)
    assert ran.code == 4, ran.err
    assert said in ran.err
    assert ran.out == ""


def test_history_costs_nothing_where_it_is_not_named():
    code = (
        "import sys; from harness.cli.main import main;"
        "main(['transact', '--amount', '12.34']); main(['decode', '9000']);"
        "main(['card', 'check', '--card', 'visa-credit']);"
        "sys.exit('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
