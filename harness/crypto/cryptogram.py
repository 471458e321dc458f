"""Application cryptograms and their answers, by scheme and cryptogram version.

The arithmetic is in ``suites`` (3DES over pyemv, and AES). What is added here: the table of
versions, the choice of data that a cryptogram covers, and a check of every input, since pyemv
takes hex letters in a PAN and keys of other lengths, and fails with errors of other libraries.

Two kinds of error: CodecError for data that came from a card or a message (a missing tag, a wrong
length), ConfigError for what we were configured with (keys, an unknown version).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from harness.core.errors import CodecError, ConfigError
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.crypto.iad import INTERAC, MASTERCARD, UNIONPAY, VISA, Iad, cvn_of, parse_iad
from harness.crypto.suites import SUITES, Suite

AC_SPEC = Spec("EMV 4.4 Book 2", "8.1", verified=False)
ARPC_SPEC = Spec("EMV 4.4 Book 2", "8.2", verified=False)

GENERIC = b""
"""Instead of a RID: the common core definition, which any scheme's application may follow."""

# The ten data elements that most versions cover, in this order, with their lengths.
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

    ``rid`` is empty for the common core, which belongs to no scheme. ``key_option``: master key
    derivation A, B or C (EMV Book 2, annex A1.4). ``session``: ``none``, ``common`` (from the
    ATC), ``mastercard`` (from ATC and unpredictable number) or ``unionpay`` (ATC and its
    complement). ``covers``: ``cvr``, ``cvr+counters``, ``iad`` (all of 9F10) or ``byte-5`` (its
    fifth byte), after the data elements ``tags``. ``padding``: ``visa`` (ISO/IEC 9797-1 method 1)
    or ``emv`` (method 2). ``arpc_key``: ``master`` or ``session``. ``layouts``: the forms of 9F10
    in which this version is known. ``messaging`` names the row of ``messaging.METHODS``.
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
    messaging: str
    cipher: str = "3des"
    tags: tuple[tuple[int, int], ...] = AC_TAGS
    spec: Spec = AC_SPEC

    @property
    def suite(self) -> Suite:
        """The algorithms."""
        return SUITES[self.cipher]

    def derive(self, imk: bytes, pan: str, psn: int | None) -> bytes:
        """Card master key from the issuer's (16 bytes), the PAN's digits and the PAN sequence
        number (None counts as 00). Raises ConfigError (key) or CodecError (PAN, PSN)."""
        check_key(imk)
        _check_pan(pan, psn)
        return self.suite.derive(self.key_option, imk, pan, psn or 0)

    def derive_all(self, keys: IssuerMasterKeys, pan: str, psn: int | None) -> IccKeys:
        """All three card master keys. Raises as ``derive``."""
        return IccKeys(*(self.derive(key, pan, psn) for key in (keys.ac, keys.smi, keys.smc)))

    def session_key(self, icc_mk: bytes, atc: bytes, un: bytes = b"") -> bytes:
        """Session key of this transaction; the master key itself where the version has none."""
        check_key(icc_mk)
        check_length("9F36", atc, 2)
        if self.session == "none":
            return icc_mk
        if self.session == "mastercard":
            check_length("9F37", un, 4)
            return self.suite.session("common", icc_mk, atc + b"\x00\x00" + un)
        return self.suite.session(self.session, icc_mk, atc)

    def input(self, values: Mapping[int, bytes], iad: bytes) -> bytes:
        """The bytes that the cryptogram covers, before padding. Raises CodecError."""
        parts = [_value(values, tag, length) for tag, length in self.tags]
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
        return self.suite.mac(key, data, self.padding, 8)

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
        check_length("9F26", arqc, 8)
        key = icc_mk if self.arpc_key == "master" else self.session_key(icc_mk, atc, un)
        check_key(key)
        if self.arpc_method == 1:
            check_length("authorisation response code", code, 2)
            if proprietary:
                raise CodecError("ARPC method 1 has no proprietary authentication data")
            return self.suite.arpc_1(key, arqc, code) + code
        check_length("card status update", code, 4)
        if len(proprietary) > 8:
            raise CodecError(f"proprietary authentication data of {len(proprietary)} bytes")
        return self.suite.mac(key, arqc + code + proprietary, "emv", 4) + code + proprietary

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


_TRIPLE_DES = b"\x01"
"""UnionPay's algorithm byte; 04 is SM4."""
_V0, _V2, _M = ("visa-0",), ("visa-2",), ("mchip",)
_CONTACTLESS_TAGS = ((0x9F02, 6), (0x9F37, 4), (0x9F36, 2))

