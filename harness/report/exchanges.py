"""One exchange, made readable: name, argument, status meaning, masked hex, decoded data.

Nothing here raises for what a card sent: a report shows broken data as what it is.
"""

from __future__ import annotations

from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.codec.apdu import command_name, command_summary
from harness.codec.redact import hide_secrets, mask_command, mask_response
from harness.codec.status_word import StatusWord
from harness.core.hexes import to_hex
from harness.core.i18n import language
from harness.core.plain import dataclass
from harness.records.exchange import Exchange
from harness.report.tlv_lines import Datum, TlvContext, data_of

if TYPE_CHECKING:
    from harness.core.masking import Masker


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """Text forms of an exchange. ``command`` and ``response`` are hex, a masked digit is ``*``;
    ``response`` is None where none came. ``data`` is filled by ``TraceReader`` only."""

    name: str
    summary: str
    command: str
    response: str | None
    sw: str
    meaning: str
    data: tuple[Datum, ...] = field(default=())


def shown_exchange(exchange: Exchange, *, mask: bool = True) -> ShownExchange:
    """The text forms of ``exchange``, without decoded data."""
    if exchange.kind != "apdu":
        atr = None if exchange.response is None else to_hex(exchange.response)
        return ShownExchange(exchange.kind.upper(), exchange.step, "", atr, "", exchange.error)
    command, response = exchange.command, exchange.response
    sw = exchange.sw
    ins = command[1] if len(command) > 1 else None
    return ShownExchange(
        name=command_name(command),
        summary=command_summary(command),
        command=mask_command(command, transcript=True) if mask else hide_secrets(command),
        response=_response(response, command, mask=mask),
        sw="" if sw is None else f"{sw:04X}",
        meaning=exchange.error if sw is None else _meaning(sw, ins, language()),
    )


def _response(response: bytes | None, command: bytes, *, mask: bool) -> str | None:
    if response is None:
        return None
    # What gives the PAN away (ICC certificate, signatures) is masked as well.
    return mask_response(response, command, transcript=True) if mask else to_hex(response)


@cache
def _meaning(sw: int, ins: int | None, _language: str) -> str:
    return StatusWord(sw).meaning(ins)


@dataclass(slots=True)
class TraceReader:
    """Reads the exchanges of one session in order and keeps what later ones need: the AID that
    scopes its tags, and the DOLs that say how command data is laid out."""

    mask: bool = True
    context: TlvContext = field(default_factory=TlvContext)

    def read(self, exchange: Exchange) -> ShownExchange:
        """The text forms of ``exchange`` with its decoded data."""
        shown = shown_exchange(exchange, mask=self.mask)
        if exchange.kind != "apdu":
            self.context = TlvContext()
            return shown
        data = data_of(exchange, self.context, mask=self.mask)
        return ShownExchange(
            shown.name,
            shown.summary,
            shown.command,
            shown.response,
            shown.sw,
            shown.meaning,
            tuple(data),
        )


def exchange_json(exchange: Exchange, masker: Masker) -> dict[str, Any]:
    """One exchange; in ``command`` and ``response`` a ``*`` stands for a masked hex digit."""
    shown = shown_exchange(exchange, mask=masker.enabled)
    return {
        "index": exchange.index,
        "kind": exchange.kind,
        "name": shown.name,
        "step": exchange.step,
        "command": shown.command,
        "response": shown.response,
        "sw": f"{exchange.sw:04X}" if exchange.sw is not None else None,
        "meaning": shown.meaning,
        "started_ms": round(exchange.started_ms, 3),
        "elapsed_ms": round(exchange.elapsed_ms, 3),
        "error": exchange.error,
    }
