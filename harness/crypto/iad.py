"""Issuer application data (tag 9F10): which layout, which cryptogram version, which CVR.

A cryptogram version number means something only together with the scheme: byte 11 is one
method for Visa and another for Mastercard. It is always named by two hex digits of that byte.

Sources of the layouts (scheme specifications are not public, so none is verified): pyemv's own
test data, the public card traces of binaryfoo/emv-bertlv (UnionPay ``07 DKI CVN CVR4 algorithm``),
and AWS Payment Cryptography's published parameter descriptions.
"""

from __future__ import annotations

from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.core.spec import Spec

VISA = bytes.fromhex("A000000003")
MASTERCARD = bytes.fromhex("A000000004")
UNIONPAY = bytes.fromhex("A000000333")
INTERAC = bytes.fromhex("A000000277")
AMEX = bytes.fromhex("A000000025")
LAYOUTS_KNOWN = frozenset({VISA, MASTERCARD, UNIONPAY, INTERAC, AMEX})
"""RIDs of the schemes whose layout ``parse_iad`` knows."""

IAD_SPEC = Spec("EMV 4.4 Book 3", "Annex C (issuer application data)", verified=False)


@dataclass(frozen=True, slots=True)
class Iad:
    """A decoded 9F10. ``layout`` is ``visa-0``, ``visa-2``, ``mchip``, ``unionpay``, ``interac``,
    ``amex`` or ``ccd``; ``dki`` the derivation key index, ``cvn`` two hex digits (the common core
    identifier of ``ccd``); ``dac`` is Mastercard's, ``counters`` Mastercard's and the common
    core's; ``rest`` is what the issuer added."""

    raw: bytes
    layout: str
    dki: int
    cvn: str
    cvr: bytes
    dac: bytes = b""
    counters: bytes = b""
    rest: bytes = b""


def parse_iad(iad: bytes, rid: bytes) -> Iad | None:
    """Decode 9F10 of an application with this ``rid`` (5 bytes; a whole AID is cut to it).

    None where the scheme's layout is not known or the bytes do not follow it. The common core
    definition shows itself (32 bytes, 0F first and in the middle), and an application of any
    scheme may use it. Never raises.
    """
    return _of_scheme(iad, rid[:5]) or _ccd(iad)


def _of_scheme(iad: bytes, rid: bytes) -> Iad | None:
    if rid == VISA:
        return _visa_long(iad) if iad[:1] == b"\x1f" else _length_first(iad, 6, "visa-0")
    if rid == UNIONPAY:
        return _length_first(iad, 7, "unionpay")
    if rid == MASTERCARD:
        return _mchip(iad)
    if rid == AMEX:
        return _length_first(iad, 6, "amex")
    return _interac(iad) if rid == INTERAC else None


def cvn_of(iad: bytes, rid: bytes) -> str | None:
    """Cryptogram version as two hex digits (``"0A"``), or None as ``parse_iad``."""
    parsed = parse_iad(iad, rid)
    return parsed.cvn if parsed else None


def _length_first(iad: bytes, length: int, layout: str) -> Iad | None:
    """Length, key index, CVN, CVR of four bytes (its own length 03 first), then the rest."""
    if len(iad) < length + 1 or iad[0] != length:
        return None
    return Iad(iad, layout, iad[1], f"{iad[2]:02X}", iad[3:7], rest=iad[7:])


def _visa_long(iad: bytes) -> Iad | None:
    """32 bytes: length 1F, CVN, key index, CVR of five bytes, then the rest."""
    if len(iad) != 32:
        return None
    return Iad(iad, "visa-2", iad[2], f"{iad[1]:02X}", iad[3:8], rest=iad[8:])


def _mchip(iad: bytes) -> Iad | None:
    """Key index, CVN, CVR of six bytes, DAC or ICC dynamic number of two, counters."""
    if len(iad) not in (18, 20, 26, 28):
        return None
    return Iad(iad, "mchip", iad[0], f"{iad[1]:02X}", iad[2:8], dac=iad[8:10], counters=iad[10:])


def _interac(iad: bytes) -> Iad | None:
    """Length, key index, CVN, CVR of five bytes (its own length 04 first), then the rest."""
    if len(iad) < 8 or iad[0] != len(iad) - 1 or iad[3] != 0x04:
        return None
    return Iad(iad, "interac", iad[1], f"{iad[2]:02X}", iad[3:8], rest=iad[8:])


