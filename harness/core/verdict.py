"""Verdicts, their reasons, and the exit code that they add up to (rules 3 and 13)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """FAIL is the device's fault, ERROR is ours; the two are never merged in a total."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    WARN = "WARN"
    FAIL = "FAIL"
    SKIP = "SKIP"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"


WORST_FIRST = (
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.TIMEOUT,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.SKIP,
)
"""The order in which the worst of several verdicts is found and shown."""


class SkipReason(StrEnum):
    """The closed list of reasons for a SKIP."""

    NOT_APPLICABLE = "not applicable"
    NOT_EXAMINED = "not examined"
    UNKNOWN_KEY = "unknown key"
    NEEDS_HARDWARE = "needs hardware"
    NEEDS_OPERATOR = "needs an operator"
    STATE_CHANGE = "state change not allowed"
    DEPENDENCY = "dependency missing"


class ExitCode(IntEnum):
    """A promise to scripts: documented in ``docs/exit-codes.md``."""

    OK = 0
    FAILED = 1
    INTERRUPTED = 2
    ERROR = 3
    USAGE = 4
    NOTHING_RAN = 5


def exit_code(verdicts: Iterable[Verdict], *, strict: bool = False) -> ExitCode:
    """Exit code of a run: 3 if any ERROR, else 1 if any FAIL or TIMEOUT (or WARN when
    ``strict``), else 5 if nothing ran but SKIPs, else 0."""
    seen = set(verdicts)
    if Verdict.ERROR in seen:
        return ExitCode.ERROR
    if seen & {Verdict.FAIL, Verdict.TIMEOUT}:
        return ExitCode.FAILED
    if strict and Verdict.WARN in seen:
        return ExitCode.FAILED
    if not seen - {Verdict.SKIP}:
        return ExitCode.NOTHING_RAN
    return ExitCode.OK


def totals(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Number of results by verdict; every verdict has a key."""
    count = {verdict.value: 0 for verdict in Verdict}
    for verdict in verdicts:
        count[verdict.value] += 1
    return count


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that a reader has to see first; SKIP when there is none."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.SKIP)
