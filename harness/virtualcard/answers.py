"""What a card gives back, and what every kind of card offers."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """``response`` is data and SW1 SW2, or None where the card stays silent (until its next
    reset). ``delay_s`` is how long the card takes. ``removed``: it has left the reader."""

    response: bytes | None
    delay_s: float = 0.0
    removed: bool = False


class Reply(NamedTuple):
    """What a command handler returns: data, and the status word as a number."""

    data: bytes
    sw: int


OK = Reply(b"", 0x9000)


def status(sw: int) -> Reply:
    """A reply without data."""
    return Reply(b"", sw)


class Engine(Protocol):
    """One kind of card, without faults."""

    def reset(self) -> None:
        """Lose what a power cycle loses; what is in non-volatile memory stays."""
        ...

    def process(self, command: bytes) -> Answer:
        """Answer one command. Never raises, whatever the bytes."""
        ...
