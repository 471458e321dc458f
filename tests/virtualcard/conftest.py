"""Fresh cards for the tests."""

from __future__ import annotations

import pytest
from carddialogue import Dialogue


@pytest.fixture
def visa() -> Dialogue:
    return Dialogue("visa-credit")


@pytest.fixture
def mastercard() -> Dialogue:
    return Dialogue("mastercard-debit")
