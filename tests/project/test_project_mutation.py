"""The mutation runner tells killed, survived, hanging and uncovered mutants apart."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]

CODE = '''"""A module whose tests are known."""

from functools import cache


def border(value: int) -> bool:
    return value < 10


def unseen(value: int) -> bool:
    return value < 20


def countdown(value: int) -> int:
    while value > 0:
        value -= 1
    return value


def nobody(value: int) -> int:
    return value + 1


@cache
def table() -> dict[int, int]:
    return {1: 7}


def named(value: int, step: int = 3) -> str:
    """Not this."""
    if value > 100:
        raise ValueError("nor this " + str(value))
    return "ab"[value:] if value else str(step)


TABLE = table()
'''

TESTS = """from tiny.part import code


def test_border():
    assert code.border(9)
    assert not code.border(10)


def test_unseen():
    assert code.unseen(1)
    assert not code.unseen(99)


def test_countdown():
    assert code.countdown(3) == 0


def test_table():
    assert code.table() == {1: 7}


def test_named():
    assert code.named(1) == "b"
    assert code.named(0) == "3"


def test_broken():
    assert code.border(11)
"""


def mutate(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "mutate.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def states(file: Path) -> dict[str, str]:
    """State by key without the file."""
    found = json.loads(file.read_text(encoding="utf-8"))["mutants"]
    return {item["key"].removeprefix("part/code.py "): item["state"] for item in found}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tiny")
    for name, text in {
        "tiny/__init__.py": "",
        "tiny/part/__init__.py": "",
        "tiny/part/code.py": CODE,
        "tests/part/test_code.py": TESTS,
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
        "page.md": "```\npart/code.py unseen: return value < 20  [20 -> 21]\n```\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def ran(tree: Path) -> subprocess.CompletedProcess[str]:
    there = ["--root", str(tree), "--name", "tiny", "--json", str(tree / "first.json")]
    return mutate("part", *there, "--page", str(tree / "page.md"))


def test_each_state_is_found(tree: Path, ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.returncode == 1, ran.stderr
    found = states(tree / "first.json")
    assert found["border: return value < 10  [< -> <=]"] == "killed"
    assert found["unseen: return value < 20  [< -> <=]"] == "survived"
    assert found["countdown: value -= 1  [-= -> +=]"] == "by time"
    assert found["nobody: return value + 1  [+ -> -]"] == "not covered"
    # filled while the tests were collected, and emptied for the mutant
    assert found["table: return {1: 7}  [7 -> 8]"] == "killed"
    assert found["named: def named(value: int, step: int = 3) -> str:  [3 -> 4]"] == "killed"


def test_texts_for_people_are_left_alone(tree: Path, ran: subprocess.CompletedProcess[str]) -> None:
    assert ran.stdout
    about = [key for key in states(tree / "first.json") if key.startswith("named:")]
    assert not [key for key in about if "this" in key and "removed" not in key]


def test_report_names_survivors_that_nobody_explains(
    ran: subprocess.CompletedProcess[str],
) -> None:
    survivors = ran.stdout.split("nobody has said why")[1].split("Not covered")[0]
    assert "part/code.py:11 unseen: return value < 20  [< -> <=]" in survivors
    assert "[20 -> 21]" not in survivors  # the page has it
    row = re.search(r"\| `part/code.py` \| (.*) \|", ran.stdout)
    assert row
    total, *parts = (int(cell) for cell in row[1].split(" | "))
    assert total == sum(parts) == len(states_of(ran))
    assert "test_broken: fails without any change" in ran.stdout


def states_of(ran: subprocess.CompletedProcess[str]) -> list[object]:
    file = ran.args[ran.args.index("--json") + 1]
    found: list[object] = json.loads(Path(file).read_text(encoding="utf-8"))["mutants"]
    return found


def test_a_sample_is_part_of_the_whole_and_nothing_is_written(
    tree: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    out = tree.parent / "second.json"
    sample = ["--sample", "5", "--seed", "7", "--jobs", "1", "--json", str(out)]
    mutate("part", "--root", str(tree), "--name", "tiny", *sample)
    whole, part = states(tree / "first.json"), states(out)
    assert len(part) == 5
    assert part.items() <= whole.items()
    assert before == {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def test_a_sample_of_a_parser_survives_only_where_the_page_says_why(tmp_path: Path) -> None:
    out = tmp_path / "dol.json"
    few = ["--sample", "20", "--seed", "4", "--json", str(out)]
    tests = ["--test", "test_codec_dol_vectors.py", "--test", "test_codec_rules_views.py"]
    done = mutate("codec", "--file", "dol.py", *tests, *few)
    assert done.returncode == 0, done.stdout
    found = [item["state"] for item in json.loads(out.read_text(encoding="utf-8"))["mutants"]]
    assert len(found) == 20
    assert found.count("killed") + found.count("by time") + found.count("survived") == 20
    assert found.count("killed") > 10


def test_a_process_that_waits_for_ever_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    child = importlib.import_module("mutation.child")
    monkeypatch.setattr(child, "STILL", 0.2)
    pid = os.posix_spawnp("sleep", ["sleep", "600"], os.environ, setpgroup=0)
    running = child.Child(SimpleNamespace(number=0, tests=[]), pid, tmp_path)
    state = ""
    while not state:
        state, _test = running.poll()
        time.sleep(0.01)
    assert state == "by time"
