"""Application cryptograms and their answers, by scheme and cryptogram version (over pyemv).

What pyemv gives is the arithmetic; what is added here is the table of versions, the choice of
data that a cryptogram covers, and a check of every input: pyemv takes hex letters in a PAN, keys
of other lengths, and fails with errors of other libraries.

Two kinds of error: CodecError for data that came from a card or a message (a missing tag, a wrong
length), ConfigError for what we were configured with (keys, an unknown version).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.errors import CodecError, ConfigError
from harness.core.spec import Spec
from harness.crypto.des import pyemv
from harness.crypto.iad import MASTERCARD, VISA, Iad, cvn_of, parse_iad

AC_SPEC = Spec("EMV 4.4 Book 2", "8.1", verified=False)
ARPC_SPEC = Spec("EMV 4.4 Book 2", "8.2", verified=False)

# The ten data elements that every version here covers, in this order, with their lengths.
AC_TAGS: tuple[tuple[int, int], ...] = (
    (0x9F02, 6),
    (0x9F03, 6),
    (0x9F1A, 2),
    (0x95, 5),
    (0x5F2A, 2),
    (0x9A, 3),
    (0x9C, 1),
    (0x9F37, 4),
    (0x82, 2),
    (0x9F36, 2),
)


@dataclass(frozen=True, slots=True)
class AcInput:
    """What a cryptogram is computed over: values by tag (``AC_TAGS``), and the whole 9F10."""

    values: Mapping[int, bytes]
    iad: bytes


@dataclass(frozen=True, slots=True)
class IccKeys:
    """A card's three 16-byte master keys: cryptogram, script integrity, script secrecy."""

    ac: bytes
    smi: bytes
    smc: bytes

    def __repr__(self) -> str:
        return "IccKeys(...)"


@dataclass(frozen=True, slots=True)
class IssuerMasterKeys:
    """An issuer's three 16-byte master keys, from which those of its cards are derived."""

    ac: bytes
    smi: bytes
    smc: bytes

    def __repr__(self) -> str:
        return "IssuerMasterKeys(...)"


