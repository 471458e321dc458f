"""The card against its reference model, driven by arbitrary command sequences.

``make fuzz`` runs it for minutes (``EMV_MACHINE_EXAMPLES``); here it is a short run.
"""

from __future__ import annotations

import os

import pytest
from cardmachine import CardMachine
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from harness.virtualcard.commands import pin
from harness.virtualcard.state import Memory, Past

EXAMPLES = int(os.environ.get("EMV_MACHINE_EXAMPLES", "150"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    derandomize="EMV_MACHINE_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


BROKEN = settings(SETTINGS, max_examples=100, phases=[Phase.generate])
"""For cards with a bug: it has to be found, it need not be made small."""


def test_the_card_is_what_the_model_says() -> None:
    run_state_machine_as_test(CardMachine, settings=SETTINGS)


def test_the_model_notices_a_pin_that_unblocks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pin._compare

    def forgiving(app, block):
        reply = real(app, block)
        app.memory.pin_tries = max(app.memory.pin_tries, 1)
        return reply

    monkeypatch.setattr(pin, "_compare", forgiving)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(CardMachine, settings=BROKEN)


def test_the_model_notices_a_counter_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Memory.past

    def slipping(self: Memory) -> Past:
        self.atc = max(self.atc - 1, -1)
        return real(self)

    monkeypatch.setattr(Memory, "past", slipping)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(CardMachine, settings=BROKEN)
