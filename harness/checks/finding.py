"""What a check concludes, before it is put beside its id and title in a ``CheckResult``."""

from __future__ import annotations

from harness.core.plain import dataclass
from harness.core.verdict import WORST_FIRST, SkipReason, Verdict
from harness.records.result import Evidence, Measurement
from harness.records.samples import Samples


@dataclass(frozen=True, slots=True)
class Finding:
    """Verdict, what was observed, what to do now, and where it was seen.

    ``reason`` belongs to SKIP and to nothing else.
    """

    verdict: Verdict
    message: str
    advice: str = ""
    reason: SkipReason | None = None
    evidence: tuple[Evidence, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    samples: tuple[Samples, ...] = ()

    def __post_init__(self) -> None:
        if (self.verdict is Verdict.SKIP) != (self.reason is not None):
            raise ValueError("a SKIP has a reason, and nothing else has one")


class Unjudged(Exception):
    """A check that finds out in the middle that it cannot judge; ``finding`` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def ok(
    message: str,
    *evidence: Evidence,
    advice: str = "",
    measurements: tuple[Measurement, ...] = (),
) -> Finding:
    """No non-conformity in what was looked at."""
    return Finding(
        Verdict.PASS, message, advice=advice, evidence=evidence, measurements=measurements
    )


def fail(
    message: str,
    *evidence: Evidence,
    advice: str = "",
    measurements: tuple[Measurement, ...] = (),
) -> Finding:
    """The device breaks the rule."""
    return Finding(
        Verdict.FAIL, message, advice=advice, evidence=evidence, measurements=measurements
    )


def warn(
    message: str,
    *evidence: Evidence,
    advice: str = "",
    measurements: tuple[Measurement, ...] = (),
) -> Finding:
    """Allowed, or tolerated, but a reader of the report should know."""
    return Finding(
        Verdict.WARN, message, advice=advice, evidence=evidence, measurements=measurements
    )


def skip(reason: SkipReason, message: str, *, advice: str = "") -> Finding:
    """Nothing was judged, and why."""
    return Finding(Verdict.SKIP, message, advice=advice, reason=reason)


def not_applicable(message: str) -> Finding:
    """The rule does not concern this card or this reader."""
    return skip(SkipReason.NOT_APPLICABLE, message)


def not_examined(message: str, *, advice: str = "") -> Finding:
    """The datum was not read, or an earlier step failed: missing evidence is no evidence."""
    return skip(SkipReason.NOT_EXAMINED, message, advice=advice)


def merge(findings: list[tuple[str, Finding]]) -> Finding:
    """One finding out of several on the same rule, each with a label (an AID).

    The worst verdict stands (ERROR, FAIL, TIMEOUT, WARN, PASS, SKIP) and every message that has
    it is kept. A single finding passes unchanged.
    """
    if len(findings) == 1:
        return findings[0][1]
    worst = min((finding for _, finding in findings), key=lambda f: WORST_FIRST.index(f.verdict))
    same = [(label, f) for label, f in findings if f.verdict is worst.verdict]
    return Finding(
        verdict=worst.verdict,
        message="; ".join(f"{label}: {finding.message}" for label, finding in same),
        advice=worst.advice,
        reason=worst.reason,
        evidence=tuple(e for _, finding in same for e in finding.evidence),
        measurements=tuple(m for _, finding in findings for m in finding.measurements),
    )
