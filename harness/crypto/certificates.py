"""Building certificates and signatures as an issuer and a card do (EMV Book 2, chapters 5 and 6).

The other side, ``recover``, shares nothing with this module but raw RSA and SHA-1.
"""

from __future__ import annotations

from hashlib import sha1

from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.crypto.rsa import RsaPrivateKey, RsaPublicKey

ISSUER_SPEC = Spec("EMV 4.4 Book 2", "5.1", verified=False)
ICC_SPEC = Spec("EMV 4.4 Book 2", "6.1", verified=False)

_SHA1_AND_RSA = b"\x01\x01"
_MIN_PAD = 0xBB


@dataclass(frozen=True, slots=True)
class IssuerCert:
    """Tags 90, 92 (empty where the key fits its certificate) and 9F32."""

    certificate: bytes
    remainder: bytes
    exponent: bytes


@dataclass(frozen=True, slots=True)
class IccCert:
    """Tags 9F46, 9F48 (empty where the key fits its certificate) and 9F47."""

    certificate: bytes
    remainder: bytes
    exponent: bytes


def issuer_certificate(
    ca: RsaPrivateKey,
    issuer_public: RsaPublicKey,
    *,
    identifier: bytes,
    expiry: bytes,
    serial: bytes,
) -> IssuerCert:
    """The CA's certificate on an issuer key.

    ``identifier``: 4 bytes, the first 3 to 8 digits of the PAN, filled up with F on the right.
    ``expiry``: MMYY in BCD (2). ``serial``: 3 bytes. Raises CodecError on wrong lengths.
    """
    subject = _sized("identifier", identifier, 4)
    certificate, remainder = _certificate(ca, b"\x02" + subject, issuer_public, expiry, serial)
    return IssuerCert(certificate, remainder, issuer_public.exponent_bytes)


def icc_certificate(
    issuer: RsaPrivateKey,
    icc_public: RsaPublicKey,
    *,
    pan: bytes,
    expiry: bytes,
    serial: bytes,
    static_data: bytes,
) -> IccCert:
    """The issuer's certificate on a card key, which also signs ``static_data``.

    ``pan``: 10 bytes, the digits filled up with F on the right. Raises CodecError.
    """
    subject = _sized("PAN", pan, 10)
    certificate, remainder = _certificate(
        issuer, b"\x04" + subject, icc_public, expiry, serial, static_data=static_data
    )
    return IccCert(certificate, remainder, icc_public.exponent_bytes)


def _certificate(
    signer: RsaPrivateKey,
    head: bytes,
    subject: RsaPublicKey,
    expiry: bytes,
    serial: bytes,
    *,
    static_data: bytes = b"",
) -> tuple[bytes, bytes]:
    """Format and subject, then what both kinds of certificate have in common."""
    if subject.length > signer.public.length:
        raise CodecError(
            f"a key of {subject.length} bytes under a signer of {signer.public.length} bytes"
        )
    exponent = subject.exponent_bytes
    body = head + _sized("expiry", expiry, 2) + _sized("serial", serial, 3) + _SHA1_AND_RSA
    body += bytes([subject.length, len(exponent)])
    room = signer.public.length - len(body) - 22
    body += subject.modulus[:room].ljust(room, bytes([_MIN_PAD]))
    remainder = subject.modulus[room:]
    return _sign(signer, body, remainder + exponent + static_data), remainder


def signed_static_data(issuer: RsaPrivateKey, dac: bytes, static_data: bytes) -> bytes:
    """Signed static application data (tag 93) with the data authentication code ``dac`` (2)."""
    body = b"\x03\x01" + _sized("data authentication code", dac, 2)
    return _sign(issuer, _padded(body, issuer), static_data)


def dda_dynamic_data(dynamic_number: bytes) -> bytes:
    """ICC dynamic data of a DDA signature: the ICC dynamic number (2 to 8 bytes) and its length."""
    if not 2 <= len(dynamic_number) <= 8:
        raise CodecError(f"an ICC dynamic number has 2 to 8 bytes, not {len(dynamic_number)}")
    return bytes([len(dynamic_number)]) + dynamic_number


def cda_dynamic_data(
    dynamic_number: bytes, cid: int, cryptogram: bytes, transaction_data: bytes
) -> bytes:
    """ICC dynamic data of a CDA signature: number, CID, cryptogram (8), transaction data hash.

    ``transaction_data``: the values sent for PDOL and CDOL1 (and CDOL2 at the second GENERATE AC),
    then the objects of the answer but 9F4B, whole and in their order.
    """
    body = dda_dynamic_data(dynamic_number) + bytes([cid]) + _sized("9F26", cryptogram, 8)
    return body + sha1(transaction_data, usedforsecurity=False).digest()


def sign_dynamic(icc: RsaPrivateKey, icc_dynamic_data: bytes, terminal_data: bytes) -> bytes:
    """Signed dynamic application data (9F4B): DDA over the DDOL values, CDA over the 4-byte
    unpredictable number. Raises CodecError where the key is too short for the dynamic data."""
    body = b"\x05\x01" + bytes([len(icc_dynamic_data)]) + icc_dynamic_data
    return _sign(icc, _padded(body, icc), terminal_data)


def _padded(body: bytes, key: RsaPrivateKey) -> bytes:
    room = key.public.length - 22
    if len(body) > room:
        raise CodecError(f"{len(body)} bytes do not fit a key of {key.public.length} bytes")
    return body.ljust(room, bytes([_MIN_PAD]))


def _sign(key: RsaPrivateKey, body: bytes, also_hashed: bytes) -> bytes:
    """Header 6A, ``body``, SHA-1 over body and ``also_hashed``, trailer BC (annex A2.1)."""
    digest = sha1(body + also_hashed, usedforsecurity=False).digest()
    return key.sign(b"\x6a" + body + digest + b"\xbc")


def _sized(name: str, value: bytes, length: int) -> bytes:
    if len(value) != length:
        raise CodecError(f"{name} has {len(value)} bytes, not {length}")
    return value
