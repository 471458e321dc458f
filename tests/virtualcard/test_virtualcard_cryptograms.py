"""GENERATE AC and issuer authentication: cryptograms held against pyemv used directly."""

from __future__ import annotations

import pytest
from carddialogue import TERMINAL, Ac, Dialogue, with_app
from pyemv.cvn import MasterCardCVN20, VisaCVN18

from harness.profiles.image import RiskParameters

ONLINE_TC, UNABLE = b"00", b"Y3"
APPROVE, REFUSE = bytes.fromhex("00800000"), bytes(4)


def oracle(talk: Dialogue) -> VisaCVN18 | MasterCardCVN20:
    keys = talk.app.keys
    made = VisaCVN18 if talk.app.cvn == "12" else MasterCardCVN20
    return made(keys.imk_ac, keys.imk_smi, keys.imk_smc, talk.app.pan, f"{talk.app.psn:02d}")


def expected(talk: Dialogue, ac: Ac) -> bytes:
    """The cryptogram over what the terminal sent last and the card's own AIP, ATC and 9F10."""
    tags = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)
    tail = ac.iad if talk.app.cvn == "12" else ac.iad[2:8]
    values = [talk.values[tag] for tag in tags]
    return oracle(talk).generate_ac(*values, talk.app.aip, ac.atc, tail)


def issuer_data(talk: Dialogue, ac: Ac, code: bytes) -> bytes:
    if talk.app.cvn == "12":
        return oracle(talk).generate_arpc(ac.ac, ac.atc, code) + code
    return oracle(talk).generate_arpc(ac.ac, ac.atc, code) + code


@pytest.mark.parametrize("kind", ["ARQC", "AAC"])
@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit"])
def test_first_cryptogram(image: str, kind: str) -> None:
    talk = Dialogue(image)
    talk.initiate()
    ac = Ac(talk.first(kind))
    assert ac.cid == {"ARQC": 0x80, "AAC": 0x00}[kind]
    assert ac.atc == b"\x00\x01"
    assert ac.ac == expected(talk, ac)


def test_formats(visa: Dialogue, mastercard: Dialogue) -> None:
    visa.initiate()
    mastercard.initiate()
    assert Ac(visa.first("ARQC")).node.tag == 0x80
    assert Ac(mastercard.first("ARQC")).order == [0x9F27, 0x9F36, 0x9F26, 0x9F10]


def test_visa_online_approved(visa: Dialogue) -> None:
    visa.initiate()
    first = Ac(visa.first("ARQC"))
    # 06, key index 01, CVN 12, CVR: second not requested, first ARQC; new card
    assert first.iad.hex() == "06011203a01000"
    data = issuer_data(visa, first, APPROVE)
    assert visa.send(f"0082000008{data.hex()}").sw == 0x9000
    visa.values[0x8A] = ONLINE_TC
    second = Ac(visa.second("TC"))
    assert (second.cid, second.atc) == (0x40, b"\x00\x01")
    assert second.iad.hex() == "06011203601000"
    assert second.ac == expected(visa, second)
    assert visa.data(0x9F13) == b"\x00\x01"
    assert visa.second("TC").sw == 0x6985


def test_wrong_issuer_data_ends_in_a_refusal(visa: Dialogue) -> None:
    visa.initiate()
    first = Ac(visa.first("ARQC"))
    data = bytearray(issuer_data(visa, first, APPROVE))
    data[0] ^= 1
    assert visa.send(f"0082000008{data.hex()}").sw == 0x6300
    right = issuer_data(visa, first, APPROVE)
    assert visa.send(f"0082000008{right.hex()}").sw == 0x6985, "once in a transaction"
    visa.values[0x8A] = ONLINE_TC
    second = Ac(visa.second("TC"))
    assert second.cid == 0x00
    assert second.iad[4] & 0x08, "CVR: issuer authentication failed"
    assert visa.data(0x9F13) == b"\x00\x00"
    visa.initiate()
    again = Ac(visa.first("TC"))
    assert again.cid == 0x80
    assert again.iad[5] & 0x08, "CVR: failed at the last online transaction"


def test_issuer_that_does_not_approve(visa: Dialogue) -> None:
    visa.initiate()
    first = Ac(visa.first("ARQC"))
    assert visa.send(f"0082000008{issuer_data(visa, first, REFUSE).hex()}").ok
    visa.values[0x8A] = ONLINE_TC
    assert Ac(visa.second("TC")).cid == 0x00


