"""A card behind a real pcscd that goes mute after the host has approved: the worker that drives the
reader is killed, and the reversal reaches the host."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from harness.cli.main import main
from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate
from harness.issuer.server import HostServer
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import run_transaction
from harness.testing.private_pcscd import PrivatePcscd

pytestmark = pytest.mark.pcscd

CARD = "visa-credit"


def external_authenticate() -> int:
    """The number of that command in the transaction, counted in process."""
    clock = ManualClock()
    result = run_transaction(
        VirtualReader(CARD, LinkOptions(clock=clock)).connect(),
        config=load_terminal(),
        keys=CaKeyStore.default(own_test=True),
        host=IssuerHost("approve"),
        request=TransactionRequest(Decimal("62.34")),
        clock=clock,
        allow_state_change=True,
    )
    return [one.command[1] for one in result.exchanges].index(0x82) + 1


def test_killed_after_the_host_has_approved(
    daemon: PrivatePcscd, capfd: pytest.CaptureFixture[str]
) -> None:
    with HostServer(IssuerHost("approve")) as server:
        code = main([
            "transact", "--amount", "62.34", "--reader", "vpcd", "--card", CARD, "--json",
            "--fault", f"mute@{external_authenticate()}", "--timeout", "2",
            "--allow-state-change", "--own-test-keys",
            "--host", f"127.0.0.1:{server.address[1]}",
        ])  # fmt: skip
        fates = [entry.fate for entry in server.ledger.entries.values()]
    data = json.loads(capfd.readouterr().out)
    assert code == 1
    assert data["outcome"] == "not-completed"
    assert fates == [Fate.REVERSED]
    assert [(one["kind"], one["delivered"]) for one in data["follow_ups"]] == [("reversal", True)]
