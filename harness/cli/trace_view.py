"""Exchanges as lines: number, name, argument, status with its meaning, time; hex and data below."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cli.output import paint
from harness.core.i18n import _
from harness.records.exchange import Exchange
from harness.report.exchanges import ShownExchange
from harness.report.layout import WIDTH, cell_width, indented, milliseconds, pad, wrap
from harness.report.tlv_lines import Datum

_NUMBER = 4
_NAME = 24
_TIME = 9


def exchange_lines(
    exchange: Exchange, shown: ShownExchange, *, hexes: bool = False, data: bool = False
) -> list[str]:
    """One line for ``exchange``, with its masked hex and its decoded data where asked for.

    Where argument and status do not fit beside each other, the status goes on a line below.
    """
    margin = " " * _NUMBER
    name = pad(f"{exchange.index + 1:>2}  {pad(shown.name, _NAME)}", _NUMBER + _NAME)
    status = f"{shown.sw} {shown.meaning}".strip() if shown.sw else shown.meaning
    if exchange.response is None:
        status = paint(status or _("no answer"), "red", "bold")
    time = f"{milliseconds(exchange.elapsed_ms):>{_TIME}}"
    room = WIDTH - cell_width(name) - _TIME - 2
    lines = _beside(name, shown.summary, status, time, room)
    if hexes:
        if shown.command:
            lines += indented(shown.command, margin + "> ")
        if shown.response is not None:
            lines += indented(shown.response or "-", margin + "< ")
    if data:
        for datum in shown.data:
            lines += datum_lines(datum)
    return lines


def _beside(name: str, summary: str, status: str, time: str, room: int) -> list[str]:
    plain = _plain_width(status)
    if cell_width(summary) + 2 + plain <= room:
        gap = " " * (room - cell_width(summary) - plain)
        return [f"{name}{summary}{gap}{status}  {time}"]
    wrapped = wrap(summary, room)
    indent = " " * cell_width(name)
    lines = [name + pad(wrapped[0], room) + "  " + time]
    lines += [indent + more for more in wrapped[1:]]
    if plain <= room:
        lines.append(indent + " " * (room - plain) + status)
        return lines
    return lines + [indent + more for more in wrap(status, room)]


def _plain_width(text: str) -> int:
    if "\033" not in text:
        return cell_width(text)
    import re

    return cell_width(re.sub(r"\033\[[0-9;]*m", "", text))


def datum_lines(datum: Datum) -> list[str]:
    """One data object: tag, name, value; below it what its bits say."""
    indent = " " * (6 + 2 * datum.depth)
    mark = "→ " if datum.origin == "terminal" else ""
    head = f"{indent}{mark}{datum.tag:<4}  {datum.name}"
    if not datum.value:
        return [head]
    value = grouped(datum.value)
    lines = [f"{head}  {value}"]
    if cell_width(lines[0]) > WIDTH:
        lines = [head, *indented(value, indent + " " * 6)]
    return lines + word_lines(datum.words, indent + " " * 6)


def word_lines(words: Iterable[str], indent: str) -> list[str]:
    """What the bits say, joined by dots while it fits, wrapped at the margin."""
    text = " · ".join(words)
    return indented(text, indent) if text else []


def grouped(digits: str) -> str:
    """Hex digits (or ``*``) in bytes, up to 16 of them; longer values stay unbroken."""
    if len(digits) > 32 or len(digits) % 2 or not digits:
        return digits
    return " ".join(digits[place : place + 2] for place in range(0, len(digits), 2))
