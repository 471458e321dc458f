"""From exchanges to answered commands: 61xx and 6Cxx are joined to the command they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.codec.apdu import command_name, command_summary
from harness.core.plain import dataclass
from harness.records.exchange import Exchange

GET_RESPONSE = 0xC0


@dataclass(frozen=True, slots=True)
class Reply:
    """One command and its whole answer. ``sw`` is None where the link failed (``error``)."""

    command: bytes
    data: bytes
    sw: int | None
    index: int
    error: str = ""

    @property
    def name(self) -> str:
        """``READ RECORD``."""
        return command_name(self.command)

    @property
    def label(self) -> str:
        """``READ RECORD SFI 1 record 2``."""
        argument = command_summary(self.command)
        return f"{self.name} {argument}" if argument else self.name

    @property
    def status(self) -> str:
        """``9000``, or what happened instead of an answer."""
        return f"{self.sw:04X}" if self.sw is not None else (self.error or "no answer")

    @property
    def ok(self) -> bool:
        """Answered 9000."""
        return self.sw == 0x9000

    @property
    def whole(self) -> bool:
        """Answered 9000, and nothing of the answer is masked."""
        return self.ok and not self.error


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset of the card and the ATR that it gave."""

    atr: bytes
    index: int


def replies(exchanges: Iterable[Exchange]) -> list[Reply | Reset]:
    """Commands in order, each with its whole answer.

    GET RESPONSE after 61xx adds to the answer before it; a command that is repeated with
    another Le after 6Cxx takes the place of the first one (ISO/IEC 7816-3, 12.2.1; EMV Book 1,
    9.3.1). Exchange indices are those of the first command.
    """
    found: list[Reply | Reset] = []
    for exchange in exchanges:
        if exchange.kind != "apdu":
            if exchange.response:
                found.append(Reset(exchange.response, exchange.index))
            continue
        sw = exchange.sw
        data = (exchange.response or b"")[:-2] if sw is not None else b""
        last = found[-1] if found else None
        if isinstance(last, Reply) and last.sw is not None:
            if last.sw >> 8 == 0x61 and exchange.command[1:2] == bytes([GET_RESPONSE]):
                found[-1] = replace(last, data=last.data + data, sw=sw, error=exchange.error)
                continue
            if last.sw >> 8 == 0x6C and exchange.command[:4] == last.command[:4]:
                found[-1] = replace(last, data=data, sw=sw, error=exchange.error)
                continue
        found.append(Reply(exchange.command, data, sw, exchange.index, exchange.error))
    return found
