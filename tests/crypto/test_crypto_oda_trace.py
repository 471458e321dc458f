"""The steps that a person reads: which, in which order, with which citation, where they stop."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from harness.core.spec import Spec
from harness.crypto import certificates
from harness.crypto.oda import OdaFailure, Recovered
from harness.crypto.recover import (
    recover_icc_key,
    recover_issuer_key,
    verify_cda,
    verify_dda,
    verify_sda,
)
from harness.crypto.rsa import RsaPublicKey
from harness.crypto.signed_data import cda_transaction_data, static_data_to_authenticate

UN = bytes.fromhex("6F1C92A0")
RECORD = b"\x70\x03\x5a\x01\x00"


def _opening(clause: str) -> list[tuple[str, str]]:
    return [
        ("data", clause),
        ("length", f"{clause} step 1"),
        ("trailer", f"{clause} step 2"),
        ("header", f"{clause} step 3"),
        ("format", f"{clause} step 4"),
        ("hash algorithm", f"{clause} step 6"),
        ("hash", f"{clause} step 7"),
    ]


def _results(c: SimpleNamespace) -> dict[str, Recovered]:
    i, k = c.issuer_cert, c.icc_cert
    cda = certificates.cda_dynamic_data(b"\xab\xcd", 0x80, bytes(8), b"data")
    return {
        "issuer": recover_issuer_key(
            c.ca_key, i.certificate, i.remainder, i.exponent, c.pan, c.today
        ),
        "icc": recover_icc_key(
            c.issuer.public, k.certificate, k.remainder, k.exponent, c.pan, c.static, c.today
        ),
        "sda": verify_sda(
            c.issuer.public, certificates.signed_static_data(c.issuer, b"\xda\xc1", b""), b""
        ),
        "dda": verify_dda(c.icc.public, certificates.sign_dynamic(c.icc, b"\x02\xab\xcd", UN), UN),
        "cda": verify_cda(
            c.icc.public,
            certificates.sign_dynamic(c.icc, cda, UN),
            unpredictable_number=UN,
            cid=0x80,
            transaction_data=b"data",
        ),
        "static": static_data_to_authenticate([(1, RECORD), (11, RECORD)], b"\x82", b"\0\0"),
    }


TRACES = {
    "issuer": [
        *_opening("5.3"),
        ("issuer identifier", "5.3 step 8"),
        ("expiry", "5.3 step 9"),
        ("revocation", "5.3 step 10"),
        ("key algorithm", "5.3 step 12"),
        ("modulus", "5.3 step 12"),
        ("exponent", "5.3 step 12"),
    ],
    "icc": [
        *_opening("6.4"),
        ("pan", "6.4 step 8"),
        ("expiry", "6.4 step 9"),
        ("key algorithm", "6.4 step 11"),
        ("modulus", "6.4 step 11"),
        ("exponent", "6.4 step 11"),
    ],
    "sda": _opening("5.4"),
    "dda": [*_opening("6.5.2"), ("dynamic data", "6.5.2"), ("dynamic number", "6.5.2")],
    "cda": [
        *_opening("6.6.2"),
        ("dynamic data", "6.6.2"),
        ("dynamic number", "6.6.2"),
        ("cryptogram information", "6.6.2"),
        ("transaction data hash", "6.6.2"),
    ],
    "static": [
        ("signed record", "10.3"),
        ("signed record", "10.3"),
        ("static data tag list", "10.3"),
    ],
}


@pytest.mark.parametrize("which", TRACES)
def test_every_step_is_named_and_cited(chain: SimpleNamespace, which: str) -> None:
    found = _results(chain)[which]
    assert [(step.name, step.spec.clause) for step in found.steps] == TRACES[which]
    book = "EMV 4.4 Book 3" if which == "static" else "EMV 4.4 Book 2"
    for step in found.steps:
        assert step.ok is True
        assert step.spec == Spec(book, step.spec.clause, verified=False)
        assert step.detail


def test_details_say_what_was_seen(chain: SimpleNamespace) -> None:
    def details(which: str) -> dict[str, str]:
        return {step.name: step.detail for step in _results(chain)[which].steps}

    issuer, icc = details("issuer"), details("icc")
    assert issuer["data"] == "all there"
    assert issuer["length"] == "176 bytes, the key has 176"
    assert issuer["trailer"] == "BC, expected BC"
    assert issuer["hash"] == "SHA-1 over 159 bytes"  # 176 - 22, and 4 + 1 outside
    assert issuer["issuer identifier"] == "the certificate is for PANs that begin with 476173"
    assert issuer["expiry"] == "good until 12/2030, judged on 2026-11-20"
    assert issuer["revocation"] == "certificate serial number 000123"
    assert issuer["modulus"] == "144 bytes said, 140 inside and 4 in the remainder"
    assert issuer["exponent"] == "03, length said: 1"
    assert icc["pan"] == "the certificate is on PAN 476173******0119"
    assert details("dda")["dynamic data"] == "3 bytes said, 103 fit"
    assert details("dda")["dynamic number"] == "2 bytes in 3 of dynamic data"
    assert details("cda")["cryptogram information"] == "signed 80, sent 80"
    assert details("cda")["transaction data hash"] == "over 4 bytes"
    assert details("static")["static data tag list"] == "9F4A holds 82"


def test_fields_are_those_of_the_certificates(chain: SimpleNamespace) -> None:
    results = _results(chain)
    assert results["issuer"].fields == {
        "identifier": bytes.fromhex("476173FF"),
        "expiry": bytes.fromhex("1230"),
        "serial": bytes.fromhex("000123"),
    }
    assert results["icc"].fields == {
        "expiry": bytes.fromhex("1230"),
        "serial": bytes.fromhex("000456"),
    }
    assert set(results["cda"].fields) == {"dynamic-number", "cid", "cryptogram", "tdh"}
    assert results["cda"].fields["cid"] == b"\x80"


def test_missing_data_are_named(chain: SimpleNamespace) -> None:
    found = recover_issuer_key(chain.ca_key, None, None, None, chain.pan, chain.today)
    assert [step.detail for step in found.steps] == ["missing: 90, 9F32"]
    found = recover_icc_key(chain.issuer.public, None, None, None, "", b"", chain.today)
    assert [step.detail for step in found.steps] == ["missing: 9F46, 9F47"]
    assert verify_sda(chain.issuer.public, None, b"").steps[0].detail == "missing: 93"
    assert verify_dda(chain.icc.public, None, b"").steps[0].detail == "missing: 9F4B"


def test_nothing_is_judged_after_a_signature_that_does_not_open(chain: SimpleNamespace) -> None:
    """Header, format and hash mean something only one after the other."""
    i = chain.issuer_cert
    found = recover_issuer_key(
        chain.ca_key, i.certificate, bytes(4), i.exponent, "", date(2099, 1, 1)
    )
    assert found.failure is OdaFailure.HASH
    assert found.steps[-1].name == "hash"
    assert found.fields == {}
    flipped = bytes([i.certificate[0] ^ 1]) + i.certificate[1:]
    found = recover_issuer_key(chain.ca_key, flipped, i.remainder, i.exponent, "", chain.today)
    assert found.steps[-1].name == "trailer"
    assert sum(not step.ok for step in found.steps) == 1


def test_a_key_that_is_none_is_said_to_be_so(chain: SimpleNamespace) -> None:
    found = verify_sda(RsaPublicKey(bytes(144), 3), bytes(144), b"")
    assert found.steps[-1].detail == "a modulus must be greater than one"
    assert [(step.name, step.spec.clause) for step in found.steps[1:]] == [
        ("length", "5.4 step 1"),
        ("length", "5.4 step 1"),
    ]
    assert found.steps[-1].ok is False


def test_an_empty_record_adds_nothing() -> None:
    found = static_data_to_authenticate([(1, b"\x70\x00"), (1, RECORD)], None, b"\0\0")
    assert found.fields["static-data"] == RECORD[2:]


def test_transaction_data_are_put_together_by_the_book() -> None:
    response = bytes.fromhex("7712" + "9F270180" + "9F36020001" + "9F4B02ABCD" + "9F100106")
    objects = bytes.fromhex("9F270180" + "9F36020001" + "9F100106")
    assert cda_transaction_data(b"P", b"C1", b"C2", response) == b"PC1C2" + objects
    assert cda_transaction_data(b"P", b"C1", b"", response) == b"PC1" + objects
    for other in (b"", b"\x80\x01\x00", bytes.fromhex("70049F270180"), b"\x77"):
        assert cda_transaction_data(b"P", b"", b"", other) == b"P"
