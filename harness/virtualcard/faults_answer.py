"""Faults that strike while commands are answered."""

from __future__ import annotations

from dataclasses import replace

from harness.codec.tlv import Tlv, parse
from harness.virtualcard.answers import Answer, Engine
from harness.virtualcard.faults import Fault

INTERNAL_AUTHENTICATE, GENERATE_AC = 0x88, 0xAE
FORMAT_1 = {
    (GENERATE_AC, 0x9F27): slice(0, 1),
    (GENERATE_AC, 0x9F36): slice(1, 3),
    (GENERATE_AC, 0x9F26): slice(3, 11),
    (GENERATE_AC, 0x9F10): slice(11, None),
    (INTERNAL_AUTHENTICATE, 0x9F4B): slice(0, None),
}
"""Where a data object stands in the value of template 80, by INS (EMV Book 3, 6.5.5 and 6.5.9)."""


class NoAnswer(Fault):
    """The card does not answer, and stays silent until its next reset."""

    def before(self, command: bytes) -> Answer | None:
        return Answer(None)


class Removal(Fault):
    """The card leaves the reader in the middle of the command."""

    def before(self, command: bytes) -> Answer | None:
        return Answer(None, removed=True)


class Delay(Fault):
    """The card takes longer."""

    def after(self, origin: bytes, answer: Answer) -> Answer:
        return replace(answer, delay_s=answer.delay_s + self.file.delay_ms / 1000)


class Cut(Fault):
    """The end of the answer is lost, status word included."""

    def after(self, origin: bytes, answer: Answer) -> Answer:
        whole = answer.response or b""
        return replace(answer, response=whole[: len(whole) * self.file.keep_percent // 100])


class Status(Fault):
    """The card carries the command out, then answers another status word and no data."""

    def after(self, origin: bytes, answer: Answer) -> Answer:
        return replace(answer, response=self.file.status.to_bytes(2, "big"))


class Flip(Fault):
    """One bit of the data is wrong, which one is chosen by the card's seed."""

    follows = True

    def after(self, origin: bytes, answer: Answer) -> Answer:
        whole = answer.response or b""
        data = bytearray(whole[:-2])
        if not data:
            return answer
        bit = self.trigger.dice.randrange(8 * len(data))
        data[bit // 8] ^= 1 << bit % 8
        return replace(answer, response=bytes(data) + whole[-2:])


class TagValue(Fault):
    """A data object of the answer has another value: ``value``, or its last bit turned round."""

    follows = True

    def after(self, origin: bytes, answer: Answer) -> Answer:
        whole = answer.response or b""
        place = _place(whole[:-2], origin[1] if len(origin) > 1 else 0, self.file.tag)
        if place is None:
            return answer
        old = whole[place]
        new = self.file.value or old[:-1] + bytes([old[-1] ^ 1])
        if len(new) != len(old):
            return answer
        return replace(answer, response=whole[: place.start] + new + whole[place.stop :])


class MemoryChange(Fault):
    """The transaction counter moves by itself, before the command is carried out."""

    def tamper(self, engine: Engine) -> None:
        for app in getattr(engine, "apps", ()):
            app.memory.atc = min(max(app.memory.atc + self.file.atc_step, 0), 0xFFFF)


ANSWER_CLASSES: dict[str, type[Fault]] = {
    "no-answer": NoAnswer,
    "removal": Removal,
    "delay": Delay,
    "cut": Cut,
    "status": Status,
    "flip": Flip,
    "tag": TagValue,
    "memory": MemoryChange,
}


def _place(data: bytes, ins: int, tag: int) -> slice | None:
    """Where the value of ``tag`` stands in ``data``, not empty; or None."""
    nodes = parse(data).nodes
    if not nodes:
        return None
    part = FORMAT_1.get((ins, tag))
    found: Tlv | None = None
    if nodes[0].tag == 0x80 and part is not None:
        start = nodes[0].offset + nodes[0].header
        first, last, _step = part.indices(nodes[0].length)
        return slice(start + first, start + last) if last > first else None
    for node in nodes:
        found = node if node.tag == tag else node.find(tag)
        if found is not None:
            break
    if found is None or not found.length:
        return None
    start = found.offset + found.header
    return slice(start, start + found.length)
