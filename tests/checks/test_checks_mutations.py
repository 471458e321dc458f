"""Single mutations of valid cards are noticed by the check that ought to see them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
COUNT = 120


@pytest.fixture(scope="module")
def script() -> object:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import mutate_cards
    finally:
        sys.path.remove(str(SCRIPTS))
    return mutate_cards


def test_mutations_are_the_same_for_the_same_seed(script: object) -> None:
    assert script.mutations(20, 7) == script.mutations(20, 7)
    assert script.mutations(20, 7) != script.mutations(20, 8)


def test_at_least_95_of_100_are_noticed_and_the_rest_is_explained(script: object) -> None:
    missed = []
    for mutation in script.mutations(COUNT, 1):
        changed = script.seen(mutation)
        if not script.noticed(mutation, changed):
            missed.append(mutation)
    assert len(missed) <= COUNT * 0.05, [m.text for m in missed]
    assert [m.text for m in missed if m.kind != "length" and m.tag not in script.UNSEEN] == []


def test_no_mutation_notices_nothing(script: object) -> None:
    for image in script.IMAGES:
        assert script.verdicts(image, None) == script.verdicts(image, None)
