"""Stops a state-changing command that nobody declared, before it reaches the card (rule 8)."""

from __future__ import annotations

from harness.checks.registry import STATE_CHANGING
from harness.core.errors import HarnessError
from harness.link.api import Link
from harness.link.wrapped import WrappedLink

_INS_NAMES = {
    0x20: "VERIFY",
    0x82: "EXTERNAL AUTHENTICATE",
    0xAE: "GENERATE AC",
    0xDA: "PUT DATA",
    0x24: "PIN CHANGE",
    # Issuer-script commands (EMV Book 3, 6.5): a block is as final as a PIN change.
    0x1E: "PUT DATA",
    0x18: "PUT DATA",
    0x16: "PUT DATA",
    0xDC: "PUT DATA",
    0xD6: "PUT DATA",
}


class UndeclaredCommand(HarnessError):
    """A check tried to send a state-changing command that it does not declare."""


def state_change(command: bytes) -> str:
    """Name of the state-changing command that ``command`` is, or an empty string."""
    return _INS_NAMES.get(command[1], "") if len(command) >= 2 else ""


class GuardedLink(WrappedLink):
    """A ``Link`` that lets only declared state-changing commands through: ``transmit`` raises
    UndeclaredCommand before anything is sent."""

    def __init__(self, link: Link, allowed: frozenset[str] = frozenset()) -> None:
        unknown = allowed - STATE_CHANGING
        if unknown:
            raise ValueError(f"not state-changing: {sorted(unknown)}")
        super().__init__(link)
        self.allowed = allowed
        inner = link.transmit

        def transmit(command: bytes) -> bytes:
            if len(command) > 1 and command[1] in _INS_NAMES:
                self._stop(command)
            return inner(command)

        self.transmit = transmit

    def _stop(self, command: bytes) -> None:
        name = state_change(command)
        if name not in self.allowed:
            raise UndeclaredCommand(
                f"{name} changes a card for good and was not declared",
                todo="name the command in the check's sends=(...)",
            )
