"""What the terminal asks the issuer, and what comes back (EMV Book 3, 10.9; Book 4, 12.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class HostState(StrEnum):
    """How the connection to the issuer ended."""

    ANSWERED = "answered"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """Field-55 data by tag (``bytes`` by hex tag, ``"9F26"``), PAN digits and sequence number.

    ``aid`` is the DF name of the selected application. ``psn`` is None where the card has no 5F34.
    """

    aid: bytes
    pan: str
    psn: int | None
    data: dict[str, bytes]


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


class Host(Protocol):
    """Anything that authorises."""

    name: str

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        """Answer one authorisation request. Never raises for what the card sent."""
        ...
