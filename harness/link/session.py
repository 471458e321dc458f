"""Command APDUs over a link: the transport part that every caller would have to repeat."""

from __future__ import annotations

from dataclasses import replace

from harness.codec.apdu import CommandApdu, ResponseApdu, get_response
from harness.codec.status_word import StatusWord
from harness.core.errors import LinkError
from harness.core.i18n import _
from harness.link.api import Link

MAX_GET_RESPONSE = 300
"""GET RESPONSE commands for one answer: 65,538 bytes in pieces of 256, and some to spare."""

MAX_ANSWER = 65538
"""Data and SW1 SW2 of the longest answer that extended length allows."""

MAX_WRONG_LE = 2
"""6Cxx answers followed for one command: a card that says it again and again is not believed."""


class CardSession:
    """Sends CommandApdus and follows 61xx and 6Cxx, with bounds (rule 12).

    With T=0 the Le of a case 4 command stays at home: the protocol has no room for it, and the
    card announces its data with 61xx (EMV 4.4 Book 1, 9.3.1; ISO/IEC 7816-3, 12.2). A virtual card
    or a reader that answers with the data at once is understood just as well.
    """

    def __init__(self, link: Link) -> None:
        self.link = link

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        return self.link.atr

    def raw(self, command: bytes) -> bytes:
        """One command as it is, the answer as it is. Raises LinkError."""
        return self.link.transmit(command)

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """The whole answer to ``command``: its data from all pieces and the last status word.

        Raises LinkError when the link fails or the card never ends its answer; never for a status.
        """
        response = self._send(command)
        repeats = 0
        while response.sw.sw1 == 0x6C and repeats < MAX_WRONG_LE:
            repeats += 1
            command = replace(command, le=_count(response.sw))
            response = ResponseApdu.parse(self.link.transmit(command.to_bytes()))
        if response.sw.sw1 != 0x61:
            return response
        return self._collect(response)

    def _send(self, command: CommandApdu) -> ResponseApdu:
        raw = command.to_bytes()
        if self.link.protocol == "T=0" and command.data and not command.extended:
            raw = raw[: 5 + len(command.data)]
        return ResponseApdu.parse(self.link.transmit(raw))

    def _collect(self, first: ResponseApdu) -> ResponseApdu:
        """Follow 61xx. GET RESPONSE itself may be told 6Cxx, once a piece."""
        data = bytearray(first.data)
        response = first
        wanted = _count(first.sw)
        corrected = False
        for _round in range(MAX_GET_RESPONSE):
            response = ResponseApdu.parse(self.link.transmit(get_response(wanted).to_bytes()))
            if response.sw.sw1 == 0x6C and not corrected:
                wanted, corrected = _count(response.sw), True
                continue
            corrected = False
            data += response.data
            if response.sw.sw1 != 0x61:
                return ResponseApdu(bytes(data), response.sw)
            if len(data) > MAX_ANSWER:
                break
            wanted = _count(response.sw)
        raise LinkError(
            _("the card announces more data without end: {count} bytes so far").format(
                count=len(data)
            ),
            todo=_("a fault of the card, or of a reader that fetches data on its own"),
        )


def _count(sw: StatusWord) -> int:
    """SW2 as a length: 00 is 256."""
    return sw.sw2 or 256
