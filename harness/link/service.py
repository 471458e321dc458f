"""The PC/SC service as its calls see it: codes by name, nothing followed, nothing healed.

Reader checks about sharing, events, transactions and recovery need to see what each call returns.
Codes are names (``SCARD_E_SHARING_VIOLATION``), never numbers: two differ between pcsc-lite and
Windows. Calls are those of PC/SC Part 5 (resource manager).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from harness.core.plain import dataclass

SUCCESS = "SCARD_S_SUCCESS"
CANCELLED = "SCARD_E_CANCELLED"
INSUFFICIENT_BUFFER = "SCARD_E_INSUFFICIENT_BUFFER"
INVALID_HANDLE = "SCARD_E_INVALID_HANDLE"
NO_CARD = "SCARD_E_NO_SMARTCARD"
NO_SERVICE = "SCARD_E_NO_SERVICE"
NOT_TRANSACTED = "SCARD_E_NOT_TRANSACTED"
PROTO_MISMATCH = "SCARD_E_PROTO_MISMATCH"
READER_UNAVAILABLE = "SCARD_E_READER_UNAVAILABLE"
REMOVED = "SCARD_W_REMOVED_CARD"
RESET = "SCARD_W_RESET_CARD"
SHARING = "SCARD_E_SHARING_VIOLATION"
TIMEOUT = "SCARD_E_TIMEOUT"
UNKNOWN_READER = "SCARD_E_UNKNOWN_READER"
UNRESPONSIVE = "SCARD_W_UNRESPONSIVE_CARD"
UNPOWERED = "SCARD_W_UNPOWERED_CARD"
UNSUPPORTED = "SCARD_E_UNSUPPORTED_FEATURE"


class Share(StrEnum):
    """How a card is connected to."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"
    DIRECT = "direct"


class Leave(StrEnum):
    """What becomes of the card (a disposition)."""

    LEAVE = "leave"
    RESET = "reset"
    UNPOWER = "unpower"


@dataclass(frozen=True, slots=True)
class SlotState:
    """State of a reader: ``flags`` are SCARD_STATE_* names without the prefix, ``events`` the
    card events counted so far, ``raw`` what the next call must be given to wait for a change."""

    flags: frozenset[str]
    events: int = 0
    atr: bytes = b""
    raw: int = 0

    @property
    def present(self) -> bool:
        """A card is in it."""
        return "PRESENT" in self.flags


@dataclass(frozen=True, slots=True)
class ShortBuffer:
    """What came of an answer that had less room than it needs: the ``length`` that was reported,
    and whether bytes beyond the buffer were written to (``spilled``)."""

    code: str
    length: int
    spilled: bool


class Handle(Protocol):
    """A connection to a card, or with DIRECT to a reader. Every call returns its code's name."""

    protocol: str
    """``T=0``, ``T=1``, ``raw``, or empty where none is set."""

    def transmit(self, command: bytes) -> tuple[str, bytes]:
        """SCardTransmit."""
        ...

    def transmit_into(self, command: bytes, room: int) -> ShortBuffer:
        """SCardTransmit with a receive buffer of ``room`` bytes. Raises ConfigError where this
        system's library cannot be called so."""
        ...

    def status(self) -> tuple[str, bytes]:
        """SCardStatus: its code and the ATR."""
        ...

    def reconnect(
        self, leave: Leave, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> str:
        """SCardReconnect; ``protocol`` is up to date afterwards."""
        ...

    def begin(self) -> str:
        """SCardBeginTransaction."""
        ...

    def end(self, leave: Leave = Leave.LEAVE) -> str:
        """SCardEndTransaction."""
        ...

    def disconnect(self, leave: Leave = Leave.LEAVE) -> str:
        """SCardDisconnect."""
        ...

    def attribute(self, name: str) -> tuple[str, bytes]:
        """SCardGetAttrib of ``name`` (without ``SCARD_ATTR_``)."""
        ...

    def control(self, function: int, data: bytes = b"") -> tuple[str, bytes]:
        """SCardControl with SCARD_CTL_CODE(``function``), or a whole control code of 32 bits."""
        ...


class Client(Protocol):
    """One context."""

    def readers(self) -> tuple[str, list[str]]:
        """SCardListReaders."""
        ...

    def state(
        self, reader: str, known: SlotState | None = None, timeout_s: float = 0.0
    ) -> tuple[str, SlotState]:
        """SCardGetStatusChange: now, or (with ``known``) when it differs from that."""
        ...

    def cancel(self) -> str:
        """SCardCancel: ends the ``state`` that waits in another thread."""
        ...

    def connect(
        self, reader: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> tuple[str, Handle | None]:
        """SCardConnect; no protocols: T=0 or T=1, and none at all with DIRECT."""
        ...

    def release(self) -> str:
        """SCardReleaseContext."""
        ...


class Service(Protocol):
    """The resource manager. ``slot`` is the name under which it lists the reader in question."""

    slot: str

    def open(self) -> tuple[str, Client | None]:
        """SCardEstablishContext."""
        ...
