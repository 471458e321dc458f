"""The terminal's side of a recorded session: what it put into the lists that the card asked for.

A replayed transaction sends the card the same data again, or the card's answers would not be those
to the questions. The amount, currency and type are the transaction's own and are not taken over;
``session_amounts`` gives them to whoever orders the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.codec import tlv
from harness.codec.dol import parse_dol
from harness.codec.redact import is_sensitive
from harness.core.errors import CodecError, ReplayMismatch
from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.records.exchange import Exchange

if TYPE_CHECKING:
    from harness.profiles.terminal_config import TerminalConfig
    from harness.terminal.context import Context

AMOUNT, CASHBACK, CURRENCY, TYPE = 0x9F02, 0x9F03, 0x5F2A, 0x9C
_ORDERED = frozenset((AMOUNT, CASHBACK, CURRENCY, TYPE, 0x81, 0x9F04, 0x5F36))
_RESULTS = frozenset((0x95, 0x9B, 0x9F34, 0x8A, 0x89, 0x91, 0x71, 0x72, 0x98, 0x9F45, 0x9F4C))
"""What the kernel and the issuer work out: never taken over, or nothing would be tested."""
_LISTS = {0x9F38: 0xA8, 0x9F49: 0x88, 0x8C: 0xAE}
_DEFAULT_DDOL = b"\x9f\x37\x04"
PSE = b"1PAY.SYS.DDF01"


def terminal_values(exchanges: Iterable[Exchange]) -> Mapping[int, Mapping[int, bytes]]:
    """Terminal data by instruction and tag, as the first commands with PDOL, DDOL and CDOL1 data
    carried them. Nothing for what cannot be read."""
    return {
        ins: {tag: value for tag, value in values.items() if tag not in _ORDERED | _RESULTS}
        for ins, values in _all_values(exchanges).items()
    }


@dataclass(frozen=True, slots=True)
class SessionAmounts:
    """Amount and cashback in minor units, numeric currency code or None, and tag 9C."""

    amount: int
    cashback: int
    currency: int | None
    type: int


def session_amounts(exchanges: Iterable[Exchange]) -> SessionAmounts | None:
    """What the recorded transaction was about; None where no command says the amount."""
    found: dict[int, bytes] = {}
    for values in _all_values(exchanges).values():
        found |= values
    if AMOUNT not in found:
        return None
    return SessionAmounts(
        _number(found[AMOUNT]) or 0,
        _number(found.get(CASHBACK, b"")) or 0,
        _number(found.get(CURRENCY, b"")),
        (found.get(TYPE) or b"\0")[0],
    )


def _all_values(exchanges: Iterable[Exchange]) -> dict[int, dict[int, bytes]]:
    lists: dict[int, bytes] = {0x88: _DEFAULT_DDOL}
    found: dict[int, dict[int, bytes]] = {}
    for exchange in exchanges:
        if exchange.kind != "apdu" or len(exchange.command) < 5:
            continue
        ins = exchange.command[1]
        if ins in lists and ins not in found:
            found[ins] = _split(lists[ins], _data(exchange.command, wrapped=ins == 0xA8))
        if exchange.response and ins in (0xA4, 0xB2, 0xC0):
            tree = tlv.parse(exchange.response[:-2])
            for tag, user in _LISTS.items():
                node = tree.find(tag)
                if node is not None:
                    lists[user] = node.value
    return found


def _data(command: bytes, *, wrapped: bool) -> bytes:
    """Command data of a short command, empty where it has none; of GET PROCESSING OPTIONS the
    value of 83."""
    data = command[5 : 5 + command[4]] if len(command) > 5 else b""
    if not wrapped:
        return data
    node = tlv.parse(data).find(0x83)
    return node.value if node is not None else b""


def _split(dol: bytes, data: bytes) -> dict[int, bytes]:
    try:
        entries = parse_dol(dol)
    except CodecError:
        return {}
    found, place = {}, 0
    for entry in entries:
        found[entry.tag] = data[place : place + entry.length]
        place += entry.length
    return found if place == len(data) else {}


def _number(value: bytes) -> int | None:
    text = value.hex()
    return int(text) if text.isdigit() else None


def differences(error: ReplayMismatch, ctx: Context) -> str:
    """Which elements of the command are not as they were recorded: ``95: 8000000000, recorded
    0000008000``. Empty where that cannot be said."""
    ins = error.sent[1:2]
    wanted = {b"\xa8": 0x9F38, b"\x88": 0x9F49, b"\xae": 0x8D if ctx.first else 0x8C}.get(ins)
    if wanted is None:
        return ""
    dol = ctx.card.get(wanted) or (_DEFAULT_DDOL if wanted == 0x9F49 else b"")
    here, there = (
        _split(dol, _data(raw, wrapped=ins == b"\xa8")) for raw in (error.sent, error.recorded)
    )
    return "; ".join(
        _("{tag:02X}: {here}, recorded {there}").format(
            tag=tag, here=_shown(tag, value), there=_shown(tag, there[tag])
        )
        for tag, value in here.items()
        if tag in there and there[tag] != value
    )


def _shown(tag: int, value: bytes) -> str:
    return "**" if is_sensitive(tag) else to_hex(value)


def as_recorded(config: TerminalConfig, exchanges: Iterable[Exchange]) -> TerminalConfig:
    """``config`` for a session that did not ask for the PSE: of its applications those that were
    selected, under the names by which they were. Any other session is asked as ever."""
    names = [
        _data(exchange.command, wrapped=False)
        for exchange in exchanges
        if exchange.kind == "apdu" and exchange.command[1:3] == b"\xa4\x04"
    ]
    if PSE in names:
        return config
    found = [
        replace(known, aid=name, partial=False)
        for known in config.aids
        for name in dict.fromkeys(names)
        if name == known.aid or (known.partial and name.startswith(known.aid))
    ]
    return replace(config, pse=False, aids=tuple(found)) if found else config
