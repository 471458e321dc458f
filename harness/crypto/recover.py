"""Recovering certified keys and verifying signatures, as a terminal does (EMV Book 2, 5 and 6).

Everything that comes from the card may be wrong in any way: nothing here raises for it. Steps
that make no sense after a failure are left out; those that are independent of it are still done,
because a person who looks for the cause wants to know them all. Shares raw RSA and SHA-1 with
``certificates``, the building side, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from harness.core.i18n import _
from harness.core.masking import mask_pan
from harness.crypto.capk import CaKey
from harness.crypto.oda import OdaFailure, OdaStep, Recovered, StepLog
from harness.crypto.opening import BOOK2, HASH_AND_TRAILER, open_signed, present
from harness.crypto.rsa import RsaPublicKey
from harness.crypto.signatures import verify_cda, verify_dda, verify_sda

_RSA = 0x01
_SHORTEST = 64  # bytes of a modulus: 512 bits; shorter ones are no keys but coding mistakes
_ISSUER_OVERHEAD, _ICC_OVERHEAD = 36, 42  # bytes of a certificate that hold no digit of the key

# Revoked certificates: (RID, CA key index, certificate serial number).
Revocations = Collection[tuple[bytes, int, bytes]]


def recover_issuer_key(  # noqa: PLR0917 - the order of the tags in the books
    ca: CaKey,
    certificate: bytes | None,
    remainder: bytes | None,
    exponent: bytes | None,
    pan: str,
    today: date,
    *,
    revoked: Revocations = (),
) -> Recovered:
    """The issuer key out of tags 90, 92 and 9F32 (EMV Book 2, 5.3).

    ``pan``: digits. ``fields``: ``identifier`` (4), ``expiry`` (MMYY, 2), ``serial`` (3).
    """
    log = StepLog(BOOK2)
    if not present(log, {"90": certificate, "9F32": exponent}, "5.3"):
        return log.end()
    also = (remainder or b"") + (exponent or b"")
    block = open_signed(log, ca.key, certificate or b"", 0x02, also, "5.3", least=_ISSUER_OVERHEAD)
    if block is None:
        return log.end()
    fields = {"identifier": block[2:6], "expiry": block[6:8], "serial": block[8:11]}
    _check_identifier(log, fields["identifier"], pan)
    _check_expiry(log, fields["expiry"], today, "5.3 step 9")
    is_revoked = (ca.rid, ca.index, fields["serial"]) in revoked
    log.check(
        "revocation",
        not is_revoked,
        OdaFailure.REVOKED,
        _("certificate serial number {serial}").format(serial=fields["serial"].hex().upper()),
        "5.3 step 10",
    )
    key = _certified_key(
        log,
        block[12:-HASH_AND_TRAILER],
        remainder,
        exponent,
        signer=ca.key.length,
        clause="5.3 step 12",
    )
    return log.end(key, fields)


def recover_icc_key(  # noqa: PLR0917 - the order of the tags in the books
    issuer: RsaPublicKey,
    certificate: bytes | None,
    remainder: bytes | None,
    exponent: bytes | None,
    pan: str,
    static_data: bytes,
    today: date,
) -> Recovered:
    """The card's key out of tags 9F46, 9F48 and 9F47 (EMV Book 2, 6.4).

    ``static_data``: see ``signed_data.static_data_to_authenticate``. ``fields``: ``expiry``,
    ``serial``. The same steps recover a PIN encipherment key out of 9F2D, 9F2F and 9F2E.
    """
    log = StepLog(BOOK2)
    if not present(log, {"9F46": certificate, "9F47": exponent}, "6.4"):
        return log.end()
    also = (remainder or b"") + (exponent or b"") + static_data
    block = open_signed(log, issuer, certificate or b"", 0x04, also, "6.4", least=_ICC_OVERHEAD)
    if block is None:
        return log.end()
    fields = {"expiry": block[12:14], "serial": block[14:17]}
    certified = block[2:12].hex().upper().rstrip("F")
    log.check(
        "pan",
        bool(pan) and certified == pan,
        OdaFailure.PAN,
        _("the certificate is on PAN {pan}").format(
            pan=mask_pan(certified) if certified.isdigit() else _("with characters that are none")
        ),
        "6.4 step 8",
    )
    _check_expiry(log, fields["expiry"], today, "6.4 step 9")
    key = _certified_key(
        log,
        block[18:-HASH_AND_TRAILER],
        remainder,
        exponent,
        signer=issuer.length,
        clause="6.4 step 11",
    )
    return log.end(key, fields)


def _check_identifier(log: StepLog, identifier: bytes, pan: str) -> None:
    digits = identifier.hex().upper().rstrip("F")
    ok = 3 <= len(digits) <= 8 and digits.isdigit() and pan.startswith(digits)
    detail = _("the certificate is for PANs that begin with {digits}").format(digits=digits[:6])
    log.check("issuer identifier", ok, OdaFailure.IDENTIFIER, detail, "5.3 step 8")


def _check_expiry(log: StepLog, expiry: bytes, today: date, clause: str) -> None:
    """Good to the last day of the month. Years 00 to 49 are 20xx, 50 to 99 are 19xx."""
    text = expiry.hex()
    ok = False
    detail = _("{text} is no month and year").format(text=text.upper())
    if text.isdigit() and 1 <= int(text[:2]) <= 12:
        year = int(text[2:]) + (2000 if int(text[2:]) < 50 else 1900)
        ok = (year, int(text[:2])) >= (today.year, today.month)
        detail = _("good until {month}/{year}, judged on {today}").format(
            month=text[:2], year=year, today=today.isoformat()
        )
    log.check("expiry", ok, OdaFailure.EXPIRED, detail, clause)


def _certified_key(
    log: StepLog,
    rest: bytes,
    remainder: bytes | None,
    exponent: bytes | None,
    *,
    signer: int,
    clause: str,
) -> RsaPublicKey:
    """The key in ``rest``: algorithm, length of modulus and exponent, then the leftmost digits.

    ``signer``: bytes of the signing key, which is never shorter than the key that it certifies.
    """
    algorithm, length, exponent_length = rest[0], rest[1], rest[2]
    digits, tail, exponent = rest[3:], remainder or b"", exponent or b""
    log.check(
        "key algorithm",
        algorithm == _RSA,
        OdaFailure.ALGORITHM,
        _("{found:02X}, expected {wanted:02X}").format(found=algorithm, wanted=_RSA),
        clause,
    )
    modulus = digits[:length] + tail
    # What the certificate itself cannot hold is in the remainder, all of it and nothing else.
    whole = len(modulus) == length and _SHORTEST <= length <= signer
    sound = whole and modulus[0] != 0 and modulus[-1] & 1 == 1
    log.check(
        "modulus",
        sound,
        OdaFailure.MODULUS,
        _("{length} bytes said, {inside} inside and {tail} in the remainder").format(
            length=length, inside=min(length, len(digits)), tail=len(tail)
        ),
        clause,
    )
    known = exponent in (b"\x03", b"\x01\x00\x01") and len(exponent) == exponent_length
    log.check(
        "exponent",
        known,
        OdaFailure.EXPONENT,
        _("{value}, length said: {length}").format(
            value=exponent.hex().upper(), length=exponent_length
        ),
        clause,
    )
    # Whether it may be used is the log's business: a failure keeps it back.
    return RsaPublicKey(modulus, int.from_bytes(exponent, "big"))


__all__ = [
    "OdaFailure",
    "OdaStep",
    "Recovered",
    "Revocations",
    "recover_icc_key",
    "recover_issuer_key",
    "verify_cda",
    "verify_dda",
    "verify_sda",
]
