"""What a reader check works with: the reader, an open link, the limits of its profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import field
from typing import Any, Protocol

from harness.checks.guard import GuardedLink
from harness.checks.tape import Tape, TapedLink
from harness.codec.apdu import CommandApdu, ResponseApdu, select
from harness.core.clock import Clock
from harness.core.errors import LinkError
from harness.core.plain import dataclass
from harness.link.api import Reader, ResetKind
from harness.link.own_daemon import OwnDaemon, own_daemon
from harness.link.service import Service
from harness.link.session import CardSession
from harness.profiles import testcard
from harness.profiles.reader_profile import ReaderProfile

TEST_CARD = "test-card"
PSE = select(b"1PAY.SYS.DDF01")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the profile of a reader model expects. ``name`` is the profile's, empty without one.

    ``apdu_p50_ms`` and ``apdu_p95_ms`` are median and 95th percentile of a short command, in
    milliseconds; None: no limit.
    ``extended`` says whether extended APDUs are expected to pass, with up to ``max_data`` bytes.
    ``rounds`` and ``soak`` are how often the checks of sharing and of endurance repeat.
    """

    name: str = ""
    apdu_p95_ms: float | None = None
    resets: int = 10
    samples: int = 200
    insert_ms: float = 1500.0
    remove_ms: float = 1500.0
    reset_ms: float = 2000.0
    connect_ms: float = 3000.0
    apdu_p50_ms: float | None = None
    extended: bool = True
    max_data: int = 65528
    rounds: int = 50
    soak: int = 2000


class Hand(Protocol):
    """Whoever moves cards: a virtual reader, at once, or an operator, who is asked and waited for.

    ``human``: how long a move took is then the operator's time and not the reader's.
    """

    @property
    def human(self) -> bool:
        """Is it a person?"""
        ...

    def pull(self) -> None:
        """Take the card out."""
        ...

    def put_back(self) -> None:
        """Put the card under test back; one that is in its place comes out first."""
        ...

    def swap(self) -> None:
        """Take the card out and put another one in, with another ATR, as fast as it goes."""
        ...

    def turn_round(self) -> None:
        """Take the card out and put it in the wrong way round."""
        ...


class Operated(Hand, Protocol):
    """A hand that may have walked away."""

    @property
    def missed(self) -> bool:
        """Was the last request not followed?"""
        ...

    @property
    def away(self) -> bool:
        """Did nobody move the card, again and again?"""
        ...


@dataclass(slots=True)
class Bench:
    """One reader under test. ``listed`` are the names under which readers were enumerated,
    ``versions`` what is known of tool, service and driver, ``profile`` what its model should do,
    ``exchanges`` everything that crossed the link, over all connections."""

    reader: Reader
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    listed: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    cold_atr: bytes = b""
    test_card: bool = False
    emv_card: bool = False
    exchanges: Tape = field(default_factory=Tape)
    profile: ReaderProfile | None = None
    operator: Operated | None = None
    own: Callable[[], OwnDaemon | None] = own_daemon
    _link: GuardedLink | None = None
    _limit_s: float = 0.0

    @property
    def wired(self) -> bool:
        """Is there a line between reader and card? Not with a virtual one, whatever its name."""
        virtual = self.profile is not None and self.profile.kind == "virtual"
        return self.reader.kind == "pcsc" and not virtual

    def power(self) -> None:
        """Connect and note the ATR. Raises NoCard and every LinkError of ``Reader.connect``."""
        self.cold_atr = self.link.atr

    def identify(self) -> None:
        """Find out what kind of card is in the slot. Raises LinkError.

        The test card is recognised by its DF name or by a virtual reader's image, an EMV card by
        its payment system environment or by the image.
        """
        answered = self.send(select(testcard.AID)).sw == 0x9000
        self.test_card = answered or self.reader.image == TEST_CARD
        if not self.test_card:
            status = self.send(PSE).sw
            self.emv_card = status in {0x9000, 0x6283} or bool(self.reader.image)

    @property
    def link(self) -> GuardedLink:
        """The open link; connects when there is none."""
        if self._link is None:
            self._link = GuardedLink(TapedLink(self.reader.connect(), self.clock, self.exchanges))
        self._link.allowed = self.allowed
        return self._link

    def send(self, command: CommandApdu) -> ResponseApdu:
        """One command, 61xx and 6Cxx followed."""
        return CardSession(self.link).exchange(command)

    def raw(self, command: bytes) -> bytes:
        """One command as it is, the answer as it is."""
        return self.link.transmit(command)

    def reset(self, kind: ResetKind) -> bytes:
        """Reset the card; its ATR."""
        return self.link.reset(kind)

    def select_test_card(self) -> None:
        """Select the co-operating test card."""
        self.send(select(testcard.AID))

    def recover(self) -> bool:
        """Bring the card back after a failure: cold reset, else a new connection."""
        try:
            self.link.reset(ResetKind.COLD)
        except LinkError:
            self.close()
            try:
                self.link  # noqa: B018 - the property connects
            except LinkError:
                return False
        return True

    def offered(self, name: str) -> Any:  # noqa: ANN401 - a capability by its name
        """The method ``name`` of the reader, or of what it wraps; None where nothing has it."""
        reader: Any = self.reader
        while reader is not None:
            if hasattr(type(reader), name):
                return getattr(reader, name)
            reader = getattr(reader, "inner", None)
        return None

    def service(self) -> Service:
        """The calls of the service. The bench's own link is closed first: it is exclusive.

        Raises LookupError where the reader offers none.
        """
        self.close()
        found = self.offered("service")
        if found is None:
            raise LookupError("no service behind this reader")
        service: Service = found()
        return service

    @property
    def hand(self) -> Hand | None:
        """Who can pull the card: the reader itself, else the operator, else nobody."""
        own = [self.offered(name) for name in ("pull", "put_back", "swap", "turn_round")]
        return _Mechanism(*own) if all(own) else self.operator

    @contextmanager
    def watched(self, seconds: float) -> Iterator[None]:
        """Calls inside that no link makes must be over after ``seconds``."""
        watch = getattr(self.reader, "watched", None)
        self._limit_s = seconds
        try:
            with nullcontext() if watch is None else watch(seconds):
                yield
        finally:
            self._limit_s = 0.0

    def renew(self) -> None:
        """The time of ``watched`` begins anew: an operator took some of it."""
        again = getattr(self.reader, "watch_again", None)
        if again is not None and self._limit_s:
            again(self._limit_s)

    def close(self) -> None:
        """Let the card go."""
        if self._link is not None:
            self._link.close()
            self._link = None


@dataclass(frozen=True, slots=True)
class _Mechanism:
    pull: Any
    put_back: Any
    swap: Any
    turn_round: Any
    human: bool = False
