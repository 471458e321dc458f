"""What an offline data authentication reports: every step, and the reason of the first failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import lru_cache

from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.crypto.rsa import RsaPublicKey


class OdaFailure(StrEnum):
    """Why a certificate or a signature was refused: a closed list."""

    MISSING = "missing"  # a data element that the step needs is absent
    LENGTH = "length"  # the signed object is not as long as the key
    TRAILER = "trailer"  # the last byte is not BC: mostly another key, or a changed object
    HEADER = "header"  # the first byte is not 6A
    FORMAT = "format"  # the format byte is that of another object
    HASH_ALGORITHM = "hash-algorithm"  # the hash is not said to be SHA-1
    HASH = "hash"  # the data that go with it were changed
    IDENTIFIER = "identifier"  # the issuer identifier is not the beginning of the PAN
    PAN = "pan"  # the certificate is on another PAN
    EXPIRED = "expired"  # the certificate's month has passed, or is none
    REVOKED = "revoked"  # the certificate is on the terminal's list
    ALGORITHM = "algorithm"  # the key is not said to be RSA
    MODULUS = "modulus"  # the key's length and what is there of it do not agree
    EXPONENT = "exponent"  # neither 3 nor 65537, or not of the length that was certified
    DYNAMIC_NUMBER = "dynamic-number"  # the ICC dynamic data are not built as they should be
    CID = "cid"  # the signed cryptogram information is not that of the answer
    TDH = "tdh"  # the transaction data hash is over other data
    STATIC_DATA = "static-data"  # a signed record is not coded in template 70
    TAG_LIST = "tag-list"  # the list of static data (9F4A) has more than the AIP


@dataclass(frozen=True, slots=True)
class OdaStep:
    """One step: its English name (stable), whether it held, and what was seen, for people."""

    name: str
    ok: bool
    detail: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Recovered:
    """The end of a recovery or verification.

    ``key`` is the certified key (None for a signature and after a failure). ``fields`` holds what
    was signed, by name: ``serial``, ``expiry``, ``identifier``, ``dac``, ``dynamic-number``,
    ``cid``, ``cryptogram``, ``tdh``. ``failure`` is the reason of the first step that failed.
    """

    steps: tuple[OdaStep, ...]
    failure: OdaFailure | None = None
    key: RsaPublicKey | None = None
    fields: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True when every step held."""
        return self.failure is None


@lru_cache(maxsize=128)
def _clause(document: str, clause: str) -> Spec:
    """The citation: some fifty steps of a transaction name the same few clauses."""
    return Spec(document, clause)


class StepLog:
    """Collects steps; the first failure is the one that counts."""

    def __init__(self, document: str) -> None:
        self._document = document
        self.steps: list[OdaStep] = []
        self.failure: OdaFailure | None = None

    def check(self, name: str, ok: bool, failure: OdaFailure, detail: str, clause: str) -> bool:
        """Note a step; gives ``ok`` back."""
        self.steps.append(OdaStep(name, ok, detail, _clause(self._document, clause)))
        if not ok and self.failure is None:
            self.failure = failure
        return ok

    def end(
        self, key: RsaPublicKey | None = None, fields: Mapping[str, bytes] | None = None
    ) -> Recovered:
        """The result: the key only where nothing failed, the fields as far as they were read."""
        kept = key if self.failure is None else None
        return Recovered(tuple(self.steps), self.failure, kept, fields or {})
