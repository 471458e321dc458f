"""The building side: what it makes is what the other side reads, and fits into APDUs."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import CodecError
from harness.crypto import certificates, recover
from harness.crypto.keys import own_test_key
from harness.crypto.rsa import RsaPublicKey

NAMES = (
    "own-test-issuer-visa-1152",
    "own-test-issuer-mastercard-1280",
    "own-test-icc-mastercard-1024",
    "own-test-icc-short-768",
)
UN = bytes.fromhex("6F1C92A0")


@pytest.mark.parametrize("ca", ["own-test-ca-1408", "own-test-ca-1984"])
@pytest.mark.parametrize("issuer", NAMES[:2])
@pytest.mark.parametrize("icc", NAMES[2:])
def test_every_combination_of_keys(chain: SimpleNamespace, ca: str, issuer: str, icc: str) -> None:
    ca_key, issuer_key, icc_key = map(own_test_key, (ca, issuer, icc))
    cert = certificates.issuer_certificate(
        ca_key,
        issuer_key.public,
        identifier=b"\x47\x61\x73\xff",
        expiry=b"\x12\x30",
        serial=b"abc",
    )
    known = recover.CaKey(b"", 0, ca_key.public, "own-test", "", b"")
    found = recover.recover_issuer_key(
        known, cert.certificate, cert.remainder, cert.exponent, chain.pan, chain.today
    )
    assert found.key == issuer_key.public
    icc_cert = certificates.icc_certificate(
        issuer_key,
        icc_key.public,
        pan=bytes.fromhex(chain.pan + "FFFF"),
        expiry=b"\x12\x30",
        serial=b"abc",
        static_data=b"static",
    )
    card = recover.recover_icc_key(
        issuer_key.public,
        icc_cert.certificate,
        icc_cert.remainder,
        icc_cert.exponent,
        chain.pan,
        b"static",
        chain.today,
    )
    assert card.key == icc_key.public


def test_remainders_are_there_exactly_when_needed(chain: SimpleNamespace) -> None:
    assert len(chain.issuer_cert.remainder) == 144 - (176 - 36)
    assert len(chain.icc_cert.remainder) == 128 - (144 - 42)
    short = own_test_key("own-test-icc-short-768").public
    made = certificates.icc_certificate(
        chain.issuer, short, pan=bytes(10), expiry=bytes(2), serial=bytes(3), static_data=b""
    )
    assert made.remainder == b""
    block = chain.issuer.public.recover(made.certificate)
    assert block[21 + 96 : -21] == b"\xbb" * 6


def test_certificates_fit_records_and_answers(chain: SimpleNamespace) -> None:
    """A record has at most 254 bytes: template and tag take up to seven."""
    assert len(chain.issuer_cert.certificate) + 7 <= 254
    assert len(chain.icc_cert.certificate) + 7 <= 254
    for issuer in NAMES[:2]:
        assert own_test_key(issuer).public.length + 7 <= 254


def test_the_block_is_built_byte_for_byte(chain: SimpleNamespace) -> None:
    """The layout of EMV Book 2, written down by hand."""
    block = chain.ca.public.recover(chain.issuer_cert.certificate)
    assert block[:15].hex().upper() == "6A02476173FF1230000123" + "01019001"
    assert block[15:-21] == chain.issuer.public.modulus[:140]
    assert block[-1] == 0xBC
    assert chain.issuer_cert.remainder == chain.issuer.public.modulus[140:]
    block = chain.issuer.public.recover(chain.icc_cert.certificate)
    assert block[:21].hex().upper() == "6A044761739001010119FFFF1230000456" + "01018001"


def test_signed_blocks_are_built_byte_for_byte(chain: SimpleNamespace) -> None:
    ssad = chain.issuer.public.recover(
        certificates.signed_static_data(chain.issuer, b"\xda\xc1", b"")
    )
    assert ssad[:5].hex() == "6a0301dac1"
    assert ssad[5:-21] == b"\xbb" * (144 - 26)
    sdad = chain.icc.public.recover(certificates.sign_dynamic(chain.icc, b"\x02\xab\xcd", UN))
    assert sdad[:7].hex() == "6a05010302abcd"
    assert sdad[7:-21] == b"\xbb" * (128 - 25 - 3)


def test_what_does_not_fit_is_refused(chain: SimpleNamespace) -> None:
    good = {"expiry": b"\x12\x30", "serial": bytes(3)}
    with pytest.raises(CodecError, match="identifier"):
        certificates.issuer_certificate(chain.ca, chain.issuer.public, identifier=b"\x47", **good)
    with pytest.raises(CodecError, match="expiry"):
        certificates.issuer_certificate(
            chain.ca, chain.issuer.public, identifier=bytes(4), expiry=b"", serial=bytes(3)
        )
    with pytest.raises(CodecError, match="serial"):
        certificates.issuer_certificate(
            chain.ca, chain.issuer.public, identifier=bytes(4), expiry=bytes(2), serial=b""
        )
    with pytest.raises(CodecError, match="PAN"):
        certificates.icc_certificate(
            chain.issuer, chain.icc.public, pan=bytes(8), static_data=b"", **good
        )
    with pytest.raises(CodecError, match="under a signer of 128"):
        certificates.issuer_certificate(chain.icc, chain.issuer.public, identifier=bytes(4), **good)
    with pytest.raises(CodecError, match="data authentication code"):
        certificates.signed_static_data(chain.issuer, b"\xda", b"")
    with pytest.raises(CodecError, match="do not fit"):
        certificates.sign_dynamic(chain.icc, bytes(128 - 24), UN)
    with pytest.raises(CodecError, match="9F26"):
        certificates.cda_dynamic_data(b"ab", 0x80, b"", b"")


def test_the_longest_dynamic_data_fit(chain: SimpleNamespace) -> None:
    signature = certificates.sign_dynamic(chain.icc, b"\x08" + bytes(128 - 26), UN)
    assert recover.verify_dda(chain.icc.public, signature, UN).ok


@pytest.mark.parametrize(("length", "ok"), [(1, False), (2, True), (8, True), (9, False)])
def test_dynamic_numbers_have_two_to_eight_bytes(length: int, ok: bool) -> None:
    if ok:
        data = certificates.dda_dynamic_data(bytes(length))
        assert data == bytes([length]) + bytes(length)
    else:
        with pytest.raises(CodecError):
            certificates.dda_dynamic_data(bytes(length))


@settings(max_examples=60, deadline=None)
@given(
    certificate=st.binary(max_size=200),
    remainder=st.none() | st.binary(max_size=60),
    exponent=st.none() | st.binary(max_size=5),
    pan=st.text(max_size=20),
    other=st.binary(max_size=40),
)
def test_no_card_data_raises(
    chain: SimpleNamespace,
    certificate: bytes,
    remainder: bytes | None,
    exponent: bytes | None,
    pan: str,
    other: bytes,
) -> None:
    """Random bytes, and random blocks that were signed properly, are failures and nothing else."""
    short = own_test_key("own-test-icc-short-768")
    signed = short.sign(b"\x6a" + certificate[:95].ljust(95, b"\x01"))
    today = date(2026, 11, 20)
    ca = recover.CaKey(b"", 0, short.public, "own-test", "", b"")
    for given_certificate in (certificate, signed):
        for found in (
            recover.recover_issuer_key(ca, given_certificate, remainder, exponent, pan, today),
            recover.recover_icc_key(
                short.public, given_certificate, remainder, exponent, pan, other, today
            ),
            recover.verify_sda(short.public, given_certificate, other),
            recover.verify_dda(short.public, given_certificate, other),
            recover.verify_cda(
                RsaPublicKey(other, 3),
                given_certificate,
                unpredictable_number=other,
                cid=0x80,
                transaction_data=other,
            ),
        ):
            assert not found.ok
            assert found.failure is not None
            assert found.key is None


@settings(max_examples=80, deadline=None)
@given(body=st.binary(min_size=74, max_size=74), also=st.binary(max_size=20))
def test_well_signed_nonsense_never_raises(body: bytes, also: bytes) -> None:
    """A correct header, hash and trailer around random content, for every format."""
    from hashlib import sha1

    key = own_test_key("own-test-icc-short-768")
    today = date(2026, 11, 20)
    ca = recover.CaKey(b"", 0, key.public, "own-test", "", b"")
    for form, at in ((2, 10), (4, 16), (3, 1), (5, 1)):
        content = bytearray(body)
        content[0], content[at] = form, 1
        digest = sha1(bytes(content) + also).digest()
        signed = key.sign(b"\x6a" + content + digest + b"\xbc")
        results = {
            2: lambda s=signed: recover.recover_issuer_key(ca, s, also[:-1], also[-1:], "4", today),
            4: lambda s=signed: recover.recover_icc_key(
                key.public, s, also[:-1], also[-1:], "4", b"", today
            ),
            3: lambda s=signed: recover.verify_sda(key.public, s, also),
            5: lambda s=signed: recover.verify_dda(key.public, s, also),
        }
        found = results[form]()
        assert found.steps
        assert found.ok == (found.failure is None)