# A table without functions: what a version is can be read off here. Source: pyemv 1.5 (MIT), but
# for Visa 11 (public descriptions of the contactless specification), UnionPay 01 (public code that
# loads PBOC electronic cash) and the common core (EMV Book 2). docs/cryptograms.md says what
# proves each.
# fmt: off
SCHEMES: tuple[CryptogramScheme, ...] = (*(CryptogramScheme(*row) for row in (
    (VISA, "0A", "Visa CVN 0A", "A", "none", "cvr", "visa", 1, "master", _V0, "visa"),
    (VISA, "12", "Visa CVN 12", "B", "common", "iad", "emv", 2, "session", _V0, "visa"),
    (VISA, "22", "Visa CVN 22", "B", "common", "iad", "emv", 2, "session", _V2, "visa-22"),
    (MASTERCARD, "10", "Mastercard CVN 10", "A", "mastercard", "cvr", "emv", 1, "master", _M, "mastercard"),  # noqa: E501
    (MASTERCARD, "11", "Mastercard CVN 11", "A", "mastercard", "cvr+counters", "emv", 1, "master", _M, "mastercard"),  # noqa: E501
    (MASTERCARD, "14", "Mastercard CVN 14", "A", "common", "cvr", "emv", 1, "session", _M, "mastercard"),  # noqa: E501
    (MASTERCARD, "15", "Mastercard CVN 15", "A", "common", "cvr+counters", "emv", 1, "session", _M, "mastercard"),  # noqa: E501
    (VISA, "11", "Visa CVN 11", "A", "none", "byte-5", "visa", 1, "master", _V0, "visa", "3des", _CONTACTLESS_TAGS),  # noqa: E501
    (INTERAC, "85", "Interac CVN 85", "A", "mastercard", "iad", "emv", 1, "session", ("interac",), "interac"),  # noqa: E501
    (UNIONPAY, "01", "UnionPay CVN 01", "A", "unionpay", "cvr", "emv", 1, "session", ("unionpay",), "unionpay"),  # noqa: E501
    (GENERIC, "A5", "CCD '5' (3DES)", "B", "common", "iad", "emv", 2, "session", ("ccd",), "ccd"),
    (GENERIC, "A6", "CCD '6' (AES)", "C", "common", "iad", "emv", 2, "session", ("ccd",), "ccd", "aes"),  # noqa: E501
)),)
# fmt: on


def find_scheme(iad: bytes, aid: bytes) -> CryptogramScheme | None:
    """The version that this 9F10 names, under the AID's RID; None where it is not known.

    UnionPay names the algorithm beside the version: with SM4 (04) the method is not known.
    """
    parsed = parse_iad(iad, aid)
    if parsed is None or (parsed.layout == "unionpay" and parsed.rest[:1] != _TRIPLE_DES):
        return None
    for entry in SCHEMES:
        if _is(entry, parsed.cvn, aid) and parsed.layout in entry.layouts:
            return entry
    return None


def _is(entry: CryptogramScheme, cvn: str, aid: bytes) -> bool:
    return entry.cvn == cvn and entry.rid in (aid[:5], GENERIC)


def scheme(cvn: str, aid: bytes) -> CryptogramScheme:
    """The version called ``cvn`` (two hex digits) of the scheme that owns ``aid`` (an AID or RID).

    Raises ConfigError that lists the versions there are.
    """
    for entry in SCHEMES:
        if _is(entry, cvn.upper(), aid):
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
    if covers == "byte-5":
        return parsed.raw[4:5]
    return parsed.cvr + (parsed.counters if covers == "cvr+counters" else b"")


def _value(values: Mapping[int, bytes], tag: int, length: int) -> bytes:
    value = values.get(tag)
    if value is None:
        raise CodecError(f"tag {tag:X} is missing, the cryptogram covers it")
    check_length(f"{tag:X}", value, length)
    return value


def check_length(name: str, value: bytes, length: int) -> None:
    """Raises CodecError where ``value`` does not have ``length`` bytes."""
    if len(value) != length:
        raise CodecError(f"{name} has {len(value)} bytes, not {length}")


def check_key(key: bytes) -> None:
    """Raises ConfigError where ``key`` is no 16-byte key."""
    if len(key) != 16:
        raise ConfigError(f"a master or session key has 16 bytes, not {len(key)}")


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
