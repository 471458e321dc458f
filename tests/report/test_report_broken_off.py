"""A reading that failed is told, and is no non-conformity of the card."""

from __future__ import annotations

import pytest

from harness.checks.card.words import READ_THROUGH
from harness.core.verdict import Verdict
from harness.report.summary import Group, statement, three_words
from tests.report.conftest import READER, result


def group(name: str) -> Group:
    results = (result(name, Verdict.FAIL), result("TLV-01", Verdict.PASS))
    return Group("card", "visa-credit", READER, results)


@pytest.mark.parametrize(
    ("name", "said", "word"),
    [
        (READ_THROUGH, "no non-conformity in 2 of 2 applicable checks; the read-through failed "
         "(READ-01)", "nothing against it, checks examined: 1"),
        ("TLV-02", "1 non-conformity in 2 of 2 applicable checks",
         "no: 1 of 2 checks say otherwise"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_card(name: str, said: str, word: str) -> None:
    assert statement(group(name), virtual=False) == said
    assert dict(three_words(group(name)))["well-formed"] == word
