"""``card check --batch`` and ``--track2`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.cli.stripe_entry import stripe_of
from harness.core import paths
from harness.core.errors import ConfigError

CARDS = ("--card", "visa-credit", "--card", "mastercard-debit")
TRACK = "4761739001010119=49122011234599999"


def test_a_batch_ends_with_one_table_and_a_second_time_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    first = CliRunner().invoke(cli, ["card", "check", "--batch", str(path), *CARDS])
    lines = first.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [
        ["PASS", "visa-credit"],
        ["PASS", "mastercard-debit"],
    ]
    assert lines[-1].startswith("2 cards, 0 with findings")
    before = path.read_bytes()
    second = CliRunner().invoke(cli, ["card", "check", "--batch", str(path), *CARDS])
    assert second.stdout.splitlines() == lines
    assert path.read_bytes() == before


def test_a_batch_as_json_keeps_to_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    done = CliRunner().invoke(cli, ["card", "check", "--json", "--batch", str(path), *CARDS])
    data = json.loads(done.stdout)
    schema = json.loads((paths.data("schemas") / "batch.json").read_text())
    jsonschema.validate(data, schema)
    assert data["complete"] is True
    assert "4761739001010119" not in done.stdout


def track_result(text: str) -> dict[str, object]:
    done = CliRunner().invoke(
        cli, ["card", "check", "--json", "--track2", "--card", "visa-credit"], input=text + "\n"
    )
    results = json.loads(done.stdout)["results"]
    return next(result for result in results if result["id"] == "TRK-07")


def test_a_stripe_with_another_verification_code_agrees() -> None:
    assert track_result(f";{TRACK}?")["verdict"] == "PASS"


def test_a_copied_chip_track_is_a_warning() -> None:
    found = track_result("4761739001010119=49122011234500000")
    assert found["verdict"] == "WARN"
    assert "iCVV" in str(found["message"])


def test_without_the_option_it_needs_an_operator() -> None:
    done = CliRunner().invoke(cli, ["card", "check", "--json", "--card", "visa-credit"])
    results = json.loads(done.stdout)["results"]
    found = next(result for result in results if result["id"] == "TRK-07")
    assert found["reason"] == "needs an operator"


@pytest.mark.parametrize("text", ["", "hello", ";4761739001010119?"])
def test_what_is_no_track_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        stripe_of(text)
    assert "4761" not in str(refused.value)
