"""The AES side of cryptograms and secure messaging (EMV Book 2, annex A1: 16-byte blocks).

AES and CMAC themselves come from ``cryptography``, imported on first use. pyemv has no AES; the
primitives are held by NIST and RFC 4493 vectors, the composition by a second implementation in
the tests only: no vector for it is public.
"""

from __future__ import annotations

from harness.core.errors import CodecError

BLOCK = 16


def encrypt(key: bytes, block: bytes) -> bytes:
    """AES in ECB mode over whole 16-byte blocks; ``key`` has 16, 24 or 32 bytes."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    worker = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - EMV's derivation
    return worker.update(block)


def cmac(key: bytes, data: bytes, length: int = 8) -> bytes:
    """The first ``length`` bytes of the CMAC over ``data`` (RFC 4493)."""
    from cryptography.hazmat.primitives.ciphers import algorithms
    from cryptography.hazmat.primitives.cmac import CMAC

    worker = CMAC(algorithms.AES(key))
    worker.update(data)
    return worker.finalize()[:length]


def cbc(key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """AES in CBC mode, the first block chained to zeros. ``data``: whole blocks (CodecError)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(data) % BLOCK:
        raise CodecError(f"{len(data)} bytes are no whole AES blocks")
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)))
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(data)


def derive_master(imk: bytes, pan: str, psn: int) -> bytes:
    """Card master key of 16 bytes, option C (annex A1.4.3): PAN and PAN sequence number as
    digits, zeros on the left, enciphered with the issuer's key."""
    return encrypt(imk, bytes.fromhex(f"{pan}{psn:02d}".rjust(2 * BLOCK, "0")))


def derive_session(master: bytes, diversifier: bytes) -> bytes:
    """Session key of 16 bytes: ``diversifier`` (up to 16 bytes), zeros on the right, enciphered
    with the card's master key (annex A1.3.1)."""
    return encrypt(master, diversifier.ljust(BLOCK, b"\0"))


def arpc_1(session: bytes, arqc: bytes, code: bytes) -> bytes:
    """ARPC method 1 (8 bytes): ARQC xor response code, zeros to a block, enciphered (8.2.1)."""
    mixed = bytes(a ^ b for a, b in zip(arqc, code.ljust(8, b"\0"), strict=True))
    return encrypt(session, mixed.ljust(BLOCK, b"\0"))[:8]
