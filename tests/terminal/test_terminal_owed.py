"""The journal of what the host would have to be told, step by step."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import IssuerHost
from harness.issuer.messages import AuthorisationRequest
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
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
