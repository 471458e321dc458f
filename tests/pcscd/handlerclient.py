"""A client of the co-operating test card over plain pyscard, as HandlerTest's program is one:
case 1, 2, 3, 4 over every length, and extended lengths. It knows nothing of the harness.

``python handlerclient.py READER 1 2 3 4 2E 3E 4E`` prints the number of exchanges of each.
"""

from __future__ import annotations

import sys

from smartcard import scard

AID = bytes.fromhex("A000000018FF")
FRAME = 65535
"""The longest frame of the virtual reader, length not counted."""


class Card:
    def __init__(self, reader: str) -> None:
        code, self.context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == 0, code
        code, self.card, self.protocol = scard.SCardConnect(
            self.context, reader, scard.SCARD_SHARE_SHARED,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )  # fmt: skip
        assert code == 0, hex(code & 0xFFFFFFFF)
        self.count = 0

    def send(self, command: bytes) -> bytes:
        pci = scard.SCARD_PCI_T0 if self.protocol == 1 else scard.SCARD_PCI_T1
        code, answer = scard.SCardTransmit(self.card, pci, list(command))
        assert code == 0, hex(code & 0xFFFFFFFF)
        self.count += 1
        return bytes(answer)


def data(length: int) -> bytes:
    return bytes(i & 0xFF for i in range(length))


def case_1(card: Card) -> None:
    assert card.send(bytes.fromhex("80300000")) == b"\x90\x00"
    assert card.send(bytes.fromhex("8030000000")) == b"\x90\x00"


def case_2(card: Card) -> None:
    for length in range(1, 257):
        head = bytes((0x80, 0x34)) + length.to_bytes(2, "big")
        assert card.send(head + bytes((length & 0xFF,))) == data(length) + b"\x90\x00"


def case_3(card: Card) -> None:
    for length in range(1, 256):
        head = bytes((0x80, 0x32)) + length.to_bytes(2, "big") + bytes((length,))
        assert card.send(head + data(length)) == b"\x90\x00"


def case_4(card: Card) -> None:
    """Every Lc with an answer of the same length, in one exchange and by GET RESPONSE."""
    for length in range(1, 256):
        head = bytes((0x80, 0x36)) + length.to_bytes(2, "big") + bytes((length,))
        assert card.send(head + data(length) + b"\0") == data(length) + b"\x90\x00"
        assert card.send(head + data(length)) == bytes((0x61, length))
        fetched = card.send(bytes((0x00, 0xC0, 0, 0, length)))
        assert fetched == data(length) + b"\x90\x00"


def two(number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2, "big")


def case_2e(card: Card) -> None:
    for length in (256, 257, 1000, 4096, 32767, FRAME - 2):
        answer = card.send(bytes((0x80, 0x34)) + two(length) + b"\0" + two(length))
        assert answer == data(length) + b"\x90\x00", length


def case_3e(card: Card) -> None:
    for length in (256, 257, 1000, 4096, 32767, FRAME - 7):
        head = bytes((0x80, 0x32)) + two(length) + b"\0" + two(length)
        assert card.send(head + data(length)) == b"\x90\x00", length


def case_4e(card: Card) -> None:
    for length in (256, 257, 1000, 4096, 32767, FRAME - 9):
        head = bytes((0x80, 0x36)) + two(length) + b"\0" + two(length)
        answer = card.send(head + data(length) + two(length))
        assert answer == data(length) + b"\x90\x00", length


CASES = {
    "1": case_1, "2": case_2, "3": case_3, "4": case_4, "2E": case_2e, "3E": case_3e,
    "4E": case_4e,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    card = Card(arguments[0])
    assert card.send(bytes((0, 0xA4, 4, 0, len(AID))) + AID) == b"\x90\x00"
    for name in arguments[1:]:
        before = card.count
        CASES[name](card)
        print(name, card.count - before)
    scard.SCardDisconnect(card.card, scard.SCARD_UNPOWER_CARD)
    scard.SCardReleaseContext(card.context)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
