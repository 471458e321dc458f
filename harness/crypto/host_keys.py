"""What a terminal and a host share: the PIN block of online PIN, and the MAC of a message.

The keys are test keys, public on purpose: they protect nothing, and are there so that both ends
can show the whole way of a PIN and of a MAC. A real terminal has its own in a secure element.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from harness.core.errors import CodecError, ConfigError
from harness.core.spec import Spec
from harness.crypto.des import ecb, pyemv

FORMAT_0_SPEC = Spec("ISO 9564-1", "format 0", verified=True)
MAC_SPEC = Spec("ISO/IEC 9797-1", "algorithm 3, padding method 1", verified=False)

BLOCK = 8


def own_test_key_of(purpose: str) -> bytes:
    """A 16-byte 3DES key made from its name: TEST KEY, PUBLIC ON PURPOSE."""
    return sha256(b"emv-harness test key 1/" + purpose.encode("ascii")).digest()[:16]


def pin_key() -> bytes:
    """The key under which a terminal enciphers a PIN block for the simulated issuer."""
    return own_test_key_of("terminal PIN key")


def mac_key() -> bytes:
    """The key of the MAC in field 64 or 128 of a message to the simulated issuer."""
    return own_test_key_of("terminal MAC key")


def format0(pin: str, pan: str) -> bytes:
    """Clear PIN block of ISO 9564 format 0: ``0L``, the digits, F up to eight bytes, xor the
    rightmost twelve digits of ``pan`` without its check digit.

    Raises ConfigError for what is no PIN (never shown), CodecError for a PAN of fewer than 13
    digits.
    """
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise ConfigError(
            f"not a PIN: {len(pin)} characters, or something that is no digit",
            todo="a PIN has 4 to 12 digits",
        )
    block = bytes.fromhex(f"0{len(pin):X}{pin}".ljust(16, "F"))
    return _xor(block, _pan_part(pan))


def pin_of_format0(block: bytes, pan: str) -> str | None:
    """The digits in a clear format 0 block for ``pan``, or None where it is not one."""
    if len(block) != BLOCK:
        return None
    try:
        text = _xor(block, _pan_part(pan)).hex()
    except CodecError:
        return None
    length = int(text[1], 16)
    digits, filler = text[2 : 2 + length], text[2 + length :]
    if text[0] != "0" or not 4 <= length <= 12 or not digits.isdigit() or filler.strip("f"):
        return None
    return digits


def online_pin_block(pin: str, pan: str, key: bytes | None = None) -> bytes:
    """Format 0, enciphered with 3DES (8 bytes). Raises as ``format0``."""
    return ecb(key or pin_key(), format0(pin, pan))


def open_online_pin(block: bytes, pan: str, key: bytes | None = None) -> str | None:
    """The host's side: the digits, or None where the block does not open to a PIN."""
    if len(block) != BLOCK:
        return None
    return pin_of_format0(ecb(key or pin_key(), block, decrypt=True), pan)


def message_mac(message: bytes, key: bytes | None = None) -> bytes:
    """Eight bytes over a whole message up to its MAC field (retail MAC)."""
    secret = key or mac_key()
    result: bytes = pyemv().mac.mac_iso9797_3(secret[:8], secret[8:], message, 1, 8)
    return result


def mac_holds(message: bytes, received: bytes, key: bytes | None = None) -> bool:
    """Is ``received`` the MAC of ``message``?"""
    return hmac.compare_digest(message_mac(message, key), received)


def _pan_part(pan: str) -> bytes:
    if len(pan) < 13 or not (pan.isascii() and pan.isdigit()):
        raise CodecError("a format 0 PIN block needs a PAN of 13 digits or more")
    return bytes.fromhex("0000" + pan[-13:-1])


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
