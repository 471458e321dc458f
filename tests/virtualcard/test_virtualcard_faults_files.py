"""Fault files: what a kind needs, what it must not have, and that every file keeps to its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.checks.registry import all_checks
from harness.core.errors import ConfigErrors
from harness.profiles import fault_file
from harness.profiles.fault_file import CARD_KINDS, KINDS, PARAMETERS, fault_names, load_fault
from harness.virtualcard.faults import parse_fault

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats" / "fault.md"


def table(kind: str, **more: object) -> dict[str, object]:
    expect = {"verdict": "FAIL", "check": "X-01", "observed": "x"}
    made = {"schema": 1, "name": "x", "kind": kind, "description": "x", "example": "x"}
    return made | {"expect": expect} | more


def mistakes(made: dict[str, object]) -> list[str]:
    try:
        fault_file.parse(made, Path("x.toml"))
    except ConfigErrors as error:
        return [key for key, _message in error.problems]
    return []


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_cannot_do_without(kind: str) -> None:
    assert mistakes(table(kind)) == list(PARAMETERS.get(kind, ()))


@pytest.mark.parametrize("kind", KINDS)
def test_only_faults_of_an_answer_take_a_step(kind: str) -> None:
    assert ("step" in mistakes(table(kind, step="gpo"))) is (kind in CARD_KINDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "6F0"),
        ("tag", "9F2"),
        ("tag", "9f26"),
        ("value", "XY"),
        ("at", 248),
        ("atc_step", -2),
        ("change", "better"),
        ("recode", "twice"),
        ("certificate", "ca"),
        ("reset", "hot"),
        ("unheard", 1),
    ],
)
def test_values_that_are_none(key: str, value: object) -> None:
    assert mistakes(table("no-answer", **{key: value})) == [key]


@pytest.mark.parametrize("name", fault_names())
def test_a_file_names_a_check_that_there_is_and_a_step_that_can_be(name: str) -> None:
    fault = load_fault(name)
    assert fault.name == name
    assert fault.check in {entry.id for entry in all_checks(fault.suite)}
    assert fault.example.partition("@")[0] == name
    assert parse_fault(name).file.name == name
    assert len(fault.observed) > 10


def test_the_page_has_every_kind_and_every_key() -> None:
    page = PAGE.read_text()
    assert {kind for kind in KINDS if f"| `{kind}` |" not in page} == set()
    keys = set(fault_file.FaultFile.__dataclass_fields__) - {"schema", "name", "kind", "path"}
    assert {key for key in keys if not re.search(rf"`{key}`", page)} == set()
