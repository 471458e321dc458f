"""The journal of what the host would have to be told, step by step."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import test_terminal_followup as follow
from termcards import ScriptedLink, context, tlv

from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import IssuerHost
from harness.issuer.messages import AuthorisationRequest
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal import owed
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

UNANSWERED = "the request was sent and no valid answer came"
APPROVED = "the issuer approved, the transaction was not completed"


def run(
    rule: str, terminal_type: int = 22, fault: str = "", referral: bool | None = None
) -> tuple[list[str], TransactionResult]:
    """The reasons in their order, repeats left out."""
    clock = ManualClock()
    reasons: list[str] = []

    def journal(request: AuthorisationRequest, reason: str) -> None:
        assert request.reference
        if reasons[-1:] != [reason]:
            reasons.append(reason)

    options = LinkOptions(clock=clock, faults=(fault,) if fault else ())
    result = run_transaction(
        VirtualReader("visa-credit", options).connect(),
        config=replace(load_terminal(), terminal_type=terminal_type),
        keys=CaKeyStore.default(own_test=True),
        host=IssuerHost(rule, script="counter:72"),
        request=TransactionRequest(
            Decimal("62.34"),
            referral=None if referral is None else lambda _arc: referral,
            journal=journal,
        ),
        clock=clock,
        allow_state_change=True,
    )
    return reasons, result


@pytest.mark.parametrize(
    ("rule", "reasons"),
    [
        ("approve", [UNANSWERED, APPROVED, ""]),
        ("decline", [UNANSWERED, ""]),
        ("wrong-arpc", [UNANSWERED, APPROVED, ""]),
        ("no-answer", [UNANSWERED, ""]),
        ("malformed", [UNANSWERED, ""]),
        ("unreachable", [UNANSWERED, ""]),
    ],
)
def test_reasons_in_their_order(rule: str, reasons: list[str]) -> None:
    assert run(rule)[0] == reasons


@pytest.mark.parametrize(("said", "reasons"), [(True, [APPROVED]), (False, [])])
def test_a_referral_counts_from_the_call_on(said: bool, reasons: list[str]) -> None:
    assert run("refer", referral=said)[0] == [UNANSWERED, "", *reasons, *[""] * said]


def test_a_link_that_fails_is_settled_by_this_process() -> None:
    whole = run("approve")[1]
    last = max(place for place, one in enumerate(whole.exchanges, 1) if one.command[1] == 0xAE)
    reasons, result = run("approve", fault=f"removed@{last}")
    assert reasons == [UNANSWERED, APPROVED, ""]
    assert [one.kind.value for one in result.follow_ups] == ["reversal"]


def test_an_offline_transaction_owes_nothing() -> None:
    reasons, result = run("approve", terminal_type=23)
    assert result.answer is None
    assert reasons == []


def test_interrupted_while_the_issuer_thinks_it_is_settled_before_the_end() -> None:
    journal: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        follow.run(
            follow.card(),
            follow.Taker(KeyboardInterrupt()),
            journal=lambda _request, reason: journal.append(reason),
        )
    assert journal == [UNANSWERED, ""]


@pytest.mark.parametrize("approved", [True, False])
def test_nothing_is_owed_before_anything_was_sent(approved: bool) -> None:
    assert owed.reason(context(), approved=approved) == ""


class Watched(ScriptedLink):
    """Knows what the journal held when each command went out: by instruction byte, in order."""

    def __init__(self, like: ScriptedLink) -> None:
        super().__init__({**like.table, "84": "9000"})
        self.journal: list[str] = [""]
        self.seen: list[tuple[str, str]] = []

    def transmit(self, command: bytes) -> bytes:
        self.seen.append((f"{command[1]:02X}", self.journal[-1]))
        return super().transmit(command)


@pytest.mark.parametrize(
    ("arc", "second", "at_second", "at_script"),
    [
        ("00", "40", APPROVED, ""),
        ("01", "40", APPROVED, ""),  # approved on the telephone
        ("00", "00", APPROVED, APPROVED),
        ("05", "00", "", ""),
    ],
)
def test_what_is_owed_while_the_card_decides_and_after_it(
    arc: str, second: str, at_second: str, at_script: str
) -> None:
    link = Watched(follow.card(second=follow.cryptogram(second)))
    script = bytes.fromhex(tlv("72", tlv("86", "8424000000")))
    answer = replace(follow.answered(arc), scripts=(script,))
    follow.run(
        link,
        follow.Taker(answer),
        referral=lambda _arc: True,
        journal=lambda _request, reason: link.journal.append(reason),
    )
    assert link.seen[-3:] == [("AE", ""), ("AE", at_second), ("24", at_script)]
    assert link.journal[-1] == ""
