"""A tiny card for the link tests, and job functions that a worker can import.

Commands by INS: 30 answers 9000; 32 echoes its data; 34 returns P1P2 bytes; 38 waits P2 x 100 ms;
3A is mute until a reset; 3E leaves the slot; 40 answers one byte; 42 counts commands since the
card was made.
"""

from __future__ import annotations

from dataclasses import dataclass

ATR_T0 = bytes.fromhex("3B6000FF")
ATR_T1 = bytes.fromhex("3BE00000813145417F")


@dataclass
class TinyAnswer:
    response: bytes | None
    delay_s: float = 0.0
    removed: bool = False


class TinyCard:
    def __init__(self, atr: bytes = ATR_T0) -> None:
        self.atr = atr
        self.powered = False
        self.mute = False
        self.count = 0
        self.log: list[str] = []

    def power_on(self) -> bytes:
        self.powered, self.mute = True, False
        self.log.append("on")
        return self.atr

    def power_off(self) -> None:
        self.powered = self.mute = False
        self.log.append("off")

    def warm_reset(self) -> bytes:
        self.mute = False
        self.log.append("reset")
        return self.atr

    def process(self, command: bytes) -> TinyAnswer:
        self.count += 1
        ins, p1, p2 = command[1:4]
        if self.mute or ins == 0x3A:
            self.mute = True
            return TinyAnswer(None)
        if ins == 0x3E:
            return TinyAnswer(None, removed=True)
        if ins == 0x38:
            return TinyAnswer(b"\x90\x00", delay_s=p2 / 10)
        if ins == 0x40:
            return TinyAnswer(b"\x90")
        if ins == 0x32:
            return TinyAnswer(command[5 : 5 + command[4]] + b"\x90\x00")
        if ins == 0x34:
            return TinyAnswer(bytes(i & 0xFF for i in range(p1 << 8 | p2)) + b"\x90\x00")
        if ins == 0x42:
            return TinyAnswer(self.count.to_bytes(2, "big") + b"\x90\x00")
        return TinyAnswer(b"\x90\x00" if ins == 0x30 else b"\x6d\x00")


def open_tiny(image, faults=(), *, seed=0, clock=None):
    """The same signature as ``virtualcard.card.open_card``."""
    return TinyCard(ATR_T1 if image == "tiny-t1" else ATR_T0)
