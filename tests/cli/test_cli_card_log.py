"""``card log``: the transactions that a card has kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from harness.cli import card_log
from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.jobs import JobEnd
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import run_transaction


@pytest.fixture
def used(monkeypatch) -> VirtualReader:
    """A card after two transactions, which the command finds in its reader."""
    clock = ManualClock()
    reader = VirtualReader("mastercard-debit", LinkOptions(clock=clock))
    for amount in ("12.34", "5.00"):
        link = reader.connect()
        run_transaction(
            link,
            config=load_terminal(),
            keys=CaKeyStore.default(own_test=True),
            host=own_test_host("approve"),
            request=TransactionRequest(Decimal(amount), pin=lambda: "1234"),
            clock=clock,
            allow_state_change=True,
        )
        link.close()

    def run_job(spec, on_event):
        assert spec.function == "harness.cli.card_log:read"
        return JobEnd("done", card_log.read(reader, on_event, **spec.kwargs))

    monkeypatch.setattr("harness.link.supervise.run_job", run_job)
    return reader


def test_two_transactions_the_newest_first(used, emv, valid):
    ran = emv("card", "log")
    assert ran.code == 0
    shown = " ".join(ran.out.split())
    assert "log in SFI 11: 2 transactions, room for 10" in shown
    assert shown.index("5.00") < shown.index("12.34")
    data = emv("card", "log", "--json").json
    valid(data, "card-log")
    records = data["applications"][0]["records"]
    assert [record["number"] for record in records] == [1, 2]
    amounts = [v["value"] for r in records for v in r["values"] if v["tag"] == "9F02"]
    assert amounts == ["000000000500", "000000001234"]


def test_it_only_reads(used, emv):
    link = used.connect()
    sent: list[int] = []
    inner = link.transmit
    link.transmit = lambda command: (sent.append(command[1]), inner(command))[1]
    used.connect = lambda: link
    emv("card", "log")
    assert set(sent) <= {0xA4, 0xB2, 0xC0, 0xCA}
    assert 0xCA in sent


def test_a_card_that_keeps_no_log(emv, valid):
    ran = emv("card", "log", "--card", "visa-credit")
    assert ran.code == 5
    assert "names no transaction log (9F4D)" in ran.out
    data = emv("card", "log", "--card", "visa-credit", "--json").json
    valid(data, "card-log")
    assert data["applications"][0]["sfi"] is None


def test_a_new_card_has_an_empty_log(emv):
    ran = emv("card", "log", "--card", "mastercard-debit")
    assert ran.code == 0
    assert "0 transactions" in ran.out


def test_a_card_that_goes_mute(emv):
    assert emv("card", "log", "--fault", "mute@2", "--timeout", "0.5").code in (1, 3)
