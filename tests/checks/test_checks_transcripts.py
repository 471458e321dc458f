"""Published transcripts of scheme test cards: nothing that is right is called wrong."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest

from harness.checks.card.chain import build_chain
from harness.checks.card.facts import CardFacts
from harness.checks.card.interpret import interpret
from harness.checks.card.view import CardView
from harness.checks.card_judging import judge_application
from harness.checks.finding import Finding
from harness.checks.registry import Scope, all_checks
from harness.core.verdict import SkipReason, Verdict
from harness.crypto.capk import CaKeyStore
from harness.records.exchange import Exchange

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts"
DAY = {
    "contact-visa": date(2016, 5, 1),
    "contact-unionpay": date(2012, 5, 1),
    "amex-magstripe-mode-mobile": date(2014, 5, 1),
}
LOST = "00000000"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the published transcripts are not beside this checkout"
)


def exchanges(name: str) -> list[Exchange]:
    """Lines in pairs: command, answer with status word; a line of zeros is a lost answer."""
    lines = (FOLDER / f"{name}.txt").read_text().split()
    made = []
    for at in range(0, len(lines) - 1, 2):
        answer = None if lines[at + 1] == LOST else bytes.fromhex(lines[at + 1])
        made.append(
            Exchange(
                index=at // 2,
                command=bytes.fromhex(lines[at]),
                response=answer,
                started_ms=0.0,
                elapsed_ms=0.0,
                error="" if answer else "lost",
            )
        )
    return made


@cache
def facts(name: str) -> CardFacts:
    return interpret(exchanges(name))


def findings(name: str) -> dict[str, Finding]:
    card = facts(name)
    app = next(app for app in card.applications if app.gpo is not None)
    keys = CaKeyStore.default()
    view = CardView(card, app, DAY[name], build_chain(app, keys, DAY[name]))
    return {
        entry.id: entry.function(view)
        if entry.scope is Scope.CARD
        else judge_application(entry, view)
        for entry in all_checks("card")
    }


def wrong(name: str) -> dict[str, str]:
    return {k: f.message for k, f in findings(name).items() if f.verdict is Verdict.FAIL}


def test_a_genuine_card_that_was_read_fails_nothing() -> None:
    assert wrong("contact-unionpay") == {}


def test_lost_answers_and_a_read_that_was_cut_short_fail_nothing_but_the_reading() -> None:
    assert set(wrong("contact-visa")) <= {"READ-01"}


def test_a_magstripe_mode_card_is_mostly_not_examined() -> None:
    assert set(wrong("amex-magstripe-mode-mobile")) <= {"READ-01"}


def test_the_certificate_chain_of_a_published_card_verifies_under_its_published_key() -> None:
    found = findings("contact-unionpay")
    chain = [name for name in found if name.startswith("ODA-")]
    assert {name for name in chain if found[name].verdict is Verdict.PASS} >= {
        "ODA-01", "ODA-04", "ODA-05", "ODA-06", "ODA-07", "ODA-08", "ODA-09", "ODA-10", "ODA-11",
        "ODA-13", "ODA-14", "ODA-15", "ODA-16", "ODA-18", "ODA-19", "ODA-21", "ODA-24",
    }  # fmt: skip
    assert "A000000333/09" in found["ODA-24"].message
    assert "authentic" in found["ODA-24"].message


@pytest.mark.parametrize("name", sorted(DAY))
def test_what_was_not_read_is_not_examined(name: str) -> None:
    for check, finding in findings(name).items():
        if finding.verdict is Verdict.SKIP:
            assert finding.reason in set(SkipReason), check
    found = findings(name)
    assert found["AC-05"].verdict is Verdict.SKIP
    assert found["TXN-01"].verdict is Verdict.SKIP
    assert found["ATR-01"].reason is SkipReason.NOT_EXAMINED


def test_of_the_cut_reading_absence_is_not_judged() -> None:
    facts_ = facts("contact-visa")
    cut = next(app for app in facts_.applications if app.gpo is not None)
    if not cut.complete:
        assert findings("contact-visa")["DAT-01"].reason is SkipReason.NOT_EXAMINED
    else:
        assert findings("contact-visa")["DAT-01"].verdict is Verdict.PASS
