"""How a later message names the one that it takes back, and how transactions are told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from harness.cli.transact_job import Order, transact
from harness.core.clock import ManualClock
from harness.issuer import iso_messages as iso
from harness.issuer.messages import AuthorisationRequest, Notice, NoticeKind
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader

SENT, LATER = datetime(2026, 11, 20, 10, 11, 12), datetime(2026, 11, 21, 9, 0, 0)
REQUEST = AuthorisationRequest(
    b"",
    "4761739001010119",
    1,
    {"9F41": bytes.fromhex("00000042")},
    reference="1" * 12,
    terminal="HARNESS1",
    sent_at=f"{SENT:%m%d%H%M%S}",
)


def test_a_reversal_names_its_original_by_the_time_of_the_original() -> None:
    asked = iso.from_request(REQUEST, SENT)
    reversal = iso.from_notice(Notice(NoticeKind.REVERSAL, REQUEST, "why"), LATER)
    assert asked["7"] == "1120101112"
    assert reversal["7"] == "1121090000"
    assert reversal["90"][:20] == "0100" + asked["11"] + asked["7"]
    assert len(reversal["90"]) == 42


def test_without_that_time_its_own_stands_in() -> None:
    bare = replace(REQUEST, sent_at="")
    reversal = iso.from_notice(Notice(NoticeKind.REVERSAL, bare, "why"), LATER)
    assert reversal["90"][10:20] == reversal["7"] == "1121090000"


def test_the_request_goes_out_under_the_time_that_it_was_made_at() -> None:
    assert iso.from_request(REQUEST, LATER)["7"] == "1120101112"


@pytest.mark.parametrize(("hour", "stan"), [(9, "091112"), (10, "101112")])
def test_two_transactions_of_a_terminal_have_numbers_of_their_own(hour: int, stan: str) -> None:
    clock = ManualClock(datetime(2026, 11, 20, hour, 11, 12, tzinfo=ManualClock().now().tzinfo))
    order = Order(
        amount=Decimal("62.34"),
        cashback=Decimal(0),
        currency=None,
        type="goods",
        online="approve",
        pin="",
        aid=None,
        force_online=False,
        config="attended-eu",
        own_test_keys=False,
        allow_state_change=False,
        last_pin_try=False,
        clock=clock,
    )
    emitted: list[object] = []
    reader = VirtualReader("visa-credit", LinkOptions(clock=clock))
    transact(reader, emitted.append, order=order)
    owed = [thing for thing in emitted if type(thing).__name__ == "Owed"]
    assert iso.stan_of(owed[0].request) == stan  # type: ignore[attr-defined]
