"""A card in a reader of a real pcscd: its AID and its hash are known, and what the drawer says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.testing.private_pcscd import available

pytestmark = [
    pytest.mark.pcscd,
    pytest.mark.skipif(not available()[0], reason=available()[1] or "available"),
]
ROOT = Path(__file__).resolve().parents[2]
BENCH = """
import json, subprocess, sys, time
HARNESS = [sys.executable, "-m", "harness"]
FILES = ["--history", sys.argv[1] + "/h.db", "--drawer", sys.argv[1] + "/cards.toml"]
told = []

def harness(*arguments):
    done = subprocess.run([*HARNESS, *arguments], capture_output=True, text=True)
    told.append([done.returncode, done.stdout, done.stderr])

def reader():
    done = subprocess.run([*HARNESS, "readers", "--json"], capture_output=True, text=True)
    found = json.loads(done.stdout)["readers"]
    names = [r["name"] for r in found if r["kind"] == "pcsc" and r["card"] == "present"]
    return names[0] if names else ""

serving = subprocess.Popen([*HARNESS, "card", "serve", "visa-credit", "--ephemeral"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
end = time.monotonic() + 60
while not (name := reader()) and time.monotonic() < end:
    time.sleep(0.3)
here = ["--reader", name]
harness("drawer", "add", "blue visa", *here, *FILES[2:])
harness("drawer", "add", "blue visa", *here, *FILES[2:], "--type", "visa-credit", "--json")
allowed = ["--allow-state-change", "--own-test-keys"]
harness("coverage", "--plan", "retail-eu", "--json", *here, *FILES, *allowed)
harness("coverage", "--plan", "retail-eu", "--json", *here, *FILES)
harness("drawer", "show", "blue visa", "--json", *FILES[2:])
serving.terminate()
serving.wait()
while reader():
    time.sleep(0.3)
harness("drawer", "seen", *here, *FILES[2:])
print(json.dumps(told))
"""


def test_drawer_and_history_of_a_card_behind_pcscd(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "harness.testing.private_pcscd", "--",
            sys.executable, "-c", BENCH, str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    open_, added, first, second, shown, gone = json.loads(done.stdout.splitlines()[-1])
    assert open_[0] == 4
    assert "several types: visa-credit, visa-debit" in open_[2]
    assert "ATC +1" in open_[2]
    card = json.loads(added[1])["card"]
    assert (card["type"], card["expiry"], card["pin_tries"]) == ("visa-credit", "2049-12-31", 3)
    tried = {row["type"]: row for row in json.loads(first[1])["coverage"]["rows"]}
    assert tried["visa-credit"]["state"] == "accepted"
    assert tried["visa-debit"]["state"] == "not-tried"
    assert "drawer: blue visa seen" in first[2]
    later = json.loads(second[1])
    row = next(row for row in later["coverage"]["rows"] if row["type"] == "visa-credit")
    assert (row["state"], row["earlier"], row["cards"]) == ("accepted", True, ["blue visa"])
    assert "own test keys trusted" in row["note"]
    assert later["subjects"][0]["known_as"] == "blue visa"
    assert json.loads(shown[1])["card"]["atc"] > card["atc"]
    assert gone[0] == 3
    assert "no card in the reader" in gone[2]
    whole = (tmp_path / "h.db").read_bytes() + (tmp_path / "cards.toml").read_bytes()
    assert b"4761739001010119" not in whole
