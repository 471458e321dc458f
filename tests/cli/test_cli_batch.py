"""``card check --batch`` and ``--track2`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from harness.cli.main import cli
from harness.cli.stripe_entry import embossed_of, stripe_of
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


def face_result(text: str) -> dict[str, object]:
    done = CliRunner().invoke(
        cli, ["card", "check", "--json", "--embossed", "--card", "visa-credit"], input=text + "\n"
    )
    assert "4761739001010119" not in done.output
    assert "4761 7390 0101 0127" not in done.output
    results = json.loads(done.stdout)["results"]
    return next(result for result in results if result["id"] == "PAN-05")


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [
        ("4761 7390 0101 0119", "PASS", "the same number"),
        ("4761739001010119 12/49", "PASS", "number and expiry"),
        ("4761-7390-0101-0119 11/2049", "WARN", "expiry 4911"),
        ("4761 7390 0101 0127", "WARN", "476173******0127"),
        ("4761 7390 0101 0118", "WARN", "mistyped"),
    ],
)
def test_the_embossed_number(text: str, verdict: str, words: str) -> None:
    found = face_result(text)
    assert found["verdict"] == verdict
    assert words in str(found["message"])


@pytest.mark.parametrize("text", ["", "hello", "4761", "4761739001010119 13/49"])
def test_what_is_no_number_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        embossed_of(text)
    assert "4761" not in str(refused.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--embossed"],
        ["--track2", "--card", "visa-credit", "--card", "maestro"],
        ["--track2", "--batch", "b.jsonl", "--card", "visa-credit"],
    ],
)
def test_what_is_typed_in_is_of_one_card(arguments: list[str]) -> None:
    done = CliRunner().invoke(cli, ["card", "check", *arguments], input="4761739001010119\n")
    assert isinstance(done.exception, ConfigError)
    assert "one card" in str(done.exception)
