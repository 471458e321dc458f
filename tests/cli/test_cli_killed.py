"""A reader that hangs in the middle of an online transaction: its worker is killed, and the host is
told all the same."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import pytest

from harness.cli import transact_view
from harness.cli.transact_job import Order, Owed
from harness.cli.transact_settle import describe, settle
from harness.core.clock import ManualClock
from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate
from harness.issuer.messages import AuthorisationRequest
from harness.issuer.server import Disturbance, HostServer

HERE = Path(__file__).parent
CARD = "visa-credit"


@pytest.fixture(autouse=True)
def hanging_readers(monkeypatch):
    """Readers of the kind ``hang``, whose jobs run in a worker as those of PC/SC readers do."""
    monkeypatch.syspath_prepend(str(HERE))
    import hangcards

    monkeypatch.setattr(transact_view, "JOB", "hangcards:transact")
    yield
    sys.modules.pop("hangcards", None)
    from harness.link.find import LINKS

    LINKS._loaded.pop("hang", None)
    assert hangcards


@cache
def commands() -> tuple[int, int, int]:
    """Numbers of three commands: EXTERNAL AUTHENTICATE, the first after the host has answered;
    the final GENERATE AC; PUT DATA of a script, the first after the card has decided."""
    from decimal import Decimal

    from harness.crypto.capk import CaKeyStore
    from harness.link.api import LinkOptions
    from harness.link.virtual import VirtualReader
    from harness.profiles.terminal_config import load_terminal
    from harness.terminal.context import TransactionRequest
    from harness.terminal.transaction import run_transaction

    clock = ManualClock()
    result = run_transaction(
        VirtualReader(CARD, LinkOptions(clock=clock)).connect(),
        config=load_terminal(),
        keys=CaKeyStore.default(own_test=True),
        host=IssuerHost("approve", script="counter:72"),
        request=TransactionRequest(Decimal("62.34")),
        clock=clock,
        allow_state_change=True,
    )
    sent = [one.command[1] for one in result.exchanges]
    last = max(place for place, ins in enumerate(sent, 1) if ins == 0xAE)
    return sent.index(0x82) + 1, last, sent.index(0xDA) + 1


def killed_at(emv, at: int, server: HostServer, *more: str):
    return emv(
        "transact", "--amount", "62.34", "--reader", f"hang:{CARD}@{at}", "--timeout", "1",
        "--host", f"127.0.0.1:{server.address[1]}", *more,
    )  # fmt: skip


def fates(server: HostServer) -> list[Fate]:
    return [entry.fate for entry in server.ledger.entries.values()]


@pytest.mark.parametrize("place", ["external authenticate", "final cryptogram"])
def test_killed_after_the_host_has_approved(place, emv):
    first, last, _script = commands()
    with HostServer(IssuerHost("approve")) as server:
        ran = killed_at(emv, first if place == "external authenticate" else last, server)
        assert fates(server) == [Fate.REVERSED]
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "reversal due: the issuer approved, the transaction was not completed" in text
    assert "acknowledged by the host" in text
    assert "no answer in 1,000 ms" in text


def test_killed_before_the_host_was_asked(emv):
    with HostServer(IssuerHost("approve")) as server:
        ran = killed_at(emv, commands()[0] - 2, server)
        assert server.ledger.entries == {}
    assert ran.code == 1
    assert "reversal" not in ran.out


def test_killed_after_the_card_has_decided(emv):
    with HostServer(IssuerHost("approve", script="counter:72")) as server:
        ran = killed_at(emv, commands()[2], server)
        assert fates(server) == [Fate.APPROVED]
    assert "reversal" not in ran.out


def test_killed_after_a_decline(emv):
    with HostServer(IssuerHost("decline")) as server:
        ran = killed_at(emv, commands()[1], server)
        assert fates(server) == [Fate.DECLINED]
    assert "reversal" not in ran.out


def test_killed_and_the_host_is_gone_by_then(emv):
    kinds = iter([Disturbance.NONE])
    with HostServer(
        IssuerHost("approve"), disturb=lambda _mti: next(kinds, Disturbance.LOST)
    ) as server:
        ran = killed_at(emv, commands()[1], server)
        assert fates(server) == [Fate.APPROVED]
    assert "kept to be sent again" in " ".join(ran.out.split())
    assert "tell its operator" in ran.err


def test_json_holds_it(emv, valid):
    with HostServer(IssuerHost("approve")) as server:
        ran = killed_at(emv, commands()[1], server, "--json")
    data = json.loads(ran.out)
    valid(data, "transact")
    assert [(one["kind"], one["delivered"]) for one in data["follow_ups"]] == [("reversal", True)]
    assert data["outcome"] == "not-completed"


def test_the_books_of_a_simulated_issuer_end_with_its_process(emv):
    ran = emv(
        "transact", "--amount", "62.34", "--reader", f"hang:{CARD}@{commands()[1]}",
        "--timeout", "1",
    )  # fmt: skip
    assert "the simulated issuer ended with the process" in " ".join(ran.out.split())


def test_nothing_is_owed(tmp_path):
    asked = AuthorisationRequest(b"", "4761739001010119", 1, {})
    order = Order(
        amount=None, cashback=None, currency=None, type="goods", online="approve", pin="",
        aid=None, force_online=False, config="attended-eu", own_test_keys=False,
        allow_state_change=False, last_pin_try=False, clock=ManualClock(),
    )  # fmt: skip
    assert settle(order, None, print) is None
    assert settle(order, Owed(asked, ""), print) is None
    done = settle(order, Owed(asked, "why"), print)
    assert done is not None
    assert "reversal due: why" in describe(done)


def test_ctrl_c_kills_the_worker_and_the_host_is_told(emv, monkeypatch):
    event = transact_view.TransactionView.event

    def interrupted(self, thing):
        event(self, thing)
        if isinstance(thing, Owed) and "approved" in thing.reason:
            monkeypatch.setattr(transact_view.TransactionView, "event", event)
            raise KeyboardInterrupt

    monkeypatch.setattr(transact_view.TransactionView, "event", interrupted)
    with HostServer(IssuerHost("approve")) as server:
        ran = killed_at(emv, commands()[0], server, "--json")
        assert fates(server) == [Fate.REVERSED]
    assert ran.code == 2
    assert [one["delivered"] for one in json.loads(ran.out)["follow_ups"]] == [True]