def test_issuer_blocks_the_application(visa: Dialogue) -> None:
    visa.initiate()
    first = Ac(visa.first("ARQC"))
    block = bytes.fromhex("00200000")
    assert visa.send(f"0082000008{issuer_data(visa, first, block).hex()}").ok
    visa.values[0x8A] = b"05"
    assert Ac(visa.second("AAC")).cid == 0x00
    assert visa.select().sw == 0x6283


@pytest.mark.parametrize("length", [0, 7, 17])
def test_external_authenticate_checks_the_length(visa: Dialogue, length: int) -> None:
    visa.initiate()
    visa.first("ARQC")
    command = f"00820000{length:02X}" + "00" * length
    assert visa.send(command).sw == 0x6700


def test_external_authenticate_out_of_sequence(visa: Dialogue) -> None:
    visa.initiate()
    assert visa.send("0082000008" + "00" * 8).sw == 0x6985
    visa.first("AAC")
    assert visa.send("0082000008" + "00" * 8).sw == 0x6985


def test_card_with_91_in_cdol2_has_no_external_authenticate(mastercard: Dialogue) -> None:
    mastercard.initiate()
    mastercard.first("ARQC")
    assert mastercard.send("0082000008" + "00" * 8).sw == 0x6D00


@pytest.mark.parametrize(("damage", "cid"), [(0, 0x40), (1, 0x00)])
def test_issuer_data_in_cdol2(mastercard: Dialogue, damage: int, cid: int) -> None:
    mastercard.initiate()
    first = Ac(mastercard.first("ARQC"))
    data = bytearray(issuer_data(mastercard, first, b"00"))
    data[3] ^= damage
    mastercard.values |= {0x8A: ONLINE_TC, 0x91: bytes(data)}
    second = Ac(mastercard.second("TC"))
    assert second.cid == cid
    assert second.ac == expected(mastercard, second)
    assert bool(second.iad[3] & 0x10), "CVR: issuer authentication performed"
    assert bool(second.iad[6] & 0x04) is bool(damage), "CVR: issuer authentication failed"


def test_without_issuer_data_the_card_still_completes(mastercard: Dialogue) -> None:
    mastercard.initiate()
    mastercard.first("ARQC")
    mastercard.values[0x8A] = ONLINE_TC
    second = Ac(mastercard.second("TC"))
    assert second.cid == 0x40
    assert not second.iad[3] & 0x10


def test_issuer_authentication_can_be_mandatory() -> None:
    risk = RiskParameters(issuer_authentication_mandatory=True)
    talk = Dialogue(with_app("mastercard-debit", risk=risk))
    talk.initiate()
    talk.first("ARQC")
    talk.values[0x8A] = ONLINE_TC
    assert Ac(talk.second("TC")).cid == 0x00


def test_order_of_cryptograms(visa: Dialogue) -> None:
    visa.select()
    assert visa.first("ARQC").sw == 0x6985
    visa.initiate()
    assert visa.second("TC").sw == 0x6700, "CDOL2 data at the first"
    visa.first("ARQC")
    assert visa.send("80AE80001F" + "00" * 31 + "00").sw == 0x6A86, "no ARQC at the second"
    assert visa.send("80AE40001D" + "00" * 29 + "00").sw == 0x6700
    visa.values[0x8A] = ONLINE_TC
    assert visa.second("AAC").ok
    assert visa.first("ARQC").sw == 0x6985


@pytest.mark.parametrize("p1", ["C0", "81", "A0", "88"])
def test_reserved_parameters(visa: Dialogue, p1: str) -> None:
    visa.initiate()
    assert visa.send(f"80AE{p1}001D" + "00" * 29 + "00").sw == 0x6A86
    assert visa.data(0x9F36) == b"\x00\x01"


def test_values_of_the_test_are_those_of_the_cdol() -> None:
    talk = Dialogue("visa-credit")
    assert len(talk.cdol1_data) == 29
    assert talk.cdol1_data.startswith(TERMINAL[0x9F02])


def test_log_holds_completed_transactions_newest_first(mastercard: Dialogue) -> None:
    for amount in ("000000000100", "000000000200"):
        mastercard.values[0x9F02] = bytes.fromhex(amount)
        mastercard.initiate()
        mastercard.first("ARQC")
        mastercard.values[0x8A] = ONLINE_TC
        mastercard.second("TC")
    mastercard.select()
    assert mastercard.data(0x9F4F).hex() == "9a039f02065f2a029f3602"
    records = [mastercard.send(f"00B2{number:02X}5C00") for number in (1, 2, 3)]
    assert records[0].data.hex() == "26112000000000020009780002"
    assert records[1].data.hex() == "26112000000000010009780001"
    assert records[2].sw == 0x6A83
