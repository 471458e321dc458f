"""Building the commands that EMV uses (EMV 4.4 Book 1, 11; Book 3, 6.5), and naming any."""

from __future__ import annotations

from typing import Literal

from harness.codec.frames import CommandApdu
from harness.core.errors import CodecError

AC_KINDS = {"AAC": 0x00, "TC": 0x40, "ARQC": 0x80}
"""P1 of GENERATE AC by the kind asked for (EMV 4.4 Book 3, 6.5.5)."""

CDA_BIT = 0x10


def select(aid: bytes, *, next_occurrence: bool = False) -> CommandApdu:
    """SELECT by name, first or next occurrence, FCI wanted (EMV 4.4 Book 1, 11.3)."""
    return CommandApdu(0x00, 0xA4, 0x04, 0x02 if next_occurrence else 0x00, bytes(aid), 256)


def get_processing_options(pdol_data: bytes = b"") -> CommandApdu:
    """GPO; ``pdol_data`` is the value of template 83, empty without PDOL (Book 3, 6.5.8)."""
    from harness.codec.tlv import encode

    return CommandApdu(0x80, 0xA8, 0x00, 0x00, encode(0x83, pdol_data), 256)


def read_record(sfi: int, record: int) -> CommandApdu:
    """READ RECORD ``record`` (1-255) of file ``sfi`` (1-30) (EMV 4.4 Book 1, 11.2)."""
    if not 1 <= sfi <= 30:
        raise CodecError(f"SFI is {sfi}, must be 1 to 30")
    return CommandApdu(0x00, 0xB2, record, sfi << 3 | 0x04, b"", 256)


def get_data(tag: int) -> CommandApdu:
    """GET DATA of a one- or two-byte ``tag`` (EMV 4.4 Book 3, 6.5.7)."""
    if not 0 <= tag <= 0xFFFF:
        raise CodecError(f"GET DATA takes a tag of at most two bytes, not {tag:X}")
    return CommandApdu(0x80, 0xCA, tag >> 8, tag & 0xFF, b"", 256)


def get_challenge() -> CommandApdu:
    """GET CHALLENGE (EMV 4.4 Book 3, 6.5.6)."""
    return CommandApdu(0x00, 0x84, 0x00, 0x00, b"", 256)


def internal_authenticate(data: bytes) -> CommandApdu:
    """INTERNAL AUTHENTICATE with the data that the DDOL asks for (Book 3, 6.5.9)."""
    return CommandApdu(0x00, 0x88, 0x00, 0x00, data, 256)


def external_authenticate(data: bytes) -> CommandApdu:
    """EXTERNAL AUTHENTICATE with the issuer authentication data (Book 3, 6.5.4)."""
    return CommandApdu(0x00, 0x82, 0x00, 0x00, data)


def verify_plaintext(pin: str) -> CommandApdu:
    """VERIFY of a plaintext PIN of 4 to 12 digits, block format 2 (Book 3, 6.5.12)."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise CodecError("a PIN has 4 to 12 digits")
    block = f"2{len(pin):X}{pin}".ljust(16, "F")
    return CommandApdu(0x00, 0x20, 0x00, 0x80, bytes.fromhex(block))


def generate_ac(
    kind: Literal["AAC", "TC", "ARQC"], cdol_data: bytes, *, cda: bool = False
) -> CommandApdu:
    """GENERATE AC asking for ``kind``, with a signature when ``cda`` (Book 3, 6.5.5)."""
    if kind not in AC_KINDS:
        raise CodecError(f"unknown cryptogram kind {kind!r}", todo="use AAC, TC or ARQC")
    return CommandApdu(0x80, 0xAE, AC_KINDS[kind] | (CDA_BIT if cda else 0), 0, cdol_data, 256)


def get_response(length: int) -> CommandApdu:
    """GET RESPONSE for ``length`` (1-256) bytes that 61xx announced (Book 1, 9.3.1.3)."""
    return CommandApdu(0x00, 0xC0, 0x00, 0x00, b"", length)
