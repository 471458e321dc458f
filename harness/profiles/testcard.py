"""What the co-operating test card and the reader checks have agreed on: names and codes only.

The shape (which INS is which APDU case) follows the HandlerTest applet of the PC/SC handler
validation tools, so that their programs can cross-check this card; ``ECHO`` is our own addition.
The class byte is 80. ``COUNTING`` data is 00 01 02 ... FF 00 01 ...
"""

from __future__ import annotations

from enum import IntEnum

AID = bytes.fromhex("F0454D5648544301")
"""DF name of the test card: proprietary, without registration (ISO/IEC 7816-5, first digit F)."""

HANDLER_TEST_AID = bytes.fromhex("A000000018FF")
"""The name that HandlerTest selects; our test card answers to it with 9000 and no data."""

CLA = 0x80
"""Class byte of every test command but HEADER."""

CHAIN = 0x10
"""Bit of the class byte that says "more follows" (ISO/IEC 7816-4, 5.3.3): ECHO takes chains."""


class TestIns(IntEnum):
    """INS of each test command; P1 P2 is a 16-bit number where it says *length*."""

    __test__ = False

    CASE_1 = 0x30
    """No data either way: 9000."""
    CASE_3 = 0x32
    """Takes COUNTING data: 9000; other data: 6A80."""
    CASE_2 = 0x34
    """Returns ``length`` bytes of COUNTING data (0000 means 65,536)."""
    CASE_4 = 0x36
    """Takes any data, returns ``length`` bytes of COUNTING data."""
    WAIT = 0x38
    """Answers 9000 after P2 x 100 ms."""
    MUTE = 0x3A
    """Never answers; only a reset brings the card back."""
    ECHO = 0x3C
    """Returns the data that it was given."""
    EJECT = 0x3E
    """The card leaves the reader without an answer."""
    ONE_BYTE = 0x40
    """Answers a single byte, which is no answer at all."""
    WARNING = 0x42
    """Returns ``length`` bytes of COUNTING data with the warning 6282."""
    HEADER = 0x44
    """Returns CLA INS P1 P2 as they arrived; taken with any class byte."""
    GET_RESPONSE = 0xC0
    """Fetches what 61xx announced."""


def counting(length: int) -> bytes:
    """``length`` bytes 00 01 02 ... FF 00 01 ..."""
    whole, rest = divmod(length, 256)
    return bytes(range(256)) * whole + bytes(range(rest))
