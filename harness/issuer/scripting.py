"""Issuer scripts: templates 71 and 72 with commands that secure messaging protects.

EMV 4.4 Book 3, 6.5 (commands) and 10.10; the protection is ``harness.crypto.messaging``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from harness.codec.tlv import encode
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.crypto import messaging
from harness.crypto.cryptogram import CryptogramScheme, IccKeys

IDENTIFIER = bytes.fromhex("48415231")
"""9F18: four bytes of the issuer's own choice."""

PUT_DATA, APPLICATION_BLOCK, APPLICATION_UNBLOCK = 0xDA, 0x1E, 0x18


_BALANCE_DIGITS = 12


class ScriptKind(StrEnum):
    """What a script does. ``failing`` is ``counter`` with a MAC that is wrong; ``load`` writes the
    balance of an electronic purse (``load=60000``: 600.00)."""

    COUNTER = "counter"
    PIN_UNBLOCK = "pin-unblock"
    APPLICATION_BLOCK = "application-block"
    APPLICATION_UNBLOCK = "application-unblock"
    FAILING = "failing"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class ScriptPlan:
    """Which script goes with every answer. ``template`` is 71 (before the final GENERATE AC) or
    72 (after it); ``balance`` in minor units belongs to ``load``."""

    kind: ScriptKind
    template: int = 0x72
    balance: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """What protects the commands of one transaction."""

    method: CryptogramScheme
    keys: IccKeys
    atc: bytes
    arqc: bytes

    def command(self, ins: int, p1: int = 0, p2: int = 0, data: bytes = b"") -> bytes:
        """One command with its MAC. Raises CodecError, ConfigError."""
        header = bytes((messaging.method_of(self.method).cla, ins, p1, p2))
        return messaging.protect(self.method, self.keys, header, data, atc=self.atc, arqc=self.arqc)


def plan(text: str) -> ScriptPlan:
    """``counter``, ``failing:71``, ``load=60000``, ... Raises ConfigError."""
    said, _colon, template = text.partition(":")
    name, _equals, amount = said.partition("=")
    try:
        kind = ScriptKind(name)
        if (kind is ScriptKind.LOAD) != (amount.isdigit() and len(amount) <= _BALANCE_DIGITS):
            raise ValueError(name)
        number = {"": 0x72, "71": 0x71, "72": 0x72}[template]
    except (ValueError, KeyError) as error:
        raise ConfigError(
            _("unknown issuer script: {text!r}").format(text=text),
            where="--script",
            todo=_("known: {all}, each with :71 or :72 behind it").format(
                all=", ".join(ScriptKind)
            ),
        ) from error
    return ScriptPlan(kind, number, int(amount or 0))


def build(wanted: ScriptPlan, session: Session) -> bytes:
    """A whole script template. Raises CodecError, ConfigError."""
    if wanted.kind is ScriptKind.LOAD:
        command = _load(session, wanted.balance)
    else:
        command = BUILDERS[wanted.kind](session)
    return encode(wanted.template, encode(0x9F18, IDENTIFIER) + encode(0x86, command))


def _counter(session: Session) -> bytes:
    """PUT DATA of the lower consecutive offline limit 9F14, which every card knows."""
    return session.command(PUT_DATA, 0x9F, 0x14, b"\x03")


def _load(session: Session, balance: int) -> bytes:
    """PUT DATA of the electronic cash balance 9F79, twelve digits."""
    value = bytes.fromhex(f"{balance:0{_BALANCE_DIGITS}d}")
    return session.command(PUT_DATA, 0x9F, 0x79, value)


def _wrong_mac(session: Session) -> bytes:
    command = _counter(session)
    return command[:-1] + bytes((command[-1] ^ 0xFF,))


BUILDERS: dict[ScriptKind, Callable[[Session], bytes]] = {
    ScriptKind.COUNTER: _counter,
    ScriptKind.PIN_UNBLOCK: lambda session: session.command(messaging.PIN_CHANGE_INS),
    ScriptKind.APPLICATION_BLOCK: lambda session: session.command(APPLICATION_BLOCK),
    ScriptKind.APPLICATION_UNBLOCK: lambda session: session.command(APPLICATION_UNBLOCK),
    ScriptKind.FAILING: _wrong_mac,
}
