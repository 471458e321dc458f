"""Readers for the check tests: the virtual test card, and ways to spoil what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.checks.reader.bench import Bench, Limits
from harness.core.clock import ManualClock
from harness.core.errors import LinkError
from harness.link.api import Link, LinkOptions, Reader, ResetKind
from harness.link.cardport import CardPort
from harness.link.faults import with_faults
from harness.link.service import NO_SERVICE
from harness.link.virtual import VirtualReader
from harness.link.virtual_service import VirtualService
from harness.virtualcard.card import open_card

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
    return VirtualReader(image, LinkOptions((image,), faults, deadline_s=3.0, clock=clock))


def bench(reader: Reader | None = None, **changes: object) -> Bench:
    """A bench on the virtual test card, powered and identified unless the reader cannot."""
    reader = reader or virtual()
    made = Bench(
        reader,
        getattr(getattr(reader, "inner", reader), "clock", None) or ManualClock(),
        Limits("test", 5.0, resets=3, samples=20, rounds=5, soak=600),
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


def faulty(*names: str) -> Bench:
    """The test card behind faults of the reader."""
    reader = virtual()
    return bench(with_faults(reader, names, 0, reader.clock))


class AtrPort:
    """A card whose ATR is another one."""

    def __init__(self, card: CardPort, raw: bytes) -> None:
        self._card, self._raw = card, raw
        self.process, self.power_off = card.process, card.power_off

    def power_on(self) -> bytes:
        self._card.power_on()
        return self._raw

    def warm_reset(self) -> bytes:
        self._card.warm_reset()
        return self._raw


def card_with_atr(text: str) -> VirtualReader:
    """A reader with the test card under this ATR."""
    options = LinkOptions(("test-card",), deadline_s=3.0, clock=ManualClock())
    opener = lambda: AtrPort(open_card("test-card"), bytes.fromhex(text))  # noqa: E731
    return VirtualReader("test-card", options, opener=opener)


class Renamed(VirtualReader):
    """A reader that is listed under a name without numbers."""

    def service(self) -> VirtualService:
        found = super().service()
        found.slot = "A reader without numbers"
        return found


class FakeDaemon:
    """A service that can be killed and started again: ``bench`` loses it meanwhile."""

    def __init__(self, stays_away: bool = False) -> None:
        self.alive = True
        self.stays_away = stays_away

    def kill(self) -> None:
        self.alive = False

    def restart(self) -> None:
        self.alive = not self.stays_away


class LosingReader(VirtualReader):
    """A reader whose service goes away with its daemon."""

    daemon: FakeDaemon

    def service(self) -> LosingService:
        return LosingService(super().service(), self.daemon)


@dataclass
class LosingService:
    inner: VirtualService
    daemon: FakeDaemon

    @property
    def slot(self) -> str:
        return self.inner.slot

    def open(self) -> tuple[str, object]:
        code, client = self.inner.open()
        if not self.daemon.alive:
            return NO_SERVICE, None
        readers = client.readers
        client.readers = lambda: readers() if self.daemon.alive else (NO_SERVICE, [])
        return code, client


def losing(stays_away: bool = False) -> Bench:
    """A bench whose service may be killed."""
    reader = LosingReader("test-card", virtual()._options)
    reader.daemon = FakeDaemon(stays_away)
    return bench(reader, own=lambda: reader.daemon)
