"""Exchanges as lines: number, name, argument, status with its meaning, time; hex and data below."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cli.output import paint
from harness.core.i18n import _
from harness.records.exchange import Exchange
from harness.report.exchanges import ShownExchange
from harness.report.layout import (
    WIDTH,
    cell_width,
    columns,
    indented,
    milliseconds,
    packed,
    pad,
    wrap,
)
from harness.report.tlv_lines import Datum

_NUMBER = 4
_NAME = 23
_SUMMARY = 18
_TIME = 9


def exchange_lines(
    exchange: Exchange, shown: ShownExchange, *, hexes: bool = False, data: bool = False
) -> list[str]:
    """One line for ``exchange``, with its masked hex and its decoded data where asked for.

    Where argument and status do not fit beside each other, the status goes on a line below.
    """
    margin = " " * _NUMBER
    head = pad(f"{exchange.index + 1:>2}  {pad(shown.name, _NAME)}", _NUMBER + _NAME)
    status = f"{shown.sw} {shown.meaning}".strip() if shown.sw else shown.meaning
    if exchange.response is None:
        status = status or _("no answer")
    lines = _beside(head, shown.summary, status, f"{milliseconds(exchange.elapsed_ms):>{_TIME}}")
    if exchange.response is None:
        lines = [paint(line, "red", "bold") for line in lines]
    if hexes:
        if shown.command:
            lines += indented(shown.command, margin + "> ")
        if shown.response is not None:
            lines += indented(shown.response or "-", margin + "< ")
    if data:
        for datum in shown.data:
            lines += datum_lines(datum)
    return lines


def _beside(head: str, summary: str, status: str, time: str) -> list[str]:
    """Argument and status in columns; a long argument pushes the status one line down."""
    at = cell_width(head) + _SUMMARY
    states = wrap(status, WIDTH - at - _TIME - 2)
    left = head + summary
    lines = []
    if cell_width(summary) >= _SUMMARY:
        first, *more = wrap(summary, WIDTH - cell_width(head) - _TIME - 2)
        lines = [columns(head + first, time)]
        lines += [" " * cell_width(head) + text for text in more]
        left, time = "", ""
    lines.append(columns(pad(left, at) + states[0], time) if time else " " * at + states[0])
    return lines + [" " * at + text for text in states[1:]]


def datum_lines(datum: Datum) -> list[str]:
    """One data object: tag, name, value; below it what its bits say."""
    indent = " " * (6 + 2 * datum.depth)
    mark = "→ " if datum.origin == "terminal" else ""
    head = f"{indent}{mark}{datum.tag:<4}  {datum.name}"
    if not datum.value:
        return [head]
    if len(datum.value) > 64 and set(datum.value) == {"*"}:
        count = len(datum.value) // 2
        return [head + "  " + _("{count} bytes, masked").format(count=count)]
    value = grouped(datum.value)
    lines = [f"{head}  {value}"]
    if cell_width(lines[0]) > WIDTH:
        lines = [head, *indented(value, indent + " " * 6)]
    return lines + word_lines(datum.words, indent + " " * 6)


def word_lines(words: Iterable[str], indent: str) -> list[str]:
    """What the bits say: as many on a line as fit, with dots between; a long one is wrapped."""
    room = WIDTH - cell_width(indent)
    return [indent + line for line in packed((word.strip() for word in words), " · ", room)]


def grouped(digits: str) -> str:
    """Hex digits (or ``*``) in bytes, up to 16 of them; longer values stay unbroken."""
    if len(digits) > 32 or len(digits) % 2 or not digits:
        return digits
    return " ".join(digits[place : place + 2] for place in range(0, len(digits), 2))
