"""What goes wrong between card and harness: one class a fault of a link. See ``faults``."""

from __future__ import annotations

import random
from collections.abc import Callable

from harness.core.clock import Clock
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.core.i18n import _
from harness.link.api import Link, ResetKind

Forward = Callable[[bytes], bytes]


class LinkFault:
    """Base: passes everything on. ``rng`` is seeded; ``clock`` is the run's."""

    def __init__(self, rng: random.Random, clock: Clock) -> None:
        self.rng = rng
        self.clock = clock
        self.count = 0

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        """One exchange."""
        return forward(command)

    def atr(self, atr: bytes) -> bytes:
        """An ATR on its way to the harness."""
        return atr

    def reset(self, kind: ResetKind, link: Link) -> bytes:
        """A reset."""
        return link.reset(kind)


def _test_command(command: bytes) -> bool:
    return len(command) >= 4 and (command[0] & 0x80 != 0 or command[1] == 0xC0)


class Truncate(LinkFault):
    """Answers of more than 128 bytes of data lose what is beyond."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        return answer[:128] + answer[-2:] if len(answer) > 130 else answer


class Drop(LinkFault):
    """One test command in about 60 gets no answer."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        if _test_command(command) and self.rng.random() < 1 / 60:
            self.clock.sleep(1.0)
            raise LinkTimeout(_("no answer in 1,000 ms, cause not established"), deadline_s=1.0)
        return answer


class Delay(LinkFault):
    """Every answer comes 300 ms later."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        self.clock.sleep(0.3)
        return forward(command)


class Jitter(LinkFault):
    """Answers come up to 80 ms later, now and then."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        if self.rng.random() < 0.2:
            self.clock.sleep(self.rng.uniform(0.03, 0.08))
        return forward(command)


class Reorder(LinkFault):
    """One answer in about 40 is the one before."""

    before = b"\x90\x00"

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        wrong = _test_command(command) and self.rng.random() < 1 / 40
        said, self.before = (self.before if wrong else answer), answer
        return said


class WrongLength(LinkFault):
    """Answers of 256 bytes of data come with one more."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        return answer[:-2] + b"\0" + answer[-2:] if len(answer) == 258 else answer


class SwallowGetResponse(LinkFault):
    """GET RESPONSE never reaches the card."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        return b"\x6d\x00" if len(command) > 1 and command[1] == 0xC0 else forward(command)


class RefuseExtended(LinkFault):
    """Commands with extended lengths are not carried."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        if len(command) > 6 and command[4] == 0:
            raise LinkError(_("the exchange between reader and card failed"))
        return forward(command)


class CorruptUnderLoad(LinkFault):
    """After 300 exchanges without a pause one bit in about 50 answers is another one."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        self.count += 1
        if self.count > 300 and len(answer) > 3 and self.rng.random() < 1 / 50:
            return bytes((answer[0] ^ 0x04,)) + answer[1:]
        return answer

    def reset(self, kind: ResetKind, link: Link) -> bytes:
        self.count = 0
        return link.reset(kind)


class RandomRemoval(LinkFault):
    """One test command in about 150 finds that the card has gone; it is back at once."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        if _test_command(command) and self.rng.random() < 1 / 150:
            raise CardRemoved(_("the card was removed"))
        return answer


class ProcedureBytes(LinkFault):
    """Data that look like procedure bytes (60) are eaten."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        data = answer[:-2]
        return data.replace(b"\x60\x60", b"") + answer[-2:]


class MaskClass(LinkFault):
    """Channel bits of the class byte are cleared."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        if len(command) > 3 and command[0] in range(1, 4):
            command = b"\0" + command[1:]
        return forward(command)


class NoChaining(LinkFault):
    """The chaining bit of the class byte is cleared."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        if len(command) > 3 and command[0] == 0x90:
            command = b"\x80" + command[1:]
        return forward(command)


class DropWarningData(LinkFault):
    """Data that come with a warning are thrown away."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        return answer[-2:] if answer[-2:-1] in (b"\x62", b"\x63") else answer


class HideWrongLe(LinkFault):
    """6Cxx becomes 6700."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        answer = forward(command)
        return b"\x67\x00" if answer[:1] == b"\x6c" and len(answer) == 2 else answer


class AcceptMalformed(LinkFault):
    """What cannot be an APDU is answered 9000 by the driver itself."""

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        return b"\x90\x00" if len(command) < 4 else forward(command)


class StuckAfterBad(LinkFault):
    """After an answer that is none, nothing but 6F00 comes, until a new connection."""

    stuck = False

    def transmit(self, command: bytes, forward: Forward) -> bytes:
        if self.stuck:
            return b"\x6f\x00"
        try:
            return forward(command)
        except LinkError:
            self.stuck = True
            raise


class DamagedAtr(LinkFault):
    """The last byte of every ATR is lost."""

    def atr(self, atr: bytes) -> bytes:
        return atr[:-1]


class UnstableAtr(LinkFault):
    """Every third ATR ends otherwise."""

    def reset(self, kind: ResetKind, link: Link) -> bytes:
        self.count += 1
        atr = link.reset(kind)
        return atr[:-1] + bytes((atr[-1] ^ 1,)) if self.count % 3 == 0 else atr


class NoReset(LinkFault):
    """Resets are answered from memory: the card does not see them."""

    def reset(self, kind: ResetKind, link: Link) -> bytes:
        return link.atr


class SlowReset(LinkFault):
    """Resets take 3 s."""

    def reset(self, kind: ResetKind, link: Link) -> bytes:
        self.clock.sleep(3.0)
        return link.reset(kind)
