"""Dates and times enter here and nowhere else (rule 15)."""

from __future__ import annotations

import time
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from harness.core.errors import ConfigError
from harness.core.plain import dataclass


class Clock(Protocol):
    """What the harness asks of time."""

    def today(self) -> date:
        """The date that expiry rules are judged against."""
        ...

    def now(self) -> datetime:
        """Aware time stamp for records."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@dataclass(slots=True)
class SystemClock:
    """The machine's clock; ``date_override`` (``--clock``) replaces only the date."""

    date_override: date | None = None

    def today(self) -> date:
        """The overridden date, or the machine's."""
        return self.date_override or date.today()

    def now(self) -> datetime:
        """UTC now; with an override, that date with the machine's time of day."""
        moment = datetime.now(UTC)
        if self.date_override is None:
            return moment
        return moment.replace(
            year=self.date_override.year,
            month=self.date_override.month,
            day=self.date_override.day,
        )

    def monotonic(self) -> float:
        """``time.perf_counter``: the finest that the platform has."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """``time.sleep``."""
        time.sleep(seconds)


@dataclass(slots=True)
class CountingClock(SystemClock):
    """The machine's clock for a card in the same process: what such a card would make one wait
    for is counted and not waited for, since nothing can happen meanwhile."""

    counted_s: float = 0.0

    def monotonic(self) -> float:
        """Seconds passed, those counted among them."""
        return time.perf_counter() + self.counted_s

    def sleep(self, seconds: float) -> None:
        """Count ``seconds`` as passed."""
        self.counted_s += seconds


@dataclass(slots=True)
class ManualClock:
    """A clock for tests: time passes only when somebody sleeps or calls ``advance``."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    elapsed: float = 0.0

    def today(self) -> date:
        """Date of the current moment."""
        return self.moment.date()

    def now(self) -> datetime:
        """The current moment."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """Advance instead of waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self.elapsed += seconds
        self.moment += timedelta(seconds=seconds)


def parse_date(text: str) -> date:
    """A date given as ``--clock 2026-11-20``. Raises ConfigError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"not a date: {text!r}", where="--clock", todo="write it as YYYY-MM-DD"
        ) from error