@dataclass(frozen=True, slots=True)
class CryptogramScheme:
    """How one cryptogram version of one scheme works.

    ``key_option``: master key derivation A or B (EMV Book 2, annex A1.4). ``session``: ``none``,
    ``common`` (from the ATC) or ``mastercard`` (from ATC and unpredictable number). ``covers``:
    ``cvr``, ``cvr+counters`` or ``iad`` (all of 9F10), after the ten data elements. ``padding``:
    ``visa`` (ISO/IEC 9797-1 method 1) or ``emv`` (method 2). ``arpc_key``: ``master`` or
    ``session``. ``layouts``: the forms of 9F10 in which this version is known.
    """

    rid: bytes
    cvn: str
    name: str
    key_option: str
    session: str
    covers: str
    padding: str
    arpc_method: int
    arpc_key: str
    layouts: tuple[str, ...]
    spec: Spec = AC_SPEC

    def derive(self, imk: bytes, pan: str, psn: int | None) -> bytes:
        """Card master key from the issuer's (16 bytes), the PAN's digits and the PAN sequence
        number (None counts as 00). Raises ConfigError (key) or CodecError (PAN, PSN)."""
        _check_key(imk)
        _check_pan(pan, psn)
        kd = pyemv().kd
        derive = kd.derive_icc_mk_a if self.key_option == "A" else kd.derive_icc_mk_b
        key: bytes = derive(imk, pan, f"{psn or 0:02d}")
        return key

    def derive_all(self, keys: IssuerMasterKeys, pan: str, psn: int | None) -> IccKeys:
        """All three card master keys. Raises as ``derive``."""
        return IccKeys(*(self.derive(key, pan, psn) for key in (keys.ac, keys.smi, keys.smc)))

    def session_key(self, icc_mk: bytes, atc: bytes, un: bytes = b"") -> bytes:
        """Session key of this transaction; the master key itself where the version has none."""
        _check_key(icc_mk)
        _check_length("9F36", atc, 2)
        if self.session == "none":
            return icc_mk
        if self.session == "mastercard":
            _check_length("9F37", un, 4)
        tail = b"\x00\x00" + un if self.session == "mastercard" else bytes(6)
        key: bytes = pyemv().kd.derive_common_sk(icc_mk, atc + tail)
        return key

    def input(self, values: Mapping[int, bytes], iad: bytes) -> bytes:
        """The bytes that the cryptogram covers, before padding. Raises CodecError."""
        parts = [_value(values, tag, length) for tag, length in AC_TAGS]
        return b"".join(parts) + self._from_iad(iad)

    def _from_iad(self, iad: bytes) -> bytes:
        parsed = parse_iad(iad, self.rid)
        if parsed is None or parsed.cvn != self.cvn or parsed.layout not in self.layouts:
            raise CodecError(f"9F10 is not that of {self.name}: {len(iad)} bytes")
        return _covered(parsed, self.covers)

    def ac(self, icc_mk: bytes, values: Mapping[int, bytes], iad: bytes) -> bytes:
        """The 8-byte application cryptogram (ARQC, TC or AAC). Raises CodecError, ConfigError."""
        data = self.input(values, iad)
        key = self.session_key(icc_mk, values[0x9F36], values[0x9F37])
        library = pyemv().ac
        padding = library.PaddingType.VISA if self.padding == "visa" else library.PaddingType.EMV
        result: bytes = library.generate_ac(key, data, padding, 8)
        return result

    def verify_ac(
        self, icc_mk: bytes, values: Mapping[int, bytes], iad: bytes, cryptogram: bytes
    ) -> bool:
        """True where ``cryptogram`` (9F26) is what this card would compute. Raises as ``ac``."""
        return hmac.compare_digest(self.ac(icc_mk, values, iad), cryptogram)

    def arpc(
        self,
        icc_mk: bytes,
        arqc: bytes,
        *,
        atc: bytes,
        un: bytes = b"",
        code: bytes,
        proprietary: bytes = b"",
    ) -> bytes:
        """Issuer authentication data (tag 91). ``code`` is the two-byte response code (8A) for
        method 1, the four-byte card status update for method 2, which alone takes ``proprietary``
        (0 to 8 bytes). Raises CodecError."""
        _check_length("9F26", arqc, 8)
        key = icc_mk if self.arpc_key == "master" else self.session_key(icc_mk, atc, un)
        _check_key(key)
        library = pyemv().ac
        if self.arpc_method == 1:
            _check_length("authorisation response code", code, 2)
            if proprietary:
                raise CodecError("ARPC method 1 has no proprietary authentication data")
            first: bytes = library.generate_arpc_1(key, arqc, code)
            return first + code
        _check_length("card status update", code, 4)
        if len(proprietary) > 8:
            raise CodecError(f"proprietary authentication data of {len(proprietary)} bytes")
        second: bytes = library.generate_arpc_2(key, arqc, code, proprietary)
        return second + code + proprietary

    def verify_arpc(
        self, icc_mk: bytes, arqc: bytes, *, atc: bytes, un: bytes = b"", received: bytes
    ) -> bool:
        """True where ``received`` (tag 91) answers ``arqc``. Wrong lengths are just wrong."""
        cut = 8 if self.arpc_method == 1 else 4
        code = received[cut : cut + (2 if self.arpc_method == 1 else 4)]
        proprietary = received[cut + len(code) :]
        try:
            expected = self.arpc(icc_mk, arqc, atc=atc, un=un, code=code, proprietary=proprietary)
        except CodecError:
            return False
        return hmac.compare_digest(expected, received)


_V0, _V2, _M = ("visa-0",), ("visa-2",), ("mchip",)

