"""Readers that answer by a script, and what a check finds as one line of text.

A script maps the beginning of a command (hex) to what comes back: hex, several of them in turn
(the last one from then on), ``=`` for what the card answers, or an error that is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from readerbenches import SpoiledLink, SpoiledReader, bench, card_with_atr, virtual

from harness.checks.finding import Finding
from harness.checks.reader.bench import Bench
from harness.checks.registry import CHECKS, all_checks
from harness.records.result import Measurement

all_checks("reader")
Script = Mapping[str, str | Exception]


def said(finding: Finding) -> str:
    """``VERDICT: message || advice @evidence [measurement=value unit low..high]``; of a SKIP the
    reason stands for the verdict."""
    text = f"{finding.reason or finding.verdict}: {finding.message}"
    text += f" || {finding.advice}" if finding.advice else ""
    for seen in finding.evidence:
        text += f" @{seen.text}" + ("" if seen.offset is None else f" ({seen.offset})")
    return text + "".join(f" [{_measured(one)}]" for one in finding.measurements)


def _measured(one: Measurement) -> str:
    limits = "" if one.low is None and one.high is None else f"{one.low}..{one.high}"
    return " ".join(part for part in (f"{one.name}={one.value}", one.unit, limits) if part)


def run(id: str, made: Bench | None = None) -> str:
    """What the check finds on this bench, as a line."""
    return said(CHECKS["reader", id].function(bench() if made is None else made))


def sent(made: Bench, first: int = 0) -> list[str]:
    """Every command that crossed the link, from the ``first`` on, in hex; a reset is empty."""
    return [one.command.hex().upper() for one in made.exchanges[first:]]


def follow(script: Script) -> Callable[[bytes, bytes], bytes]:
    """A spoil that answers by ``script``; of several beginnings that fit the longest counts."""
    turns = {start: str(text).split() for start, text in script.items()}

    def spoil(command: bytes, answer: bytes) -> bytes:
        fits = [start for start in script if command.hex().upper().startswith(start)]
        if not fits:
            return answer
        start = max(fits, key=len)
        error = script[start]
        if isinstance(error, Exception):
            raise error
        left = turns[start]
        text = left.pop(0) if len(left) > 1 else left[0]
        return answer if text == "=" else bytes.fromhex(text)

    return spoil


def scripted(script: Script, atr: str = "", kind: str = "virtual", **changes: object) -> Bench:
    """A bench on the test card (under another ATR, if told) whose link follows ``script`` once
    the card is known."""
    inner = card_with_atr(atr) if atr else virtual()
    reader = SpoiledReader(inner, kind, wrap=lambda link: SpoiledLink(link, spoils[-1]))
    spoils = [follow({})]
    made = bench(reader, **changes)
    made.close()
    spoils.append(follow(script))
    return made


class Over:
    """An object of which some members are others. What is a function is called with the object
    and the arguments of the call, what is none is the value."""

    def __init__(self, inner: Any, members: Mapping[str, Any]) -> None:
        self._inner, self._members = inner, members

    def __getattr__(self, name: str) -> Any:
        if name not in self._members:
            return getattr(self._inner, name)
        found = self._members[name]
        return partial(found, self._inner) if callable(found) else found


def serving(
    handle: Mapping[str, Any] | None = None,
    client: Mapping[str, Any] | None = None,
    atr: str = "",
    facts: dict[str, str] | None = None,
    **changes: object,
) -> Bench:
    """A bench whose service's connections and contexts are ``Over`` the good ones."""

    class Client(Over):
        def __getattr__(self, name: str) -> Any:
            found = super().__getattr__(name)
            return partial(self._connected, found) if name == "connect" else found

        def _connected(self, connect: Any, *args: Any) -> tuple[str, Any]:
            code, made = connect(*args)
            return code, None if made is None else Over(made, handle or {})

    def opened(service: Any) -> tuple[str, Any]:
        code, made = service.open()
        return code, Client(made, client or {})

    inner = card_with_atr(atr) if atr else virtual()
    service = Over(inner.service(), {"open": opened})
    return bench(_Served(inner, known=facts or {}, found=service), **changes)


@dataclass
class _Served(SpoiledReader):
    found: Any = None

    def service(self) -> Any:
        return self.found
