"""The page about a transaction shows what the tool prints today."""

from __future__ import annotations

import re

from termcards import Notes
from test_terminal_transaction import virtual

from harness.core.paths import vectors

PAGE = (vectors().parent / "docs" / "transaction.md").read_text(encoding="utf-8")
RUN = PAGE.split("```text\n")[1].split("```")[0]


def test_every_step_and_every_decision_is_on_the_page() -> None:
    notes = Notes()
    virtual("visa-credit", amount="62.34", listener=notes, pin=None)
    shown = re.sub(r"\s+", " ", RUN)
    for step in notes.steps:
        assert step.title in shown  # type: ignore[attr-defined]
        for line in step.lines:  # type: ignore[attr-defined]
            words = re.split(r"[0-9A-F]{8,}|\d", line)[0].strip()
            assert words in shown, line


def test_the_run_on_the_page_is_masked() -> None:
    assert "476173******0119" in RUN
    assert "4761739001010119" not in RUN.replace(" ", "")
    assert "TESTCARD" not in RUN
