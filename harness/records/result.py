"""What a check measured and what it concluded."""

from __future__ import annotations

from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.core.verdict import SkipReason, Verdict
from harness.records.samples import Samples


@dataclass(frozen=True, slots=True)
class Measurement:
    """One observed value with its unit; ``low`` and ``high`` are the limits that it was held to."""

    name: str
    value: float | int | str | bool
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def within(self) -> bool:
        """True when the value is inside its limits (or has none)."""
        if isinstance(self.value, str):
            return True
        return (self.low is None or self.value >= self.low) and (
            self.high is None or self.value <= self.high
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a conclusion comes from: a datum and its place, or an exchange by index."""

    text: str
    exchange: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on one subject.

    ``suite`` is reader, card, coverage or host; ``subject`` names the reader or the card image
    that was judged; ``message`` says what was observed; ``advice`` what to do now.
    SKIP always has a ``reason``. ``samples`` hold every value of what was timed many times.
    """

    id: str
    title: str
    verdict: Verdict
    suite: str
    subject: str = ""
    reader: str = ""
    spec: tuple[Spec, ...] = ()
    message: str = ""
    advice: str = ""
    reason: SkipReason | None = None
    measurements: tuple[Measurement, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    elapsed_ms: float = 0.0
    samples: tuple[Samples, ...] = ()

    def __post_init__(self) -> None:
        if (self.verdict is Verdict.SKIP) != (self.reason is not None):
            raise ValueError(f"{self.id}: a SKIP has a reason, and nothing else has one")
