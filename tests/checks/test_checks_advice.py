"""What to do now: every check that can find something has a text for it, in both languages."""

from __future__ import annotations

import pytest

from harness.checks.advice import advice_for
from harness.checks.advice_card import CARD
from harness.checks.advice_reader import READER
from harness.checks.finding import fail, not_applicable, ok, warn
from harness.checks.judge import result_of
from harness.checks.registry import all_checks
from harness.core.i18n import language, set_language

TEXTS = {"card": CARD, "reader": READER}


@pytest.mark.parametrize("suite", TEXTS)
def test_every_check_has_one_and_no_text_is_for_nothing(suite):
    named = [name for names, _text in TEXTS[suite] for name in names.split()]
    assert sorted(named) == sorted(entry.id for entry in all_checks(suite))


@pytest.mark.parametrize("suite", TEXTS)
def test_a_result_that_is_amiss_says_what_to_do(suite):
    for entry in all_checks(suite):
        for finding in (fail("wrong"), warn("odd")):
            assert len(result_of(entry, finding, "subject", "reader").advice) > 20, entry.id


def test_what_a_finding_says_itself_goes_before():
    entry = all_checks("card")[0]
    assert result_of(entry, fail("wrong", advice="own"), "s", "r").advice == "own"


def test_what_passed_or_was_not_judged_needs_none():
    for finding in (ok("fine"), not_applicable("no")):
        assert advice_for("card", "ODA-24", finding) == ""


def test_a_check_of_another_register_has_none():
    assert advice_for("coverage", "ODA-24", fail("wrong")) == ""


def test_it_speaks_chinese():
    before = language()
    set_language("zh")
    try:
        assert "证书" in advice_for("card", "ODA-24", fail("wrong"))
    finally:
        set_language(before)
