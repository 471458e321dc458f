"""How data leaves the card: Le, 61xx and 6Cxx (ISO/IEC 7816-3, 12.2; 7816-4, 5.3.4).

The card sees APDUs. A command that brought data but no Le came through a T=0 interface that could
not carry both: its answer waits behind 61xx for GET RESPONSE. A command without data that asks
for too little gets 6Cxx and may be sent again; one that brought data may have changed the card,
so it is not asked to repeat: its answer waits behind 61xx too.
"""

from __future__ import annotations

from harness.codec.apdu import CommandApdu
from harness.virtualcard.answers import Reply, status

SHORT_MAX = 256


class Outgoing:
    """Holds the answer, or the rest of one, that GET RESPONSE fetches."""

    def __init__(self) -> None:
        self._data = b""
        self._sw = 0x9000

    def clear(self) -> None:
        """Any other command than GET RESPONSE drops what was waiting."""
        self._data = b""

    def deliver(self, command: CommandApdu, reply: Reply) -> Reply:
        """``reply`` in the shape that ``command`` left room for."""
        length = len(reply.data)
        if not length:
            return reply
        le = command.le
        if le is not None and le >= length:
            return reply
        if not command.data and length <= SHORT_MAX:
            return status(0x6C00 | length & 0xFF)
        return self._hold(reply, 0 if le is None or command.data else le)

    def get_response(self, command: CommandApdu) -> Reply:
        """GET RESPONSE: 6985 where nothing waits, 6A86 for wrong parameters."""
        if command.p1 or command.p2:
            return status(0x6A86)
        if command.data or command.le is None:
            return status(0x6700)
        if not self._data:
            return status(0x6985)
        waiting = Reply(self._data, self._sw)
        if command.le >= len(waiting.data):
            self.clear()
            return waiting
        return self._hold(waiting, command.le)

    def _hold(self, reply: Reply, now: int) -> Reply:
        """Hand out ``now`` bytes and announce the rest."""
        self._data, self._sw = reply.data[now:], reply.sw
        announced = len(self._data)
        return Reply(reply.data[:now], 0x6100 | (announced if announced < SHORT_MAX else 0))