def _ccd(iad: bytes) -> Iad | None:
    """Common core: two halves with their length 0F. Identifier, key index, CVR of five bytes and
    counters of eight; then 15 bytes of the issuer (EMV Book 3, annex C9)."""
    if len(iad) != 32 or iad[0] != 0x0F or iad[16] != 0x0F:
        return None
    return Iad(iad, "ccd", iad[2], f"{iad[1]:02X}", iad[3:8], counters=iad[8:16], rest=iad[17:])


def _sized(name: str, value: bytes, length: int) -> bytes:
    if len(value) != length:
        raise CodecError(f"{name} has {len(value)} bytes, not {length}")
    return value


def _cvn_byte(cvn: str) -> bytes:
    try:
        return _sized("CVN", bytes.fromhex(cvn), 1)
    except ValueError as error:
        raise CodecError(f"a CVN is two hex digits, not {cvn!r}") from error


def visa_iad(cvn: str, dki: int, cvr: bytes, *, rest: bytes = b"") -> bytes:
    """Visa format 0/1/3: ``06 DKI CVN CVR(4)`` and up to 25 bytes of the issuer's own.

    Raises CodecError on wrong lengths.
    """
    if len(rest) > 25:
        raise CodecError(f"issuer discretionary data of {len(rest)} bytes, at most 25 fit")
    return b"\x06" + bytes([dki]) + _cvn_byte(cvn) + _sized("CVR", cvr, 4) + rest


def visa_long_iad(cvn: str, dki: int, cvr: bytes, *, rest: bytes = b"") -> bytes:
    """Visa format 2/4: 32 bytes, ``1F CVN DKI CVR(5)``, ``rest`` filled up with zeros.

    Raises CodecError on wrong lengths.
    """
    head = b"\x1f" + _cvn_byte(cvn) + bytes([dki]) + _sized("CVR", cvr, 5)
    return _sized("9F10", (head + rest).ljust(32, b"\x00"), 32)


def mchip_iad(cvn: str, dki: int, cvr: bytes, *, dac: bytes, counters: bytes) -> bytes:
    """Mastercard: ``DKI CVN CVR(6) DAC(2) counters(8)``, 18 bytes with eight counter bytes.

    ``counters`` may have 8, 10, 16 or 18 bytes. Raises CodecError on wrong lengths.
    """
    if len(counters) not in (8, 10, 16, 18):
        raise CodecError(f"counters have {len(counters)} bytes, not 8, 10, 16 or 18")
    head = bytes([dki]) + _cvn_byte(cvn) + _sized("CVR", cvr, 6)
    return head + _sized("DAC", dac, 2) + counters


def unionpay_iad(cvn: str, dki: int, cvr: bytes, *, algorithm: int = 1, rest: bytes = b"") -> bytes:
    """UnionPay: ``07 DKI CVN CVR(4) algorithm`` (01 is 3DES) and up to 24 bytes of the issuer's.

    Raises CodecError on wrong lengths.
    """
    if len(rest) > 24:
        raise CodecError(f"issuer discretionary data of {len(rest)} bytes, at most 24 fit")
    head = b"\x07" + bytes([dki]) + _cvn_byte(cvn) + _sized("CVR", cvr, 4)
    return head + bytes([algorithm]) + rest


def interac_iad(cvn: str, dki: int, cvr: bytes, *, rest: bytes = bytes(14)) -> bytes:
    """Interac: length, ``DKI CVN CVR(5)`` (04 first) and the rest, 22 bytes with 14 of these.

    Raises CodecError on wrong lengths.
    """
    if len(rest) > 24:
        raise CodecError(f"issuer discretionary data of {len(rest)} bytes, at most 24 fit")
    body = bytes([dki]) + _cvn_byte(cvn) + _sized("CVR", cvr, 5) + rest
    if cvr[0] != 0x04:
        raise CodecError(f"the CVR begins with its length 04, not {cvr[0]:02X}")
    return bytes([len(body)]) + body


def ccd_iad(
    cci: str, dki: int, cvr: bytes, *, counters: bytes = bytes(8), rest: bytes = bytes(15)
) -> bytes:
    """Common core, 32 bytes: ``0F CCI DKI CVR(5) counters(8) 0F`` and 15 of the issuer's own.

    ``cci`` is A5 for 3DES, A6 for AES. Raises CodecError on wrong lengths.
    """
    first = _cvn_byte(cci) + bytes([dki]) + _sized("CVR", cvr, 5) + _sized("counters", counters, 8)
    return b"\x0f" + first + b"\x0f" + _sized("issuer discretionary data", rest, 15)
