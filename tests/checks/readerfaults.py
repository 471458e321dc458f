"""The reader suite in process, on an injected clock, with faults of the reader by name."""

from __future__ import annotations

from functools import cache

from harness.checks.reader.bench import Limits
from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite
from harness.checks.registry import Tier
from harness.core.clock import ManualClock
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.records.result import CheckResult

VERSIONS = {"emv-harness": "1", "python": "3"}


@cache
def suite(*faults: str, seed: int = 0) -> dict[str, CheckResult]:
    """Results by id of every tier that needs no operator."""
    clock = ManualClock()
    reader = VirtualReader("test-card", LinkOptions(("test-card",), deadline_s=3.0, clock=clock))
    events: list[object] = []
    options = ReaderSuiteOptions(
        clock=clock,
        limits=Limits("test", 25.0, resets=4, samples=40, rounds=12, soak=1500, reset_ms=1000.0),
        listed=(reader.name,),
        versions=VERSIONS,
        tier=Tier.SOAK,
        faults=faults,
        seed=seed,
    )
    run_reader_suite(reader, events.append, options=options)
    return {one.id: one for one in events if isinstance(one, CheckResult)}
