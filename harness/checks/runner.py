"""The job functions of the suites, as ``harness.link.supervise.run_job`` finds them by name."""

from __future__ import annotations

from harness.checks.card_job import Attempt, CardSuiteOptions
from harness.checks.card_suite import run_card_suite
from harness.checks.reader_suite import ReaderSuiteOptions, run_reader_suite

READER_SUITE = "harness.checks.runner:run_reader_suite"
CARD_SUITE = "harness.checks.runner:run_card_suite"

__all__ = [
    "CARD_SUITE",
    "READER_SUITE",
    "Attempt",
    "CardSuiteOptions",
    "ReaderSuiteOptions",
    "run_card_suite",
    "run_reader_suite",
]
