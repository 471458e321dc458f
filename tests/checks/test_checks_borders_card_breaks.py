"""The card suite where the way to the card breaks; a transcript, keys, a profile, more than one
type of transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from cardstage import CardRun, card_run
from checkviews import VISA, tape_of
from test_checks_borders_card_suite import Peek

from harness.checks.card import transaction
from harness.checks.guard import GuardedLink
from harness.core.errors import CardMute, CardRemoved, ConfigError, LinkTimeout, NoCard
from harness.core.verdict import Verdict
from harness.link.api import Link
from harness.link.recorder import RecordingLink
from harness.profiles.card_profile import CardProfile, Expectation
from harness.profiles.terminal_config import load_terminal
from harness.records.exchange import Exchange
from harness.terminal.transaction import TransactionResult

Make = Callable[..., CardRun]
AGAIN = "! the card is read once more"
SILENT = "no answer in 2,000 ms to {command}; cause not established"
READ_ALL = "READ-01 PASS: 18 commands answered"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Make:
    return lambda *checks, **options: card_run(monkeypatch, *checks, **options)


def test_a_silent_card_is_reset_and_read_once_more(run: Make) -> None:
    made = run(breaks={"send#5": LinkTimeout}, ms=10)
    assert made.told[:4] == [
        "> READ-01",
        f"READ-01 TIMEOUT: {SILENT.format(command='SELECT A0000000031010')}",
        AGAIN,
        f"= {VISA}",
    ]
    assert made.results["READ-01"].elapsed_ms == pytest.approx(50)
    assert made.calls[5:7] == ["SELECT", "reset cold"]
    assert made.calls.count("connect") == 1
    assert made.attempt.state == "accepted"
    evidence = made.results["READ-01"].evidence
    assert [(one.text, one.exchange) for one in evidence] == [("SELECT A0000000031010", 4)]


def test_a_card_that_no_reset_reaches_is_connected_anew(run: Make) -> None:
    made = run(breaks={"send#5": LinkTimeout, "reset#1": CardMute})
    assert made.calls[5:9] == ["SELECT", "reset cold", "close", "connect"]
    assert made.told[2] == AGAIN
    assert made.attempt.state == "accepted"


def test_a_card_that_does_not_come_back_is_judged_by_what_was_read(run: Make) -> None:
    peek = Peek()
    breaks = {"send#9": LinkTimeout, "reset#1": CardMute, "connect#2": CardMute}
    made = run(peek.entry, breaks=breaks)
    assert "! no way back to the card: broken" in made.told
    assert AGAIN not in made.told
    assert len(peek.views[0].card.replies) == 6
    assert made.calls[-4:] == ["READ", "reset cold", "close", "connect"]
    assert (made.attempt.state, made.attempt.why) == (
        "rejected",
        "no application could be read completely",
    )


@pytest.mark.parametrize(("first", "second", "kept"), [(9, 14, 6), (5, 21, 13)])
def test_of_two_broken_readings_the_longer_one_is_judged(
    run: Make, first: int, second: int, kept: int
) -> None:
    peek = Peek()
    made = run(peek.entry, breaks={f"send#{first}": LinkTimeout, f"send#{second}": LinkTimeout})
    assert len(peek.views[0].card.replies) == kept
    assert peek.views[0].notes["READ-01"] == "judged"
    assert list(made.results) == ["READ-01", "TXN-01", "PEEK"]


def test_of_a_card_that_could_not_be_read_it_is_not_known_whether_it_is_supported(
    run: Make,
) -> None:
    made = run(breaks={"send#5": LinkTimeout, "send#7": LinkTimeout})
    assert made.attempt.features == ()


def test_no_card_is_the_benchs_fault_and_not_tried_again(run: Make) -> None:
    made = run(breaks={"connect": NoCard})
    assert made.results["READ-01"].verdict is Verdict.ERROR
    assert made.results["READ-01"].advice == "look at it"
    assert made.calls == ["connect"]
    assert AGAIN not in made.told


def test_a_card_without_an_atr_is_connected_once_more(run: Make) -> None:
    made = run(breaks={"connect#1": CardMute})
    assert made.told[1:3] == ["READ-01 FAIL: broken", AGAIN]
    assert made.calls[:2] == ["connect", "connect"]
    assert made.attempt.state == "accepted"


@pytest.mark.parametrize(
    ("breaks", "verdict", "why", "ends"),
    [
        ("AC#1", "TIMEOUT", SILENT.format(command="GENERATE AC ARQC"), ["AC", "reset cold"]),
        ("AC#1", "FAIL", "broken, at GENERATE AC ARQC", ["AC"]),
        ("reset#1", "FAIL", "broken, at a reset", ["reset cold"]),
    ],
)
def test_a_transaction_that_breaks_off(
    run: Make, breaks: str, verdict: str, why: str, ends: list[str]
) -> None:
    peek = Peek()
    error = LinkTimeout if verdict == "TIMEOUT" else CardRemoved
    made = run(peek.entry, breaks={breaks: error}, ms=10, transactions=("goods", "cash"))
    told = [one for one in made.told if "TXN-01" in one]
    assert told[1:] == [f"TXN-01 {verdict}: {why}"]
    assert (made.attempt.state, made.attempt.why) == ("rejected", why)
    assert made.attempt.transactions == (("goods", "rejected", why),)
    assert made.calls[-1 - len(ends) :] == [*ends, "close"]
    sent = len(made.calls) - made.calls.index("reset cold") - 1 - len(ends)
    assert made.results["TXN-01"].elapsed_ms == pytest.approx(max(sent, 0) * 10)
    (view,) = peek.views
    assert view.transaction is None
    assert view.notes == {"transaction": why, "TXN-01": "judged"}


def test_every_type_is_tried_and_told(run: Make) -> None:
    made = run(transactions=("goods", "cash", "refund"))
    announced = "(transaction counter +3, up to 6 cryptograms, issuer authentication)"
    assert f"> TXN-01 {announced}" in made.told
    assert [(kind, state) for kind, state, _why in made.attempt.transactions] == [
        ("goods", "accepted"),
        ("cash", "accepted"),
        ("refund", "accepted"),
    ]
    assert {"type:goods", "type:cash", "type:refund"} <= set(made.attempt.features)
    assert list(made.attempt.features) == sorted(made.attempt.features)
    assert made.calls.count("reset cold") == 3
    assert made.calls.count("connect") == 1
    words = [why.split(" TC ")[0] for _kind, _state, why in made.attempt.transactions]
    assert words == ["approved by the simulated issuer (00); ARPC accepted by the card;"] * 3
    assert made.results["TXN-01"].message == made.attempt.transactions[0][2]


def test_another_type_that_breaks_ends_only_itself(run: Make) -> None:
    made = run(transactions=("goods", "cash", "refund"), breaks={"reset#2": CardRemoved})
    assert made.attempt.transactions[1] == ("cash", "rejected", "broken")
    assert made.attempt.transactions[2][:2] == ("refund", "accepted")
    resets = [one for one in made.calls if one.startswith("reset")]
    assert len(resets) == 4
    assert made.results["TXN-01"].verdict is Verdict.PASS
    silent = run(transactions=("goods", "cash"), breaks={"AC#3": LinkTimeout})
    assert silent.attempt.transactions[1] == ("cash", "rejected", "not completed: silent")
    assert silent.attempt.state == "accepted"


@pytest.mark.parametrize("kinds", [("goods",), ("goods", "cash")])
def test_the_leave_to_pay_ends_with_the_transaction(
    run: Make, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    links: list[GuardedLink] = []

    def guarded(link: Link) -> GuardedLink:
        links.append(GuardedLink(link))
        return links[-1]

    monkeypatch.setattr("harness.checks.card_suite.GuardedLink", guarded)
    assert run(transactions=kinds).attempt.state == "accepted"
    (link,) = links
    assert link.allowed == frozenset()


@pytest.mark.parametrize(
    ("kind", "pin", "more"), [("virtual", "1234", {"VERIFY"}), ("pcsc", "", set())]
)
def test_only_a_card_in_this_process_gets_a_pin_and_may_be_asked_for_it(
    run: Make, monkeypatch: pytest.MonkeyPatch, kind: str, pin: str, more: set[str]
) -> None:
    seen: list[tuple[str, frozenset[str]]] = []
    real = transaction.transact

    def transact(link: RecordingLink, *rest: object, **named: object) -> TransactionResult:
        seen.append((named["pin"], link._link.allowed))
        return real(link, *rest, **named)

    monkeypatch.setattr(transaction, "transact", transact)
    monkeypatch.setattr(transaction, "image_pin", lambda *_image_and_aid: "1234")
    run(kind=kind, own_test_keys=True, allow_state_change=True)
    assert seen == [(pin, {"GENERATE AC", "EXTERNAL AUTHENTICATE"} | more)]


def test_the_facts_of_a_transaction_are_those_after_its_reset(
    run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Exchange]] = []
    real = transaction.transaction_facts

    def facts(
        result: TransactionResult, host: object, exchanges: list[Exchange], *rest: object
    ) -> object:
        seen.append(exchanges)
        return real(result, host, exchanges, *rest)

    monkeypatch.setattr(transaction, "transaction_facts", facts)
    made = run()
    (exchanges,) = seen
    sent = len(made.calls) - made.calls.index("reset cold") - 2
    assert len(exchanges) == sent
    assert exchanges[0].command[1] == 0xA4


# A transcript


class Replay:
    """A transcript of a good card as a reader; nothing may be sent to it."""

    kind = "replay"
    image = ""
    name = "a reader"

    def __init__(self, lost: int = 0, masked: int = 0, trusted: str = "yes") -> None:
        tape = tape_of(VISA)[0]
        self.recorded = SimpleNamespace(exchanges=tape, lost=lost, masked=masked)
        self.transcript = SimpleNamespace(atr=b"\x3b\x00")
        self.trusted = trusted

    def facts(self) -> dict[str, str]:
        return {"own_test_keys": self.trusted}


REPLAYED = "a transcript is judged as it is: no transaction is run"


def test_a_transcript_is_judged_as_it_is(run: Make) -> None:
    peek = Peek()
    made = run(peek.entry, wrap=lambda _reader: Replay())
    assert made.told[:2] == ["> READ-01", "= card in a reader"]
    assert made.calls == []
    assert made.said("TXN-01") == f"not examined: {REPLAYED}"
    assert (made.attempt.state, made.attempt.why) == ("not-tried", REPLAYED)
    (view,) = peek.views
    assert view.card.atr == b"\x3b\x00"
    assert view.card.unread == 0
    assert view.chain is not None
    assert view.chain.ca is not None
    assert READ_ALL in made.told
    stranger = Peek()
    run(stranger.entry, wrap=lambda _reader: Replay(trusted=""))
    assert stranger.views[0].chain is None or stranger.views[0].chain.ca is None


def test_what_is_not_in_a_transcript_is_counted(run: Make) -> None:
    made = run(wrap=lambda _reader: Replay(lost=2, masked=3))
    assert made.said("READ-01").startswith("not examined: 5 answers are masked")


# Keys, profile


def test_own_test_keys_are_trusted_only_where_they_were_asked_for(run: Make) -> None:
    for options, trusted in (
        ({"kind": "pcsc", "named": ""}, False),
        ({"kind": "pcsc", "named": "", "own_test_keys": True}, True),
        ({"kind": "pcsc", "named": "", "known": {"own_test_keys": "yes"}}, True),
        ({}, True),
    ):
        peek = Peek()
        run(peek.entry, transaction=False, **options)
        chain = peek.views[0].chain
        assert (chain is not None and chain.ca is not None) is trusted, options


def test_an_issuer_certificate_that_the_terminal_refuses_is_not_used(
    run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    peek = Peek()
    run(peek.entry, transaction=False)
    chain = peek.views[0].chain
    assert chain is not None
    assert chain.issuer is not None
    assert chain.issuer.ok
    rid, index = peek.views[0].app.aid[:5], chain.ca.index
    serial = chain.issuer.fields["serial"]
    config = replace(load_terminal(), revoked=frozenset({(rid, index, serial)}))
    monkeypatch.setattr("harness.checks.card_suite.load_terminal", lambda _name: config)
    again = Peek()
    run(again.entry, transaction=False)
    revoked = again.views[0].chain
    assert revoked is not None
    assert revoked.issuer is not None
    assert not revoked.issuer.ok


def test_a_file_of_ca_keys_is_read_instead_of_the_shipped_ones(run: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        run(ca_keys=str(tmp_path / "none.toml"))


def test_what_the_issuer_expects_is_judged_too(run: Make) -> None:
    expected = (Expectation(0x5F28, ("0826",)), Expectation(0x9F07, ("FF00",)))
    profile = CardProfile("p", "a product", bytes.fromhex("A000000003"), expected)
    made = run(profile=profile, transaction=False)
    assert {"PROFILE-5F28", "PROFILE-9F07"} <= set(made.results)
    assert made.results["PROFILE-5F28"].subject == VISA
    left = run(profile=profile, transaction=False, done=frozenset({"PROFILE-5F28"}))
    assert "PROFILE-5F28" not in left.results
    assert "PROFILE-9F07" in left.results
