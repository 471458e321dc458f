"""One command and what came back."""

from __future__ import annotations

from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command APDU and its answer, as they crossed the link.

    ``response`` holds data and SW1 SW2; None means that the link failed, and ``error`` says how.
    ``started_ms`` counts from the opening of the link, ``elapsed_ms`` is the link's own time.
    ``kind`` is ``apdu``, ``reset`` (``response`` is then the ATR) or ``power``.
    """

    index: int
    command: bytes
    response: bytes | None
    started_ms: float
    elapsed_ms: float
    kind: str = "apdu"
    error: str = ""
    step: str = ""

    @property
    def sw(self) -> int | None:
        """Status word, or None where there is no complete answer."""
        if self.kind != "apdu" or self.response is None or len(self.response) < 2:
            return None
        return self.response[-2] << 8 | self.response[-1]
