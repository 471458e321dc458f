"""PIN blocks that a terminal makes for a card."""

from __future__ import annotations

import hmac

from harness.core.errors import CodecError, ConfigError
from harness.core.spec import Spec
from harness.crypto.rsa import RsaPrivateKey, RsaPublicKey

PIN_BLOCK_SPEC = Spec("ISO 9564-1", "format 2", verified=False)
ENCIPHERED_SPEC = Spec("EMV 4.4 Book 2", "7.2", verified=False)

CHALLENGE_LENGTH = 8
_HEADER = 0x7F


def format2(pin: str) -> bytes:
    """Plaintext offline PIN block of VERIFY: ``2L`` with the number of digits L, the digits, and
    F up to eight bytes. ``pin`` has 4 to 12 digits. Raises ConfigError, which never shows them."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise ConfigError(
            f"not a PIN: {len(pin)} characters, or something that is no digit",
            todo="a PIN has 4 to 12 digits",
        )
    return bytes.fromhex(f"2{len(pin):X}{pin}".ljust(16, "F"))


def pin_of(block: bytes) -> str | None:
    """The digits in a format 2 block, or None where it is not one (the card's side of VERIFY)."""
    text = block.hex().upper()
    if len(block) != 8 or text[0] != "2":
        return None
    length = int(text[1], 16)
    digits, filler = text[2 : 2 + length], text[2 + length :]
    if not 4 <= length <= 12 or not digits.isdigit() or filler.strip("F"):
        return None
    return digits


def encipher_pin(key: RsaPublicKey, pin: str, challenge: bytes, padding: bytes) -> bytes:
    """Enciphered PIN data of VERIFY, as long as ``key`` (EMV Book 2, 7.2).

    ``challenge``: the 8 bytes of GET CHALLENGE. ``padding``: unpredictable bytes of the terminal,
    as many as ``padding_length`` says. Raises CodecError (lengths), ConfigError (PIN).
    """
    if len(challenge) != CHALLENGE_LENGTH:
        raise CodecError(f"a challenge has 8 bytes, not {len(challenge)}")
    if len(padding) != padding_length(key):
        raise CodecError(f"padding has {padding_length(key)} bytes here, not {len(padding)}")
    # Recovering a signature and enciphering are the same operation with a public key.
    return key.recover(bytes([_HEADER]) + format2(pin) + challenge + padding)


def padding_length(key: RsaPublicKey) -> int:
    """How many unpredictable bytes fill an enciphered PIN block."""
    return key.length - 1 - 8 - CHALLENGE_LENGTH


def open_enciphered_pin(key: RsaPrivateKey, data: bytes, challenge: bytes) -> bytes | None:
    """The plaintext PIN block (8 bytes) in enciphered PIN data, or None where length, header or
    challenge is wrong (the card's side of VERIFY; EMV Book 2, 7.2). Never raises."""
    if len(data) != key.public.length or int.from_bytes(data) >= int.from_bytes(key.public.modulus):
        return None
    plain = key.sign(data)
    if plain[0] != _HEADER or not hmac.compare_digest(plain[9:17], challenge):
        return None
    return plain[1:9]
