"""What the terminal asks the issuer, and what comes back (EMV Book 3, 10.9; Book 4, 12.2)."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from harness.core.plain import dataclass


class HostState(StrEnum):
    """How the connection to the issuer ended."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no-answer"
    MALFORMED = "malformed"

    @property
    def unknown(self) -> bool:
        """Did a request leave whose fate nobody knows?"""
        return self in (HostState.NO_ANSWER, HostState.MALFORMED)


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """Field-55 data by tag (``bytes`` by hex tag, ``"9F26"``), PAN digits and sequence number.

    ``aid`` is the DF name of the selected application. ``psn`` is None where the card has no 5F34.
    ``pin_block``: 8 bytes, ISO 9564 format 0 under the terminal's PIN key, empty without online
    PIN. ``reference`` (12 characters) names this transaction in every later message about it;
    ``terminal`` is 9F1C; ``sent_at`` is MMDDhhmmss, by which a later message names this one.
    """

    aid: bytes
    pan: str
    psn: int | None
    data: dict[str, bytes]
    pin_block: bytes = b""
    reference: str = ""
    terminal: str = ""
    sent_at: str = ""


@dataclass(frozen=True, slots=True)
class AuthorisationResponse:
    """``arc`` is tag 8A (two ASCII characters), ``issuer_authentication_data`` tag 91,
    ``scripts`` whole 71 and 72 templates in order. ``log`` says, line by line, what the host did
    and why. ``cryptogram_ok`` is None where the host has no key for this card."""

    state: HostState
    arc: str = ""
    issuer_authentication_data: bytes = b""
    scripts: tuple[bytes, ...] = ()
    cryptogram_ok: bool | None = None
    log: tuple[str, ...] = field(default_factory=tuple)
    name: str = ""


class NoticeKind(StrEnum):
    """What a terminal has to tell afterwards."""

    REVERSAL = "reversal"
    ADVICE = "advice"
    CAPTURE = "capture"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the host has to be told, and told again until it has acknowledged it.

    A reversal takes ``request`` back; an advice reports what the card asked to have reported; a
    capture reports a transaction that was approved offline. ``reason`` is for people; ``data``
    are the chip data as they stand now, by hex tag.
    """

    kind: NoticeKind
    request: AuthorisationRequest
    reason: str
    data: dict[str, bytes] = field(default_factory=dict)


@runtime_checkable
class NoticeTaker(Protocol):
    """A host that can be told afterwards."""

    def notify(self, notice: Notice) -> bool:
        """Take a notice; False where it could not be delivered yet. Never raises."""
        ...


@runtime_checkable
class NoticeKeeper(Protocol):
    """A host that keeps notices until they are acknowledged, behind a connection."""

    name: str

    def notify(self, notice: Notice) -> bool:
        """As ``NoticeTaker``."""
        ...

    def flush(self) -> int:
        """Try again to deliver what is kept; how many are left."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Host(Protocol):
    """Anything that authorises."""

    name: str

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """Answer one authorisation request. Never raises for what the card sent."""
        ...
