"""The co-operating test card for the reader checks (see ``profiles.testcard``)."""

from __future__ import annotations

from harness.codec.apdu import CommandApdu
from harness.codec.tlv import encode
from harness.core.errors import CodecError
from harness.profiles.image import CardImage
from harness.profiles.testcard import CHAIN, CLA, HANDLER_TEST_AID, TestIns, counting
from harness.virtualcard.answers import OK, Answer, Reply, status
from harness.virtualcard.outgoing import Outgoing

_SELECT = 0xA4
_TICK_S = 0.1
_LONGEST_CHAIN = 4096


class TestCard:
    """Answers without being selected first, and to its name with an FCI."""

    __test__ = False

    def __init__(self, image: CardImage) -> None:
        self._app = image.applications[0]
        self._outgoing = Outgoing()
        self._chain = b""

    def reset(self) -> None:
        """Nothing waits any more."""
        self._outgoing.clear()
        self._chain = b""

    def process(self, command: bytes) -> Answer:
        """Answer one command."""
        try:
            parsed = CommandApdu.parse(command)
        except CodecError:
            return _answer(status(0x6700))
        if parsed.ins == TestIns.GET_RESPONSE and parsed.cla in (0x00, CLA):
            return _answer(self._outgoing.get_response(parsed))
        self._outgoing.clear()
        if parsed.ins == TestIns.HEADER:
            return _answer(self._outgoing.deliver(parsed, Reply(command[:4], 0x9000)))
        if parsed.cla == CLA | CHAIN and parsed.ins == TestIns.ECHO:
            self._chain = (self._chain + parsed.data)[:_LONGEST_CHAIN]
            return _answer(OK)
        chain, self._chain = self._chain, b""
        if parsed.cla == 0x00:
            return _answer(self._outgoing.deliver(parsed, self._select(parsed)))
        if parsed.cla != CLA:
            return _answer(status(0x6E00))
        special = _special(parsed)
        if special is not None:
            return special
        if chain and parsed.ins == TestIns.ECHO:
            return _answer(self._outgoing.deliver(parsed, Reply(chain + parsed.data, 0x9000)))
        return _answer(self._outgoing.deliver(parsed, _transfer(parsed)))

    def _select(self, command: CommandApdu) -> Reply:
        if command.ins != _SELECT:
            return status(0x6D00)
        if command.p1 != 0x04 or command.p2:
            return status(0x6A86)
        if command.data == HANDLER_TEST_AID:
            return OK
        if not command.data or not self._app.aid.startswith(command.data):
            return status(0x6A82)
        inner = encode(0x50, self._app.label.encode("ascii"))
        return Reply(encode(0x6F, encode(0x84, self._app.aid) + encode(0xA5, inner)), 0x9000)


def _special(command: CommandApdu) -> Answer | None:
    """The commands whose point is not what they answer."""
    match command.ins:
        case TestIns.WAIT:
            return Answer(b"\x90\x00", delay_s=command.p2 * _TICK_S)
        case TestIns.MUTE:
            return Answer(None)
        case TestIns.EJECT:
            return Answer(None, removed=True)
        case TestIns.ONE_BYTE:
            return Answer(b"\x90")
        case _:
            return None


def _transfer(command: CommandApdu) -> Reply:
    """Cases 1 to 4. P3 = 00 without data is case 1 to a T=0 reader, so case 1 takes it too."""
    length = command.p1 << 8 | command.p2
    match command.ins:
        case TestIns.CASE_1:
            return status(0x6700) if command.data else OK
        case TestIns.CASE_2:
            return status(0x6700) if command.data else Reply(counting(length or 65536), 0x9000)
        case TestIns.CASE_3:
            if not command.data:
                return status(0x6700)
            return OK if command.data == counting(len(command.data)) else status(0x6A80)
        case TestIns.CASE_4:
            return Reply(counting(length), 0x9000) if command.data else status(0x6700)
        case TestIns.WARNING:
            return Reply(counting(length), 0x6282)
        case TestIns.ECHO:
            return Reply(command.data, 0x9000)
        case _:
            return status(0x6D00)


def _answer(reply: Reply) -> Answer:
    return Answer(reply.data + reply.sw.to_bytes(2, "big"))
