"""What a table says about the calls of a staged reader: ``NAME[#N[-[M]]]=PART,PART``.

Without ``#N`` every call of that name, with it the N-th, with ``#N-M`` the N-th to the M-th, with
``#N-`` the N-th and all after it.
Parts:

    SHARING          ends with this code of ``harness.link.service``, and nothing is done
    also             is done all the same
    120ms            takes so long
    wait:0.3         a wait without an event takes so many seconds, whatever was asked
    none             gives no context, no connection, no names
    :6F00            is answered so (for ``state`` and ``status``: shows this ATR)
    flip:3, cut:1    byte 3 of the answer is another one; one byte is missing before SW1 SW2
    flags:EMPTY+MUTE, events:7      what ``state`` shows
    !LinkTimeout     raises this error
    as:T=1           the protocol that is told
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.link import service as sv


@dataclass
class Rule:
    """What becomes of one call."""

    name: str
    first: int = 1
    last: int | None = None
    code: str = ""
    also: bool = False
    ms: float = 0.0
    wait: float | None = None
    none: bool = False
    data: bytes | None = None
    flip: int | None = None
    cut: int = 0
    flags: frozenset[str] | None = None
    events: int | None = None
    error: str = ""
    name_of_code: str | None = None

    def about(self, name: str, count: int) -> bool:
        """Does it concern the ``count``-th call of ``name``?"""
        last = count if self.last is None else self.last
        return name == self.name and self.first <= count <= last

    def spoilt(self, answer: bytes) -> bytes:
        """An answer with a changed byte, or a shorter one."""
        if self.flip is not None:
            at = self.flip
            answer = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        return answer[: -2 - self.cut] + answer[-2:] if self.cut else answer


def parsed(word: str) -> Rule:
    """The rule that ``word`` is."""
    place, _equals, parts = word.partition("=")
    name, numbered, number = place.partition("#")
    rule = Rule(name)
    if numbered:
        first, to, last = number.partition("-")
        rule.first = int(first)
        rule.last = int(last or first) if last or not to else None
    for part in parts.split(","):
        _add(rule, part)
    return rule


def _add(rule: Rule, part: str) -> None:
    kind, _colon, value = part.partition(":")
    match kind:
        case "":
            rule.data = bytes.fromhex(value)
        case "wait":
            rule.wait = float(value)
        case "also":
            rule.also = True
        case "none":
            rule.none = True
        case "flip":
            rule.flip = int(value)
        case "cut":
            rule.cut = int(value)
        case "flags":
            rule.flags = frozenset(value.split("+"))
        case "events":
            rule.events = int(value)
        case "as":
            rule.name_of_code = value
        case _ if kind[0] == "!":
            rule.error = kind[1:]
        case _ if kind.endswith("ms"):
            rule.ms = float(kind.removesuffix("ms"))
        case _:
            rule.code = getattr(sv, kind, kind)
