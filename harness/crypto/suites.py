"""The two sets of algorithms that cryptograms are made with: 3DES (over pyemv) and AES.

Both offer the same operations, so that a cryptogram version is a row in a table. Inputs are
checked by ``cryptogram`` and ``messaging``; nothing here is called with other lengths.
"""

from __future__ import annotations

from typing import Protocol

from harness.crypto import aes
from harness.crypto.des import cbc, ecb, pyemv


class Suite(Protocol):
    """Master keys are 16 bytes in both; a diversifier of a session key has at most 8 bytes."""

    block: int

    def derive(self, option: str, imk: bytes, pan: str, psn: int) -> bytes:
        """Card master key by option A, B (3DES) or C (AES) of EMV Book 2, annex A1.4."""
        ...

    def session(self, method: str, master: bytes, diversifier: bytes) -> bytes:
        """Session key; ``method`` is ``common``, ``unionpay`` or ``visa-sm``."""
        ...

    def mac(self, key: bytes, data: bytes, padding: str, length: int) -> bytes:
        """MAC; ``padding`` is ``visa`` (zeros) or ``emv`` (80, then zeros)."""
        ...

    def arpc_1(self, key: bytes, arqc: bytes, code: bytes) -> bytes:
        """ARPC by method 1, 8 bytes."""
        ...

    def cbc(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """Whole blocks in CBC mode, chained to zeros. Raises CodecError."""
        ...

    def ecb(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """Whole blocks in ECB mode. Raises CodecError."""
        ...


class TripleDesSuite:
    """ISO/IEC 9797-1 algorithm 3 with two keys (EMV Book 2, annex A1)."""

    block = 8

    def derive(self, option: str, imk: bytes, pan: str, psn: int) -> bytes:
        """See ``Suite``."""
        kd = pyemv().kd
        derive = kd.derive_icc_mk_a if option == "A" else kd.derive_icc_mk_b
        key: bytes = derive(imk, pan, f"{psn:02d}")
        return key

    def session(self, method: str, master: bytes, diversifier: bytes) -> bytes:
        """See ``Suite``. ``unionpay`` and ``visa-sm`` take the ATC alone."""
        kd = pyemv().kd
        if method == "unionpay":
            return _process_key(master, diversifier)
        if method == "visa-sm":
            key: bytes = kd.derive_visa_sm_sk(master, diversifier)
            return key
        common: bytes = kd.derive_common_sk(master, diversifier.ljust(8, b"\0"))
        return common

    def mac(self, key: bytes, data: bytes, padding: str, length: int) -> bytes:
        """See ``Suite``."""
        method = 1 if padding == "visa" else 2
        made: bytes = pyemv().mac.mac_iso9797_3(key[:8], key[8:], data, method, length)
        return made

    def arpc_1(self, key: bytes, arqc: bytes, code: bytes) -> bytes:
        """See ``Suite``."""
        made: bytes = pyemv().ac.generate_arpc_1(key, arqc, code)
        return made

    def cbc(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """See ``Suite``."""
        return cbc(key, data, decrypt=decrypt)

    def ecb(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """See ``Suite``."""
        return ecb(key, data, decrypt=decrypt)


class AesSuite:
    """CMAC, and one block for a key of 16 bytes (EMV Book 2, annex A1)."""

    block = aes.BLOCK

    def derive(self, option: str, imk: bytes, pan: str, psn: int) -> bytes:
        """See ``Suite``: option C, there is no other."""
        return aes.derive_master(imk, pan, psn)

    def session(self, method: str, master: bytes, diversifier: bytes) -> bytes:
        """See ``Suite``: the common method, there is no other."""
        return aes.derive_session(master, diversifier)

    def mac(self, key: bytes, data: bytes, padding: str, length: int) -> bytes:
        """See ``Suite``; CMAC pads by itself."""
        return aes.cmac(key, data, length)

    def arpc_1(self, key: bytes, arqc: bytes, code: bytes) -> bytes:
        """See ``Suite``."""
        return aes.arpc_1(key, arqc, code)

    def cbc(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """See ``Suite``."""
        return aes.cbc(key, data, decrypt=decrypt)

    def ecb(self, key: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
        """AES messages are chained; the separate mode is Visa's, with 3DES."""
        return aes.cbc(key, data, decrypt=decrypt)


SUITES: dict[str, Suite] = {"3des": TripleDesSuite(), "aes": AesSuite()}


def _process_key(master: bytes, atc: bytes) -> bytes:
    """The process key of PBOC: the ATC, zeros on the left, and its complement, enciphered."""
    inverse = bytes(byte ^ 0xFF for byte in atc)
    made = ecb(master, atc.rjust(8, b"\0") + inverse.rjust(8, b"\0"))
    key: bytes = pyemv().tools.adjust_key_parity(made)
    return key
