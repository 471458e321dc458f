"""A history, and a run to put into it."""

from __future__ import annotations

import pytest

from harness.campaign.acceptance import run_acceptance
from harness.campaign.history.store import History, open_history
from harness.campaign.options import AcceptanceOptions
from harness.core.clock import ManualClock
from harness.records.run import RunRecord


@pytest.fixture
def history(tmp_path) -> History:
    return open_history(tmp_path / "history.db", create=True)


@pytest.fixture(scope="session")
def real() -> RunRecord:
    options = AcceptanceOptions(images=("visa-credit", "expired"), clock=ManualClock())
    return run_acceptance(options)
