"""Readers for the check tests: the virtual test card, and ways to spoil what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.checks.reader.bench import Bench, Limits
from harness.core.clock import ManualClock
from harness.core.errors import LinkError
from harness.link.api import Link, LinkOptions, Reader, ResetKind
from harness.link.virtual import VirtualReader

Spoil = Callable[[bytes, bytes], bytes]


@dataclass
class SpoiledLink:
    """A link that changes answers (``spoil(command, answer)``) and ATRs."""

    inner: Link
    spoil: Spoil | None = None
    atrs: Iterator[bytes] | None = None
    clock: ManualClock | None = None
    seconds: float = 0.0
    first_atr: bytes = b""

    @property
    def atr(self) -> bytes:
        return self.first_atr or self.inner.atr

    @property
    def protocol(self) -> str:
        return self.inner.protocol

    def transmit(self, command: bytes) -> bytes:
        if self.clock is not None:
            self.clock.advance(self.seconds)
        answer = self.inner.transmit(command)
        return self.spoil(command, answer) if self.spoil is not None else answer

    def reset(self, kind: ResetKind) -> bytes:
        atr = self.inner.reset(kind)
        return next(self.atrs) if self.atrs is not None else atr

    def close(self) -> None:
        self.inner.close()


@dataclass
class SpoiledReader:
    """A reader whose presence, connection and link misbehave as told."""

    inner: VirtualReader
    kind: str = "virtual"
    present: bool = True
    image: str = "test-card"
    presence_error: LinkError | None = None
    connect_error: LinkError | None = None
    wrap: Callable[[Link], Link] = lambda link: link
    name: str = "virtual test-card"
    known: dict[str, str] = field(default_factory=dict)

    def card_present(self) -> bool:
        if self.presence_error is not None:
            raise self.presence_error
        return self.present

    def connect(self) -> Link:
        if self.connect_error is not None:
            raise self.connect_error
        return self.wrap(self.inner.connect())

    def facts(self) -> dict[str, str]:
        return self.known


VERSIONS = {"emv-harness": "1", "python": "3", "pyscard": "2", "pcscd": "1"}


def virtual(image: str = "test-card", faults: tuple[str, ...] = ()) -> VirtualReader:
    clock = ManualClock()
    return VirtualReader(image, LinkOptions((image,), faults, deadline_s=0.5, clock=clock))


def bench(reader: Reader | None = None, **changes: object) -> Bench:
    """A bench on the virtual test card, powered and identified unless the reader cannot."""
    reader = reader or virtual()
    made = Bench(
        reader,
        ManualClock(),
        Limits("test", 5.0, resets=3, samples=20),
        listed=(reader.name, "another"),
        versions=dict(VERSIONS),
    )
    try:
        made.power()
        made.identify()
    except LinkError:
        pass
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def spoiled(spoil: Spoil) -> Bench:
    """The test card behind a link that changes answers."""
    return bench(SpoiledReader(virtual(), wrap=lambda link: SpoiledLink(link, spoil)))


def atr(text: str) -> Bench:
    """A test card with another ATR."""
    return bench(cold_atr=bytes.fromhex(text))


def resets(*atrs: str) -> Bench:
    """A card whose resets give these ATRs, again and again."""

    def turns() -> Iterator[bytes]:
        while True:
            yield from (bytes.fromhex(text) for text in atrs)

    return bench(SpoiledReader(virtual(), wrap=lambda link: SpoiledLink(link, atrs=turns())))
