"""The card suite as a job: read, transact, judge; what each break on the way does to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from cardstage import CardRun, card_run
from checkviews import MASTERCARD, VISA

from harness.checks.card.view import CardView
from harness.checks.finding import Finding, fail, ok
from harness.checks.registry import CHECKS, CheckDef, Scope
from harness.codec.track2 import Track2
from harness.core.errors import CardRemoved, LinkTimeout
from harness.core.verdict import SkipReason
from harness.profiles.image import load_image

Make = Callable[..., CardRun]
TRANSACTED = "> TXN-01 (transaction counter +{n}, up to {m} cryptograms, issuer authentication)"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Make:
    return lambda *checks, **options: card_run(monkeypatch, *checks, **options)


def a(id: str, work: Callable[[CardView], Finding], scope: Scope = Scope.APPLICATION) -> CheckDef:
    known = CHECKS["card", "READ-01"]
    return replace(known, id=id, title=id, function=work, scope=scope, sends=frozenset())


class Peek:
    """A check that keeps what it is given."""

    def __init__(self, scope: Scope = Scope.APPLICATION) -> None:
        self.views: list[CardView] = []
        self.entry = a("PEEK", self, scope)

    def __call__(self, view: CardView) -> Finding:
        self.views.append(view)
        return ok("seen")


def test_a_good_card_is_read_transacted_and_judged(run: Make) -> None:
    made = run()
    accepted = made.results["TXN-01"].message
    assert made.told == [
        "> READ-01",
        f"= {VISA}",
        TRANSACTED.format(n=1, m=2),
        "> READ-01",
        f"READ-01 PASS: {made.results['READ-01'].message}",
        "> TXN-01",
        f"TXN-01 PASS: {accepted}",
    ]
    assert made.calls[0] == "connect"
    assert made.calls.count("connect") == made.calls.count("reset cold") == 1
    assert made.calls.count("AC") == 2
    assert made.calls[-1] == "close"
    found = made.attempt
    assert found.subject.id == VISA
    assert found.aids == (bytes.fromhex("A0000000031010"),)
    assert (found.state, found.why) == ("accepted", accepted)
    assert found.transactions == (("goods", "accepted", accepted),)
    assert {"type:goods", "outcome:approved-online", "sw:9000"} <= set(found.features)
    assert len(found.key_prints) == 1
    assert len(next(iter(found.key_prints))) >= 8


@pytest.mark.parametrize(
    ("name", "aid"),
    [("84", "A0000000031011"), ("85", "A0000000031010")],
    ids=["another DF name", "no DF name"],
)
def test_an_application_is_known_by_its_df_name_or_by_what_was_selected(
    run: Make, name: str, aid: str
) -> None:
    plain, other = bytes.fromhex("8407A0000000031010"), bytes.fromhex(f"{name}07A0000000031011")
    made = run(transaction=False, spoil=lambda _command, answer: answer.replace(plain, other))
    assert made.attempt.aids == (bytes.fromhex(aid),)


def test_the_subject_is_salted_and_told(run: Make) -> None:
    one, two = run(transaction=False, salt=b"1"), run(transaction=False, salt=b"2")
    assert one.attempt.subject.card_hash != two.attempt.subject.card_hash
    assert one.results["READ-01"].subject == one.attempt.subject.id


def test_the_time_of_reading_and_of_the_transaction_is_theirs(run: Make) -> None:
    made = run(Peek().entry, ms=10)
    reads, sends = made.calls.index("reset cold") - 1, len(made.calls) - 3
    assert made.results["READ-01"].elapsed_ms == pytest.approx(reads * 10)
    assert made.results["TXN-01"].elapsed_ms == pytest.approx((sends - reads) * 10)
    assert made.results["PEEK"].elapsed_ms == 0.0


def test_what_a_check_is_given(run: Make) -> None:
    peek = Peek()
    stripe = Track2("4761739001010119", "4912", "201", "")
    given = {
        "stripe": stripe, "embossed": ("4761739001010119", "4912"), "seen_keys": frozenset({"x"}),
    }  # fmt: skip
    made = run(peek.entry, **given)
    (view,) = peek.views
    assert made.said("PEEK") == "PASS: seen"
    assert {name: getattr(view, name) for name in given} == given
    assert view.today == date(2026, 11, 20)
    assert view.chain is not None
    assert view.chain.key_print in made.attempt.key_prints
    assert view.transaction is not None
    assert view.transaction.completed
    assert len(view.transaction.generate_ac) == 2
    assert view.transaction.exchange is not None
    assert view.notes == {}
    assert view.card.applications == [view.app]


def test_a_rule_about_the_card_is_judged_once_on_what_there_is(run: Make) -> None:
    peek = Peek(Scope.CARD)
    made = run(peek.entry, transaction=False)
    (view,) = peek.views
    assert view.app.aid == bytes.fromhex("A0000000031010")
    assert (view.today, view.chain) == (date(2026, 11, 20), None)
    assert made.said("PEEK") == "PASS: seen"


def test_two_applications_are_told_apart(run: Make) -> None:
    image = load_image(VISA)
    first = image.applications[0]
    second = replace(first, aid=bytes.fromhex("A0000000032010"))
    bad = a("PEEK", lambda view: fail("bad") if view.app.aid[5:] == b"\x20\x10" else ok("good"))
    made = run(bad, image=replace(image, applications=(first, second)), transaction=False)
    assert made.said("PEEK") == "FAIL: A0000000032010: bad"


def test_without_an_application_nothing_is_judged_by_it(run: Make) -> None:
    peek, card = Peek(), Peek(Scope.CARD)
    card.entry = replace(card.entry, id="CARD")
    made = run(peek.entry, card.entry, image=replace(load_image(VISA), applications=()))
    assert made.said("PEEK") == "not examined: no application was read"
    assert made.said("CARD") == "PASS: seen"
    assert card.views[0].app.aid == b""
    assert made.attempt.aids == ()
    none = "no application could be read completely"
    assert (made.attempt.state, made.attempt.why) == ("rejected", none)
    assert made.said("TXN-01") == "not examined: no application was read"


UNREAD = "no application could be read completely"


def edited(**changes: object) -> object:
    image = load_image(VISA)
    return replace(image, applications=(replace(image.applications[0], **changes),))


def test_an_application_that_refuses_is_not_transacted(run: Make) -> None:
    made = run(Peek().entry, image=edited(blocked=True))
    assert (made.attempt.state, made.attempt.why) == ("rejected", UNREAD)
    assert "AC" not in made.calls
    assert any(one.startswith("refused:") for one in made.attempt.features)


EXPIRED = {0x5F24: bytes.fromhex("201231")}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "accepted:expired"),
        ({"breaks": {"AC#1": CardRemoved}}, "refused:expired"),
        ({"transaction": False}, None),
    ],
)
def test_what_becomes_of_an_expired_card_is_a_feature(
    run: Make, options: dict[str, object], told: str | None
) -> None:
    image = edited(data={**load_image(VISA).applications[0].data, **EXPIRED})
    features = run(image=image, **options).attempt.features
    assert [one for one in features if "expired" in one] == ([told] if told else [])


READ_ONLY = "only the read-through was asked for"


def test_reading_alone_is_no_transaction(run: Make) -> None:
    made = run(transaction=False)
    assert made.said("TXN-01") == f"not examined: {READ_ONLY}"
    assert (made.attempt.state, made.attempt.why) == ("not-tried", "no transaction was run")
    assert made.attempt.transactions == ()
    assert made.attempt.features == ()
    assert "reset cold" not in made.calls
    assert made.told.count("> TXN-01") == 1


def test_a_physical_card_is_not_changed_without_leave(run: Make) -> None:
    made = run(kind="pcsc", named="", own_test_keys=True)
    assert made.results["TXN-01"].reason is SkipReason.STATE_CHANGE
    why = "state change not allowed (--allow-state-change)"
    assert (made.attempt.state, made.attempt.why) == ("not-tried", why)
    assert "AC" not in made.calls
    allowed = run(kind="pcsc", named="", own_test_keys=True, allow_state_change=True)
    assert allowed.attempt.state == "accepted"
    assert allowed.attempt.subject.id == "card in a reader"


def test_a_transaction_that_killed_the_job_is_not_tried_again(run: Make) -> None:
    made = run(Peek().entry, done=frozenset({"TXN-01"}))
    assert (made.attempt.state, made.attempt.why) == ("rejected", "the transaction did not end")
    assert "AC" not in made.calls
    assert set(made.results) == {"READ-01", "PEEK"}


def test_what_was_judged_is_not_judged_again(run: Make) -> None:
    made = run(Peek().entry, done=frozenset({"READ-01", "PEEK"}), transaction=False)
    assert set(made.results) == {"TXN-01"}
    broken = run(done=frozenset({"READ-01"}), breaks={"send#3": LinkTimeout}, transaction=False)
    assert set(broken.results) == {"TXN-01"}


def test_for_coverage_alone_nothing_is_told_of_checks(run: Make) -> None:
    peek = Peek()
    made = run(peek.entry, judge_card=False)
    accepted = TRANSACTED.format(n=1, m=2)
    assert made.told == [f"= {VISA}", accepted]
    assert made.attempt.state == "accepted"
    assert peek.views == []
    broken = run(judge_card=False, breaks={"send#3": LinkTimeout})
    assert broken.told == ["! the card is read once more", f"= {VISA}", accepted]


def test_the_pin_of_a_card_in_this_process_is_entered_and_no_other(run: Make) -> None:
    app = load_image(VISA).applications[0]
    plaintext = bytes.fromhex("00000000000000000100")
    image = edited(cvm_list=plaintext, pin=app.pin or "1234")
    mine, others = (
        run(image=image, kind=kind, own_test_keys=True, allow_state_change=True)
        for kind in ("virtual", "pcsc")
    )
    assert mine.calls.count("20") == 1
    assert "cvm:plaintext-pin" in mine.attempt.features
    assert others.calls.count("20") == 0
    assert NOT_ENTERED in others.attempt.features


NOT_ENTERED = "tvr:3.4"
"""PIN entry required, PIN pad present, but PIN was not entered."""


def test_a_card_that_the_issuer_declines_is_rejected(run: Make) -> None:
    keys = replace(load_image(VISA).applications[0].keys, imk_ac=bytes(range(16)))
    made = run(image=edited(keys=keys))
    assert made.attempt.state == "rejected"
    assert made.attempt.transactions == (("goods", "rejected", made.attempt.why),)
    assert made.said("TXN-01") == f"FAIL: {made.attempt.why}"


def test_every_application_with_a_key_of_its_own_leaves_a_print(run: Make) -> None:
    image = load_image(VISA)
    other = load_image(MASTERCARD).applications[0]
    made = run(image=replace(image, applications=(*image.applications, other)), transaction=False)
    assert len(made.attempt.aids) == 2
    assert len(made.attempt.key_prints) == 2
