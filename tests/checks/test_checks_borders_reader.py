"""The borders of the reader checks: verdict, words, figures, and every call that is made."""

from __future__ import annotations

import pytest
from readerborders import FOLDER, Border, brief, folded, found, rows

from harness.checks.registry import all_checks

all_checks("reader")
ROWS = [row for path in sorted(FOLDER.glob("*.tsv")) for row in rows(path)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_border(row: Border) -> None:
    assert found(row) == row


def test_every_check_of_the_tables_passes_one_reader_and_not_another() -> None:
    for check in {row.check for row in ROWS}:
        verdicts = {row.verdict for row in ROWS if row.check == check}
        assert "PASS" in verdicts, check
        assert verdicts & {"FAIL", "WARN"}, check


def test_repeated_calls_are_written_once() -> None:
    assert folded("a; b; a; b; c; c; d") == "(a; b) x2; c x2; d"
    many = "; ".join(f"call {number}" for number in range(60))
    assert brief(many).count(";") == 16
    assert brief(many) != brief(many.replace("call 40", "call 0"))
