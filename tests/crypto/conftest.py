"""What the crypto tests have in common: vectors, and a chain of published test keys."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.paths import vectors
from harness.crypto import certificates
from harness.crypto.capk import CaKey, own_test_ca_key
from harness.crypto.keys import own_test_key

RID = bytes.fromhex("A000000003")
PAN = "4761739001010119"
TODAY = date(2026, 11, 20)


@pytest.fixture
def vector() -> Callable[[str], dict[str, Any]]:
    """Reads a file of vectors/crypto."""

    def read(name: str) -> dict[str, Any]:
        return tomllib.loads((vectors() / "crypto" / name).read_text())

    return read


@pytest.fixture(scope="session")
def chain() -> SimpleNamespace:
    """Own test CA, issuer and ICC, with good certificates and signatures over small data."""
    ca = own_test_key("own-test-ca-1408")
    issuer = own_test_key("own-test-issuer-visa-1152")
    icc = own_test_key("own-test-icc-visa-1024")
    static = bytes.fromhex("5A0847617390010101195F24033012313C00")
    found = own_test_ca_key(RID, 0xE1)
    assert isinstance(found, CaKey)
    return SimpleNamespace(
        ca=ca,
        ca_key=found,
        issuer=issuer,
        icc=icc,
        static=static,
        pan=PAN,
        today=TODAY,
        issuer_cert=certificates.issuer_certificate(
            ca,
            issuer.public,
            identifier=bytes.fromhex("476173FF"),
            expiry=bytes.fromhex("1230"),
            serial=bytes.fromhex("000123"),
        ),
        icc_cert=certificates.icc_certificate(
            issuer,
            icc.public,
            pan=bytes.fromhex(PAN + "FFFF"),
            expiry=bytes.fromhex("1230"),
            serial=bytes.fromhex("000456"),
            static_data=static,
        ),
    )
