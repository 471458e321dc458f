"""Every reason why offline data authentication can fail: one input that makes it, and none that
is left out. Faults are made by signing wrong blocks with the published test keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha1
from types import SimpleNamespace

import pytest

from harness.crypto import certificates
from harness.crypto.keys import own_test_key
from harness.crypto.oda import OdaFailure, Recovered
from harness.crypto.primes import prime
from harness.crypto.recover import (
    recover_icc_key,
    recover_issuer_key,
    verify_cda,
    verify_dda,
    verify_sda,
)
from harness.crypto.rsa import RsaPrivateKey, RsaPublicKey
from harness.crypto.signed_data import static_data_to_authenticate

UN = bytes.fromhex("6F1C92A0")
Change = Callable[[bytearray], None]
F = OdaFailure


def _signed(key: RsaPrivateKey, body: bytes, also: bytes, change: Change | None = None) -> bytes:
    """A signed object over ``body`` whose block is changed before it is signed."""
    digest = sha1(body + also).digest()
    block = bytearray(b"\x6a" + body + digest + b"\xbc")
    if change is not None:
        change(block)
    return key.sign(bytes(block))


def _put(at: int, value: int) -> Change:
    def change(block: bytearray) -> None:
        block[at] = value

    return change


def _body(key: RsaPrivateKey, signed: bytes) -> bytes:
    return key.public.recover(signed)[1:-21]


# --- issuer certificate ------------------------------------------------------------------------


def _issuer(c: SimpleNamespace, **change: object) -> Recovered:
    given = {
        "ca": c.ca_key,
        "certificate": c.issuer_cert.certificate,
        "remainder": c.issuer_cert.remainder,
        "exponent": c.issuer_cert.exponent,
        "pan": c.pan,
        "today": c.today,
    }
    return recover_issuer_key(**{**given, **change})


def _issuer_block(c: SimpleNamespace, change: Change | None = None, **body: int) -> Recovered:
    """The issuer certificate with changed bytes: ``body`` before hashing, ``change`` after."""
    wrong = bytearray(_body(c.ca, c.issuer_cert.certificate))
    for place, value in body.items():
        wrong[int(place[1:])] = value
    also = c.issuer_cert.remainder + c.issuer_cert.exponent
    return _issuer(c, certificate=_signed(c.ca, bytes(wrong), also, change))


def _with_exponent(c: SimpleNamespace, exponent: bytes) -> Recovered:
    body = _body(c.ca, c.issuer_cert.certificate)
    certificate = _signed(c.ca, body, c.issuer_cert.remainder + exponent)
    return _issuer(c, certificate=certificate, exponent=exponent)


def _with_remainder(c: SimpleNamespace, remainder: bytes) -> Recovered:
    body = _body(c.ca, c.issuer_cert.certificate)
    certificate = _signed(c.ca, body, remainder + c.issuer_cert.exponent)
    return _issuer(c, certificate=certificate, remainder=remainder)


def _with_modulus(c: SimpleNamespace, modulus: bytes) -> Recovered:
    made = certificates.issuer_certificate(
        c.ca,
        RsaPublicKey(modulus, 3),
        identifier=b"\x47\x61\x73\xff",
        expiry=b"\x12\x30",
        serial=bytes(3),
    )
    return _issuer(c, certificate=made.certificate, remainder=made.remainder)


def _longer_than_the_ca(c: SimpleNamespace) -> Recovered:
    """177 bytes said and there, under a CA key of 176."""
    remainder = b"\x01" * (177 - 140)
    body = bytearray(_body(c.ca, c.issuer_cert.certificate))
    body[12] = 177
    certificate = _signed(c.ca, bytes(body), remainder + c.issuer_cert.exponent)
    return _issuer(c, certificate=certificate, remainder=remainder)


OTHER_CA = own_test_key("own-test-ca-1984")

ISSUER = {
    "no certificate": (F.MISSING, lambda c: _issuer(c, certificate=None)),
    "empty certificate": (F.MISSING, lambda c: _issuer(c, certificate=b"")),
    "no exponent": (F.MISSING, lambda c: _issuer(c, exponent=None)),
    "truncated": (F.LENGTH, lambda c: _issuer(c, certificate=c.issuer_cert.certificate[:-1])),
    "longer CA key": (
        F.LENGTH,
        lambda c: _issuer(c, ca=replace(c.ca_key, key=OTHER_CA.public)),
    ),
    "key that is none": (
        F.LENGTH,
        lambda c: _issuer(c, ca=replace(c.ca_key, key=RsaPublicKey(bytes(176), 3))),
    ),
    "flipped bit": (
        F.TRAILER,
        lambda c: _issuer(c, certificate=b"\x01" + c.issuer_cert.certificate[1:]),
    ),
    "trailer": (F.TRAILER, lambda c: _issuer_block(c, _put(-1, 0xBD))),
    "header": (F.HEADER, lambda c: _issuer_block(c, _put(0, 0x4A))),
    "format of an ICC": (F.FORMAT, lambda c: _issuer_block(c, b0=0x04)),
    "hash algorithm": (F.HASH_ALGORITHM, lambda c: _issuer_block(c, b10=0x02)),
    "hash": (F.HASH, lambda c: _issuer_block(c, _put(-2, 0))),
    "other remainder": (F.HASH, lambda c: _issuer(c, remainder=bytes(4))),
    "no remainder": (F.HASH, lambda c: _issuer(c, remainder=None)),
    "other exponent": (F.HASH, lambda c: _issuer(c, exponent=b"\x01\x00\x01")),
    "other issuer": (F.IDENTIFIER, lambda c: _issuer(c, pan="5413330089020011")),
    "no PAN": (F.IDENTIFIER, lambda c: _issuer(c, pan="")),
    "letters in identifier": (F.IDENTIFIER, lambda c: _issuer_block(c, b1=0xAB)),
    "two-digit identifier": (F.IDENTIFIER, lambda c: _issuer_block(c, b2=0xFF, b3=0xFF)),
    "expired": (F.EXPIRED, lambda c: _issuer(c, today=date(2031, 1, 1))),
    "month 13": (F.EXPIRED, lambda c: _issuer_block(c, b5=0x13)),
    "month 0": (F.EXPIRED, lambda c: _issuer_block(c, b5=0x00)),
    "letters in month": (F.EXPIRED, lambda c: _issuer_block(c, b5=0x0A)),
    "year 1999": (F.EXPIRED, lambda c: _issuer_block(c, b6=0x99)),
    "revoked": (
        F.REVOKED,
        lambda c: _issuer(c, revoked={(c.ca_key.rid, 0xE1, bytes.fromhex("000123"))}),
    ),
    "not RSA": (F.ALGORITHM, lambda c: _issuer_block(c, b11=0x02)),
    "modulus longer than there": (F.MODULUS, lambda c: _issuer_block(c, b12=145)),
    "modulus shorter than there": (F.MODULUS, lambda c: _issuer_block(c, b12=100)),
    "modulus of no use": (F.MODULUS, lambda c: _issuer_block(c, b12=0)),
    "modulus longer than the CA's": (F.MODULUS, _longer_than_the_ca),
    "modulus starts with zero": (F.MODULUS, lambda c: _issuer_block(c, b14=0)),
    "even modulus": (F.MODULUS, lambda c: _with_modulus(c, b"\xff" * 143 + b"\x02")),
    "modulus below 512 bits": (F.MODULUS, lambda c: _with_modulus(c, b"\xff" * 63)),
    "needless remainder": (
        F.MODULUS,
        lambda c: _with_remainder(c, c.issuer_cert.remainder + b"\1"),
    ),
    "remainder cut": (F.MODULUS, lambda c: _with_remainder(c, c.issuer_cert.remainder[:-1])),
    "exponent 2": (F.EXPONENT, lambda c: _with_exponent(c, b"\x02")),
    "exponent 00 03": (F.EXPONENT, lambda c: _with_exponent(c, b"\x00\x03")),
    "exponent length": (F.EXPONENT, lambda c: _issuer_block(c, b13=3)),
}


# --- ICC certificate ---------------------------------------------------------------------------


def _icc(c: SimpleNamespace, **change: object) -> Recovered:
    given = {
        "issuer": c.issuer.public,
        "certificate": c.icc_cert.certificate,
        "remainder": c.icc_cert.remainder,
        "exponent": c.icc_cert.exponent,
        "pan": c.pan,
        "static_data": c.static,
        "today": c.today,
    }
    return recover_icc_key(**{**given, **change})


def _icc_block(c: SimpleNamespace, change: Change | None = None, **body: int) -> Recovered:
    wrong = bytearray(_body(c.issuer, c.icc_cert.certificate))
    for place, value in body.items():
        wrong[int(place[1:])] = value
    also = c.icc_cert.remainder + c.icc_cert.exponent + c.static
    return _icc(c, certificate=_signed(c.issuer, bytes(wrong), also, change))


ICC = {
    "no certificate": (F.MISSING, lambda c: _icc(c, certificate=None)),
    "no exponent": (F.MISSING, lambda c: _icc(c, exponent=b"")),
    "truncated": (F.LENGTH, lambda c: _icc(c, certificate=c.icc_cert.certificate[1:])),
    "issuer key too short": (
        F.LENGTH,
        lambda c: _icc(c, issuer=RsaPublicKey(b"\xff" * 41, 3), certificate=bytes(41)),
    ),
    "other issuer": (
        F.TRAILER,
        lambda c: _icc(c, issuer=own_test_key("own-test-issuer-spare-1152").public),
    ),
    "header": (F.HEADER, lambda c: _icc_block(c, _put(0, 0))),
    "format of an issuer": (F.FORMAT, lambda c: _icc_block(c, b0=0x02)),
    "hash algorithm": (F.HASH_ALGORITHM, lambda c: _icc_block(c, b16=0)),
    "hash": (F.HASH, lambda c: _icc_block(c, _put(-21, 0))),
    "other static data": (F.HASH, lambda c: _icc(c, static_data=c.static + b"\0")),
    "other PAN": (F.PAN, lambda c: _icc(c, pan="4761739001010127")),
    "no PAN": (F.PAN, lambda c: _icc(c, pan="")),
    "PAN is a beginning": (F.PAN, lambda c: _icc(c, pan=c.pan[:-1])),
    "letters in PAN": (F.PAN, lambda c: _icc_block(c, b8=0xAB)),
    "expired": (F.EXPIRED, lambda c: _icc(c, today=date(2031, 1, 1))),
    "not RSA": (F.ALGORITHM, lambda c: _icc_block(c, b17=0)),
    "modulus": (F.MODULUS, lambda c: _icc_block(c, b18=127)),
    "exponent length": (F.EXPONENT, lambda c: _icc_block(c, b19=2)),
}


# --- signatures --------------------------------------------------------------------------------


def _sda(c: SimpleNamespace, change: Change | None = None, **given: object) -> Recovered:
    signature = certificates.signed_static_data(c.issuer, b"\xda\xc1", c.static)
    signature = _signed(c.issuer, _body(c.issuer, signature), c.static, change)
    return verify_sda(
        **{
            "issuer": c.issuer.public,
            "signature": signature,
            "static_data": c.static,
            **given,
        }
    )


SDA = {
    "missing": (F.MISSING, lambda c: _sda(c, signature=None)),
    "length": (F.LENGTH, lambda c: _sda(c, signature=bytes(143))),
    "key too short": (
        F.LENGTH,
        lambda c: _sda(c, issuer=RsaPublicKey(b"\xff" * 25, 3), signature=bytes(25)),
    ),
    "trailer": (F.TRAILER, lambda c: _sda(c, _put(-1, 0))),
    "header": (F.HEADER, lambda c: _sda(c, _put(0, 0))),
    "format": (F.FORMAT, lambda c: _sda(c, _put(1, 5))),
    "hash algorithm": (F.HASH_ALGORITHM, lambda c: _sda(c, _put(2, 0))),
    "hash": (F.HASH, lambda c: _sda(c, static_data=b"")),
}


def _dda(c: SimpleNamespace, dynamic: bytes = b"\x02\xab\xcd", **given: object) -> Recovered:
    signature = certificates.sign_dynamic(c.icc, dynamic, UN)
    return verify_dda(**{"icc": c.icc.public, "signature": signature, "terminal_data": UN, **given})


def _dda_length(c: SimpleNamespace, length: int) -> Recovered:
    body = bytearray(_body(c.icc, certificates.sign_dynamic(c.icc, b"\x02\xab\xcd", UN)))
    body[2] = length
    return _dda(c, signature=_signed(c.icc, bytes(body), UN))


DDA = {
    "missing": (F.MISSING, lambda c: _dda(c, signature=b"")),
    "length": (F.LENGTH, lambda c: _dda(c, signature=bytes(127))),
    "other card": (
        F.TRAILER,
        lambda c: _dda(c, icc=own_test_key("own-test-icc-spare-1024").public),
    ),
    "static signature": (
        F.FORMAT,
        lambda c: _dda(c, signature=certificates.signed_static_data(c.icc, b"\0\0", UN)),
    ),
    "other unpredictable number": (F.HASH, lambda c: _dda(c, terminal_data=bytes(4))),
    "no dynamic data": (F.DYNAMIC_NUMBER, lambda c: _dda(c, b"")),
    "one-byte number": (F.DYNAMIC_NUMBER, lambda c: _dda(c, b"\x01\xab")),
    "nine-byte number": (F.DYNAMIC_NUMBER, lambda c: _dda(c, b"\x09" + bytes(9))),
    "number longer than there": (F.DYNAMIC_NUMBER, lambda c: _dda(c, b"\x08\xab\xcd")),
    "dynamic data longer than the key": (F.DYNAMIC_NUMBER, lambda c: _dda_length(c, 104)),
}


def _cda(c: SimpleNamespace, dynamic: bytes | None = None, **given: object) -> Recovered:
    if dynamic is None:
        dynamic = certificates.cda_dynamic_data(b"\xab\xcd", 0x80, bytes(range(8)), b"data")
    signature = certificates.sign_dynamic(c.icc, dynamic, UN)
    return verify_cda(
        **{
            "icc": c.icc.public,
            "signature": signature,
            "unpredictable_number": UN,
            "cid": 0x80,
            "transaction_data": b"data",
            **given,
        }
    )


CDA = {
    "missing": (F.MISSING, lambda c: _cda(c, signature=None)),
    "hash": (F.HASH, lambda c: _cda(c, unpredictable_number=bytes(4))),
    "a DDA signature": (F.DYNAMIC_NUMBER, lambda c: _cda(c, b"\x02\xab\xcd")),
    "one byte short": (F.DYNAMIC_NUMBER, lambda c: _cda(c, b"\x02\xab\xcd" + bytes(28))),
    "other type": (F.CID, lambda c: _cda(c, cid=0x40)),
    "other transaction": (F.TDH, lambda c: _cda(c, transaction_data=b"data!")),
}


def _static(records: list[tuple[int, bytes]], tag_list: bytes | None = None) -> Recovered:
    return static_data_to_authenticate(records, tag_list, b"\x39\x00")


STATIC = {
    "no template": (F.STATIC_DATA, lambda c: _static([(1, b"\x5a\x01\x00")])),
    "nothing": (F.STATIC_DATA, lambda c: _static([(1, b"")])),
    "cut short": (F.STATIC_DATA, lambda c: _static([(1, b"\x70\x05\x5a\x01\x00")])),
    "padding first": (F.STATIC_DATA, lambda c: _static([(1, b"\x00\x70\x03\x5a\x01\x00")])),
    "without length": (F.STATIC_DATA, lambda c: _static([(1, b"\x70")])),
    "not coded in SFI 11": (F.STATIC_DATA, lambda c: _static([(11, b"\x5a\x01\x00")])),
    "second of two": (
        F.STATIC_DATA,
        lambda c: _static([(1, b"\x70\x03\x5a\x01\x00"), (1, b"\x71\x00")]),
    ),
    "more than the AIP": (F.TAG_LIST, lambda c: _static([], b"\x82\x9f\x36")),
    "another tag": (F.TAG_LIST, lambda c: _static([], b"\x84")),
    "empty list": (F.TAG_LIST, lambda c: _static([], b"")),
}

TABLES = {"issuer": ISSUER, "icc": ICC, "sda": SDA, "dda": DDA, "cda": CDA, "static": STATIC}
CASES = [
    pytest.param(failure, make, id=f"{table}: {name}")
    for table, cases in TABLES.items()
    for name, (failure, make) in cases.items()
]


@pytest.mark.parametrize(("failure", "make"), CASES)
def test_failure_has_its_reason(
    chain: SimpleNamespace, failure: OdaFailure, make: Callable[[SimpleNamespace], Recovered]
) -> None:
    found = make(chain)
    assert found.failure is failure, found.steps[-1]
    assert not found.ok
    assert found.key is None
    first = next(step for step in found.steps if not step.ok)
    assert first.detail


def test_every_failure_has_a_case() -> None:
    seen = {failure for cases in TABLES.values() for failure, _make in cases.values()}
    assert seen == set(OdaFailure)


def test_unchanged_input_passes_every_step(chain: SimpleNamespace) -> None:
    """The same makers without a fault: what fails above fails for its fault alone."""
    results = {
        "issuer": (_issuer(chain), _issuer_block(chain)),
        "icc": (_icc(chain), _icc_block(chain)),
        "signatures": (_sda(chain), _dda(chain), _dda_length(chain, 3), _cda(chain)),
        "static": (_static([(1, b"\x70\x03\x5a\x01\x00")], b"\x82"),),
    }
    for made in results.values():
        for found in made:
            assert found.ok, found.steps[-1]
            assert all(step.ok for step in found.steps)
    assert results["issuer"][1].key == chain.issuer.public
    assert results["icc"][1].key == chain.icc.public
    assert results["signatures"][0].fields == {"dac": b"\xda\xc1"}
    assert results["signatures"][1].fields == {"dynamic-number": b"\xab\xcd"}
    assert results["signatures"][3].fields["cryptogram"] == bytes(range(8))


def test_independent_faults_are_all_noted(chain: SimpleNamespace) -> None:
    """The first one counts, the others help who looks for the cause."""
    found = _issuer(chain, pan="5413330089020011", today=date(2031, 1, 1))
    assert found.failure is F.IDENTIFIER
    assert [step.name for step in found.steps if not step.ok] == ["issuer identifier", "expiry"]


@pytest.mark.parametrize("length", [64, 139, 140, 141, 175, 176])
def test_moduli_of_every_length_that_fits(chain: SimpleNamespace, length: int) -> None:
    """At 140 bytes a key just fits into a certificate of 176; above, the rest is tag 92."""
    modulus = bytes(range(1, 78)) * 3
    modulus = modulus[: length - 1] + b"\x0b"
    found = _with_modulus(chain, modulus)
    assert found.ok, found.steps
    assert found.key == RsaPublicKey(modulus, 3)


def test_certificate_is_good_to_the_end_of_its_month(chain: SimpleNamespace) -> None:
    assert _issuer(chain, today=date(2030, 12, 31)).ok
    assert _issuer(chain, today=date(2031, 1, 1)).failure is F.EXPIRED


def test_the_month_before_is_over(chain: SimpleNamespace) -> None:
    """11/30 is over in December 2030, and 01/30 is a month like the others."""
    assert _issuer_block(chain, b5=0x11, b6=0x30).ok
    cut = _body(chain.ca, chain.issuer_cert.certificate)
    body = cut[:5] + b"\x11" + cut[6:]
    also = chain.issuer_cert.remainder + chain.issuer_cert.exponent
    certificate = _signed(chain.ca, body, also)
    today = date(2030, 12, 1)
    assert _issuer(chain, certificate=certificate, today=today).failure is F.EXPIRED
    assert _issuer(chain, certificate=certificate, today=date(2030, 11, 30)).ok
    assert _issuer_block(chain, b5=0x01).ok


def test_years_turn_at_fifty(chain: SimpleNamespace) -> None:
    assert _issuer_block(chain, b6=0x49).ok
    found = _issuer_block(chain, b6=0x50)
    assert found.failure is F.EXPIRED
    assert any("good until 12/1950" in step.detail for step in found.steps)


@pytest.mark.parametrize("identifier", ["476FFFFF", "4761FFFF", "4761739F", "47617390"])
def test_identifiers_have_three_to_eight_digits(chain: SimpleNamespace, identifier: str) -> None:
    raw = bytes.fromhex(identifier)
    assert _issuer_block(chain, b1=raw[0], b2=raw[1], b3=raw[2], b4=raw[3]).ok


def test_proprietary_data_may_follow_in_the_dynamic_data(chain: SimpleNamespace) -> None:
    dynamic = certificates.cda_dynamic_data(b"\xab\xcd", 0x80, bytes(8), b"data") + b"more"
    found = _cda(chain, dynamic)
    assert found.ok
    assert len(found.fields["tdh"]) == 20


def test_the_smallest_key_that_can_hold_each_signature() -> None:
    """26 bytes hold a static signature, 25 an empty dynamic one: nothing is read beyond."""
    smallest = RsaPrivateKey(prime(104, 3, b"1"), prime(104, 3, b"2"), 3)
    assert smallest.public.length == 26
    signature = certificates.signed_static_data(smallest, b"\xda\xc1", b"static")
    found = verify_sda(smallest.public, signature, b"static")
    assert found.ok
    assert found.fields["dac"] == b"\xda\xc1"
    smaller = RsaPrivateKey(prime(104, 3, b"1"), prime(96, 3, b"2"), 3)
    assert smaller.public.length == 25
    signature = certificates.sign_dynamic(smaller, b"", UN)
    found = verify_dda(smaller.public, signature, UN)
    assert found.failure is F.DYNAMIC_NUMBER
    assert found.steps[-1].name == "dynamic number"


def test_revocation_needs_all_three(chain: SimpleNamespace) -> None:
    rid, serial = chain.ca_key.rid, bytes.fromhex("000123")
    others = {(rid, 0xE1, bytes(3)), (rid, 0xE2, serial), (bytes(5), 0xE1, serial)}
    assert _issuer(chain, revoked=others).ok


def test_details_do_not_show_the_pan(chain: SimpleNamespace) -> None:
    for found in (_icc(chain), _icc(chain, pan="4761739001010127"), _issuer(chain)):
        shown = " ".join(step.detail for step in found.steps)
        assert chain.pan not in shown
        assert "761739001" not in shown


def test_static_data_is_put_together_by_the_book() -> None:
    """SFI 1 to 10: the value of template 70; above: the whole record; then the AIP."""
    short, long = b"\x70\x03\x5a\x01\x07", b"\x70\x81\x80" + b"\x5a\x7e" + bytes(126)
    found = _static([(1, short), (10, long), (11, short), (30, long)], b"\x82")
    expected = short[2:] + long[3:] + short + long + b"\x39\x00"
    assert found.fields["static-data"] == expected
    assert _static([(1, short)]).fields["static-data"] == short[2:]
    assert _static([]).fields["static-data"] == b""
