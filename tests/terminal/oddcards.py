"""The plain card, changed in what it says, and a transaction with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from termcards import (
    OK,
    ScriptedLink,
    config,
    steady,
    tlv,
)
from test_terminal_transaction import BOTH, plain

from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.profiles.terminal_config import TerminalConfig
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

RECORD = {
    "5A": "4761739001010119",
    "5F24": "491231",
    "8C": "9F0206",
    "8D": "8A02",
    "9F0E": "0000000000",
    "9F0F": "0000000000",
}


def record(**changes: str) -> str:
    """The one record of the plain card, changed; tags without a letter in front begin with t."""
    data = RECORD | {tag.removeprefix("t"): value for tag, value in changes.items()}
    return tlv("70", *[tlv(tag, value) for tag, value in data.items()]) + OK


def asking(**changes: Any) -> dict[str, Any]:
    """The plain card, which leaves the decision to the issuer."""
    table = plain()
    del table["80AE"]
    table |= {
        "80AE80": tlv("80", "80", "0001", "AC" * 8) + OK,
        "80AE40": tlv("80", "40", "0001", "BB" * 8) + OK,
        "80AE00": tlv("80", "00", "0001", "DD" * 8) + OK,
    }
    return {**table, **changes}


def run(
    table: dict[str, Any],
    terminal: TerminalConfig | None = None,
    online: str = "approve",
    **more: Any,
) -> TransactionResult:
    amount = more.pop("amount", "12.34")
    return run_transaction(
        ScriptedLink(table),
        config=terminal or config(aids=BOTH),
        keys=CaKeyStore.default(own_test=True),
        host=own_test_host(online),
        request=TransactionRequest(Decimal(amount), **more),
        clock=ManualClock(),
        allow_state_change=True,
        entropy=steady(),
    )
