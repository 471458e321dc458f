"""The worked file of every format page is a file that works; the pages keep up with the code."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from harness.core import paths
from harness.core.verdict import ExitCode
from harness.profiles import drawer, image, plan, reader_profile, sequence, terminal_config
from harness.virtualcard import faults

DOCS = Path(__file__).resolve().parents[2] / "docs"
FORMATS = DOCS / "formats"


def worked(name: str, kind: str = "toml") -> str:
    """The worked file of a format page."""
    text = (FORMATS / f"{name}.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{kind}\n(.*?)^```", text, re.M | re.S)
    assert found, name  # a page may show parts of others after it
    return found[0]


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("card-image", image.load_image),
        ("apdu-sequence", sequence.load_sequence),
        ("reader-profile", reader_profile.load_profile),
        ("terminal-config", terminal_config.load_terminal),
        ("plan", plan.load_plan),
        ("drawer", drawer.load_drawer),
    ],
)
def test_docs_worked_file_loads(name, load, tmp_path):
    file = tmp_path / "worked.toml"
    file.write_text(worked(name), encoding="utf-8")
    assert load(file).schema == 1


def test_docs_worked_fault_is_a_shipped_one():
    shown = tomllib.loads(worked("fault"))
    shipped = (paths.vectors() / "faults" / f"{shown['name']}.toml").read_text()
    assert shown == tomllib.loads(shipped)
    assert faults is not None


def test_docs_worked_run_follows_the_schema():
    schema = json.loads((paths.data("schemas") / "run.json").read_text())
    jsonschema.validate(json.loads(worked("run-json", "json")), schema)


def test_docs_worked_card_completes_a_transaction(tmp_path, capsys):
    from harness.cli.main import main

    file = tmp_path / "worked.toml"
    file.write_text(worked("card-image"), encoding="utf-8")
    assert main(["transact", "--card", str(file), "--amount", "62.34"]) == 0
    assert "approved" in capsys.readouterr().out


def test_docs_worked_sequence_passes_on_its_card(tmp_path, capsys):
    from harness.cli.main import main

    file = tmp_path / "worked.toml"
    file.write_text(worked("apdu-sequence"), encoding="utf-8")
    assert main(["apdu", str(file)]) == 0, capsys.readouterr().out


def test_docs_every_shipped_fault_is_described():
    text = (FORMATS / "fault.md").read_text()
    for file in (paths.vectors() / "faults").glob("*.toml"):
        kind = tomllib.loads(file.read_text())["kind"]
        assert f"`{kind}`" in text, file.name


@pytest.mark.parametrize(
    ("page", "files"),
    [
        ("card-image", ("cards/visa-credit", "cards/mastercard-debit", "cards/test-card")),
        ("apdu-sequence", ("apdu/pse-directory", "apdu/visa-read", "apdu/pin-counter")),
    ],
)
def test_docs_name_every_key_that_shipped_files_use(page, files):
    text = (FORMATS / f"{page}.md").read_text()
    for name in files:
        for key in keys(tomllib.loads((paths.vectors() / f"{name}.toml").read_text())):
            assert re.search(rf"[`\[.]{key}[`\].]", text), f"{name}: {key}"


def keys(table: dict) -> set[str]:
    """Key names at any depth, without the tags that are keys of ``data`` and ``tags``."""
    found = set()
    for key, value in table.items():
        if re.fullmatch(r"([0-9A-F]{2}){1,3}", key):
            continue
        found.add(key)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                found |= keys(item)
    return found


def test_docs_exit_codes_are_all_there():
    text = (DOCS / "exit-codes.md").read_text()
    for code in ExitCode:
        assert re.search(rf"^\| {code.value} \|", text, re.M), code


def test_docs_links_lead_somewhere():
    root = DOCS.parent
    for page in [*DOCS.rglob("*.md"), root / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
