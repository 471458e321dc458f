"""The virtual card against its reference model, for minutes: new commands each time.

Usage: .venv/bin/python scripts/fuzz_card.py [MINUTES]
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "virtualcard"))
from cardmachine import CardMachine

ROUND = settings(
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def main(minutes: float) -> int:
    """Rounds of 200 cards until the time is over. An AssertionError, with the commands that lead
    there, ends it."""
    began = time.monotonic()
    cards = 0
    while time.monotonic() - began < minutes * 60:
        number = random.SystemRandom().randrange(2**32)
        print(f"fuzz: seed {number}, {cards} cards so far", file=sys.stderr, flush=True)
        run_state_machine_as_test(seed(number)(CardMachine), settings=ROUND)
        cards += ROUND.max_examples
    print(
        f"{cards} cards, up to 60 steps each, {time.monotonic() - began:.0f} s: "
        "model and card agree"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0))