# A table without functions: what a version is can be read off here. Source: pyemv 1.5 (MIT).
# fmt: off
SCHEMES: tuple[CryptogramScheme, ...] = tuple(CryptogramScheme(*row) for row in (
    (VISA, "0A", "Visa CVN 10", "A", "none", "cvr", "visa", 1, "master", _V0),
    (VISA, "12", "Visa CVN 18", "B", "common", "iad", "emv", 2, "session", _V0),
    (VISA, "22", "Visa CVN '22'", "B", "common", "iad", "emv", 2, "session", _V2),
    (MASTERCARD, "10", "Mastercard CVN 16", "A", "mastercard", "cvr", "emv", 1, "master", _M),
    (MASTERCARD, "11", "Mastercard CVN 17", "A", "mastercard", "cvr+counters", "emv", 1, "master", _M),  # noqa: E501
    (MASTERCARD, "14", "Mastercard CVN 20", "A", "common", "cvr", "emv", 1, "session", _M),
    (MASTERCARD, "15", "Mastercard CVN 21", "A", "common", "cvr+counters", "emv", 1, "session", _M),
))
# fmt: on


def find_scheme(iad: bytes, aid: bytes) -> CryptogramScheme | None:
    """The version that this 9F10 names, under the AID's RID; None where it is not known."""
    parsed = parse_iad(iad, aid)
    if parsed is None:
        return None
    for entry in SCHEMES:
        if (entry.rid, entry.cvn) == (aid[:5], parsed.cvn) and parsed.layout in entry.layouts:
            return entry
    return None


def scheme(cvn: str, aid: bytes) -> CryptogramScheme:
    """The version called ``cvn`` (two hex digits) of the scheme that owns ``aid`` (an AID or RID).

    Raises ConfigError that lists the versions there are.
    """
    for entry in SCHEMES:
        if (entry.rid, entry.cvn) == (aid[:5], cvn.upper()):
            return entry
    known = ", ".join(f"{entry.cvn} ({entry.name})" for entry in SCHEMES)
    raise ConfigError(
        f"no cryptogram version {cvn!r} for RID {aid[:5].hex().upper()}", todo=f"known: {known}"
    )


def ac_input(cvn: str, values: Mapping[int, bytes], iad: bytes, aid: bytes) -> bytes:
    """``scheme(cvn, aid).input(values, iad)``."""
    return scheme(cvn, aid).input(values, iad)


def generate_ac(cvn: str, aid: bytes, keys: IccKeys, txn: AcInput) -> bytes:
    """Cryptogram (8 bytes) by version and AID. Raises ConfigError, CodecError."""
    return scheme(cvn, aid).ac(keys.ac, txn.values, txn.iad)


def verify_ac(cvn: str, aid: bytes, keys: IccKeys, txn: AcInput, cryptogram: bytes) -> bool:
    """True where ``cryptogram`` is right. Raises as ``generate_ac``."""
    return scheme(cvn, aid).verify_ac(keys.ac, txn.values, txn.iad, cryptogram)


def _covered(parsed: Iad, covers: str) -> bytes:
    if covers == "iad":
        return parsed.raw
    return parsed.cvr + (parsed.counters if covers == "cvr+counters" else b"")


def _value(values: Mapping[int, bytes], tag: int, length: int) -> bytes:
    value = values.get(tag)
    if value is None:
        raise CodecError(f"tag {tag:X} is missing, the cryptogram covers it")
    _check_length(f"{tag:X}", value, length)
    return value


def _check_length(name: str, value: bytes, length: int) -> None:
    if len(value) != length:
        raise CodecError(f"{name} has {len(value)} bytes, not {length}")


def _check_key(key: bytes) -> None:
    if len(key) != 16:
        raise ConfigError(f"a 3DES master key has 16 bytes, not {len(key)}")


def _check_pan(pan: str, psn: int | None) -> None:
    # isdigit() alone would take digits of other scripts.
    if not (pan.isascii() and pan.isdigit() and 8 <= len(pan) <= 19):
        raise CodecError(f"a PAN has 8 to 19 digits; this has {len(pan)} characters")
    if psn is not None and not 0 <= psn <= 99:
        raise CodecError(f"a PAN sequence number has two digits, not {psn}")


__all__ = [
    "AC_TAGS",
    "SCHEMES",
    "AcInput",
    "CryptogramScheme",
    "IccKeys",
    "IssuerMasterKeys",
    "ac_input",
    "cvn_of",
    "find_scheme",
    "generate_ac",
    "scheme",
    "verify_ac",
]
