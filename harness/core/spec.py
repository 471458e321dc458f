"""Citations (rule 5): which document and clause, and whether its text was read."""

from __future__ import annotations

from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """``verified`` is true where the text itself, or a vector that proves it, was seen."""

    document: str
    clause: str
    verified: bool = False

    def __str__(self) -> str:
        text = f"{self.document}, {self.clause}"
        return text if self.verified else f"{text} (clause not verified)"
