"""Scripted cards: a table of command to answer, written by hand, as an oracle that shares nothing
with the virtual card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from harness.codec.status_word import StatusWord
from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.core.errors import LinkError
from harness.profiles.terminal_config import TerminalAid, TerminalConfig, load_terminal
from harness.terminal.amounts import by_number
from harness.terminal.candidates import Candidate
from harness.terminal.channel import Channel
from harness.terminal.context import Context, TransactionRequest
from harness.terminal.initiation import Processing
from harness.terminal.records import RecordRead
from harness.terminal.terminal_data import fill, selected

VISA = bytes.fromhex("A0000000031010")
PSE = "00A404000E315041592E5359532E4444463031"
OK = "9000"
UNKNOWN = "6D00"

Answer = str | LinkError | list["str | LinkError"]


class ScriptedLink:
    """Answers by exact command, else by the longest beginning of it that is in the table.

    A list is answered one by one and its last entry for ever. Spaces in hex are for the eye.
    """

    protocol = "T=1"
    atr = b"\x3b\x00"

    def __init__(self, table: Mapping[str, Answer], default: str = UNKNOWN) -> None:
        self.table = {key.replace(" ", ""): value for key, value in table.items()}
        self.default = default
        self.sent: list[str] = []
        self._count: dict[str, int] = {}

    def transmit(self, command: bytes) -> bytes:
        text = command.hex().upper()
        self.sent.append(text)
        for length in range(len(text), 1, -2):
            if text[:length] in self.table:
                return self._answer(text[:length])
        return bytes.fromhex(self.default)

    def _answer(self, key: str) -> bytes:
        answer = self.table[key]
        if isinstance(answer, list):
            place = self._count.get(key, 0)
            self._count[key] = place + 1
            answer = answer[min(place, len(answer) - 1)]
        if isinstance(answer, LinkError):
            raise answer
        return bytes.fromhex(answer)

    def reset(self, kind: object) -> bytes:
        return self.atr

    def close(self) -> None:
        pass

    def count(self, prefix: str) -> int:
        """How many commands began like this."""
        return sum(sent.startswith(prefix.replace(" ", "")) for sent in self.sent)


def tlv(tag: str, *values: str) -> str:
    """One data object in hex."""
    value = "".join(values).replace(" ", "")
    size = len(value) // 2
    length = f"{size:02X}" if size < 0x80 else f"81{size:02X}"
    if size > 0xFF:
        length = f"82{size:04X}"
    return f"{tag}{length}{value}"


def fci(aid: str, label: str = "SCRIPTED", *, priority: str = "", more: str = "") -> str:
    """FCI of an application, without status word."""
    inner = tlv("50", label.encode().hex()) + (tlv("87", priority) if priority else "") + more
    return tlv("6F", tlv("84", aid), tlv("A5", inner))


def entry(aid: str, label: str = "SCRIPTED", priority: str = "") -> str:
    """Directory entry 61."""
    return tlv(
        "61",
        tlv("4F", aid),
        tlv("50", label.encode().hex()),
        tlv("87", priority) if priority else "",
    )


def config(**changes: object) -> TerminalConfig:
    """The attended terminal with one full AID, changed as asked."""
    changes.setdefault("aids", (TerminalAid(VISA, "visa", False, (b"\x00\xa0",)),))
    return replace(load_terminal("attended-eu"), **changes)  # type: ignore[arg-type]


def with_risk(terminal: TerminalConfig, **changes: object) -> TerminalConfig:
    """The same terminal with other risk parameters for every scheme."""
    schemes = tuple(replace(one, **changes) for one in terminal.schemes)  # type: ignore[arg-type]
    return replace(terminal, schemes=schemes)


def capable(terminal: TerminalConfig, cvm: int, oda: int = 0xC8) -> TerminalConfig:
    """The same terminal with other CVM and authentication capabilities (9F33)."""
    return replace(terminal, capabilities=bytes((0x20, cvm, oda)))


class Notes:
    """A listener that keeps everything."""

    def __init__(self) -> None:
        self.steps: list[object] = []
        self.exchanges: list[object] = []
        self.notices: list[str] = []

    def step(self, record: object) -> None:
        self.steps.append(record)

    def exchange(self, exchange: object) -> None:
        self.exchanges.append(exchange)

    def notice(self, text: str) -> None:
        self.notices.append(text)


def steady(byte: int = 0x11) -> Callable[[int], bytes]:
    """Entropy that is none."""
    return lambda size: bytes((byte,)) * size


def context(
    card: Mapping[int, str] | None = None,
    *,
    aip: int = 0,
    table: Mapping[str, Answer] | None = None,
    terminal: TerminalConfig | None = None,
    allow: bool = True,
    amount: str = "12.34",
    entropy: Callable[[int], bytes] | None = None,
    **request: object,
) -> Context:
    """A transaction in the middle: application selected, ``card`` data read, GPO answered."""
    clock = ManualClock()
    notes = Notes()
    terminal = terminal or config()
    ctx = Context(
        channel=Channel(ScriptedLink(table or {}), clock, allow_state_change=allow, listener=notes),
        config=terminal,
        request=TransactionRequest(Decimal(amount), **request),  # type: ignore[arg-type]
        clock=clock,
        listener=notes,
        entropy=entropy or steady(),
    )
    ctx.money = by_number(978, 2)
    ctx.amount = ctx.money.minor(ctx.request.amount)
    ctx.cashback = ctx.money.minor(ctx.request.cashback)
    fill(ctx)
    ctx.chosen = Candidate(VISA, "SCRIPTED", 1, terminal.aids[0], "PSE")
    selected(ctx)
    ctx.processing = Processing(b"", b"", aip.to_bytes(2, "big"))
    for tag, value in (card or {}).items():
        ctx.card.add(tag, bytes.fromhex(value), "record 1.1")
    return ctx


def link_of(ctx: Context) -> ScriptedLink:
    """The scripted link under a context."""
    link = ctx.channel._recorder._link
    assert isinstance(link, ScriptedLink)
    return link


def record(sfi: int, number: int, data: str, *, signed: bool = False) -> RecordRead:
    """A record as if it had been read."""
    raw = bytes.fromhex(data.replace(" ", ""))
    return RecordRead(sfi, number, signed, StatusWord(0x9000), raw, parse(raw))


def said(ctx: Context) -> str:
    """The log of the running step."""
    return "\n".join(ctx.lines)
