"""Certificates and signatures of the cards, judged by the side that verifies."""

from __future__ import annotations

from datetime import date
from hashlib import sha1

import pytest
from carddialogue import TERMINAL, Ac, Dialogue, with_app

from harness.codec import apdu
from harness.codec.tlv import parse
from harness.crypto.capk import CaKeyStore
from harness.crypto.recover import (
    recover_icc_key,
    recover_issuer_key,
    verify_cda,
    verify_dda,
    verify_sda,
)
from harness.crypto.rsa import RsaPublicKey
from harness.profiles.image import RecordLayout, load_image

TODAY = date(2026, 11, 20)
IMAGES = ("visa-credit", "mastercard-debit")


def static_data(talk: Dialogue) -> bytes:
    """Signed records of the shipped cards: SFI 2 record 1, without its template, then the AIP."""
    record = parse(talk.send(apdu.read_record(2, 1)).data).nodes[0].value
    return record + talk.app.aip


def issuer_key(talk: Dialogue, data: dict[int, bytes]) -> RsaPublicKey:
    ca = CaKeyStore.default(own_test=True).find(talk.app.aid[:5], data[0x8F][0])
    assert ca is not None
    found = recover_issuer_key(ca, data[0x90], data.get(0x92), data[0x9F32], talk.app.pan, TODAY)
    assert found.ok, found.failure
    assert found.key is not None
    return found.key


def icc_key(talk: Dialogue) -> RsaPublicKey:
    data = talk.read_all()
    issuer = issuer_key(talk, data)
    found = recover_icc_key(
        issuer, data[0x9F46], data.get(0x9F48), data[0x9F47], talk.app.pan, static_data(talk), TODAY
    )
    assert found.ok, found.failure
    assert found.key is not None
    return found.key


@pytest.mark.parametrize("image", IMAGES)
def test_dynamic_signature_verifies_and_changes(image: str) -> None:
    talk = Dialogue(image)
    talk.initiate()
    key = icc_key(talk)
    signatures = []
    for number in ("01020304", "01020304", "A1A2A3A4"):
        answer = talk.send(apdu.internal_authenticate(bytes.fromhex(number)))
        signature = parse(answer.require().data).nodes[0]
        value = signature.value if signature.tag == 0x80 else signature.children[0].value
        assert verify_dda(key, value, bytes.fromhex(number)).ok
        assert not verify_dda(key, value, b"\xff" * 4).ok
        signatures.append(value)
    assert len(set(signatures)) == 3


def test_certificate_does_not_cover_another_record(visa: Dialogue) -> None:
    visa.initiate()
    data = visa.read_all()
    issuer = issuer_key(visa, data)
    other = static_data(visa)[:-1] + b"\x01"
    found = recover_icc_key(
        issuer, data[0x9F46], data[0x9F48], data[0x9F47], visa.app.pan, other, TODAY
    )
    assert not found.ok


def test_the_same_seed_gives_the_same_card() -> None:
    one, two, three = (Dialogue("visa-credit", seed=seed) for seed in (7, 7, 8))
    answers = []
    for talk in (one, two, three):
        talk.initiate()
        answers.append(talk.send(apdu.get_challenge()).data)
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("data", ["", "010203", "0102030405"])
def test_internal_authenticate_checks_the_length(visa: Dialogue, data: str) -> None:
    visa.initiate()
    command = f"00880000{len(data) // 2:02X}{data}00" if data else "0088000000"
    assert visa.send(command).sw == 0x6700


def test_internal_authenticate_needs_a_transaction(visa: Dialogue) -> None:
    visa.select()
    assert visa.send(apdu.internal_authenticate(bytes(4))).sw == 0x6985


def test_card_without_dda_does_not_know_the_command() -> None:
    talk = Dialogue(with_app("visa-credit", aip=bytes.fromhex("1C00")))
    talk.initiate()
    assert talk.send(apdu.internal_authenticate(bytes(4))).sw == 0x6D00


def test_static_signature_of_an_sda_card() -> None:
    app = load_image("visa-credit").applications[0]
    extra = RecordLayout(sfi=3, number=3, signed=False, tags=(0x93,))
    talk = Dialogue(
        with_app("visa-credit", aip=bytes.fromhex("5C00"), records=(*app.records, extra))
    )
    talk.initiate()
    data = talk.read_all()
    signed = parse(talk.send(apdu.read_record(3, 3)).data).find(0x93)
    assert signed is not None
    key = issuer_key(talk, data)
    assert verify_sda(key, signed.value, static_data(talk)).ok
    assert not verify_sda(key, signed.value, static_data(talk) + b"\0").ok


def test_combined_signature_at_both_cryptograms(mastercard: Dialogue) -> None:
    talk = mastercard
    talk.initiate()
    key = icc_key(talk)
    first = Ac(talk.first("ARQC", cda=True))
    assert (first.cid, first.order) == (0x80, [0x9F27, 0x9F36, 0x9F4B, 0x9F10])
    # Transaction data by hand: no PDOL, CDOL1 values, then the objects around the signature.
    around = bytes.fromhex("9F270180 9F36020001 9F1012") + first.iad
    sent = talk.cdol1_data
    found = verify_cda(
        key,
        first.sdad,
        unpredictable_number=TERMINAL[0x9F37],
        cid=0x80,
        transaction_data=sent + around,
    )
    assert found.ok, found.failure
    assert found.fields["tdh"] == sha1(sent + around, usedforsecurity=False).digest()
    talk.values |= {0x8A: b"00", 0x9F37: bytes.fromhex("55667788")}
    second = Ac(talk.second("TC", cda=True))
    assert second.cid == 0x40
    around = bytes.fromhex("9F270140 9F36020001 9F1012") + second.iad
    assert verify_cda(
        key,
        second.sdad,
        unpredictable_number=talk.values[0x9F37],
        cid=0x40,
        transaction_data=sent + talk.cdol2_data + around,
    ).ok


def test_refusal_is_never_signed(mastercard: Dialogue) -> None:
    mastercard.initiate()
    command = "80AE10002B" + mastercard.cdol1_data.hex() + "00"
    refused = Ac(mastercard.send(command))
    assert (refused.cid, refused.order) == (0x00, [0x9F27, 0x9F36, 0x9F26, 0x9F10])


def test_cda_asked_of_a_card_without_it(visa: Dialogue) -> None:
    visa.initiate()
    assert visa.first("ARQC", cda=True).sw == 0x6A86
    assert visa.first("ARQC").ok


def test_combined_signature_covers_the_pdol_data() -> None:
    talk = Dialogue(with_app("mastercard-debit", pdol=bytes.fromhex("9F1A029F3501")))
    talk.initiate()
    key = icc_key(talk)
    first = Ac(talk.first("ARQC", cda=True))
    around = bytes.fromhex("9F270180 9F36020001 9F1012") + first.iad
    for pdol_data, good in ((bytes.fromhex("052822"), True), (b"", False)):
        found = verify_cda(
            key,
            first.sdad,
            unpredictable_number=TERMINAL[0x9F37],
            cid=0x80,
            transaction_data=pdol_data + talk.cdol1_data + around,
        )
        assert found.ok is good
