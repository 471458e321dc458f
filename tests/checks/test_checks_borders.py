"""The borders of every card check: verdict, reason, words, and the places that it names."""

from __future__ import annotations

import pytest
from cardborders import FOLDER, Border, found, rows

from harness.checks.registry import all_checks

all_checks()
ROWS = [row for path in sorted(FOLDER.glob("*.tsv")) for row in rows(path)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_border(row: Border) -> None:
    assert found(row) == row


def test_every_card_check_has_a_border() -> None:
    assert {row.check for row in ROWS} == {entry.id for entry in all_checks("card")}
