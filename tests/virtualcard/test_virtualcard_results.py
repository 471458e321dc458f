"""Card verification results tell the truth, bit by bit; issuer updates; small refusals."""

from __future__ import annotations

import pytest
from carddialogue import Ac, Dialogue, with_app

from harness.codec import apdu
from harness.codec.afl import parse_afl
from harness.profiles.image import RecordLayout, RiskParameters, load_image
from harness.virtualcard.personalise import access_list, signed_part

CALM = RiskParameters(new_card_online=False, lower_offline_limit=1, upper_offline_limit=2)


def arpc(talk: Dialogue, first: Ac, code: bytes) -> bytes:
    """Issuer authentication data, by the scheme that the card itself uses for nothing else."""
    perso = talk.card._engine.apps[0].perso  # type: ignore[attr-defined]
    return perso.cryptograms.arpc(perso.master_key, first.ac, atc=first.atc, code=code)


def visa_cvr(ac: Ac) -> tuple[int, int, int]:
    assert ac.iad[3] == 3
    return ac.iad[4], ac.iad[5], ac.iad[6]


class TestVisaLike:
    """Four bytes; the first is their length."""

    def test_plain(self) -> None:
        talk = Dialogue(with_app("visa-credit", risk=CALM))
        talk.initiate()
        assert visa_cvr(Ac(talk.first("TC"))) == (0x90, 0x10, 0x00)

    def test_dynamic_authentication_done(self, visa: Dialogue) -> None:
        visa.initiate()
        visa.send(apdu.internal_authenticate(bytes(4)))
        assert visa_cvr(Ac(visa.first("ARQC"))) == (0xA0, 0x10, 0x02)

    @pytest.mark.parametrize(("pin", "first", "tries"), [("1234", 0xA4, 0), ("0000", 0xA6, 0x40)])
    def test_pin(self, pin: str, first: int, tries: int) -> None:
        talk = Dialogue(with_app("visa-credit", pin_tries=1))
        talk.initiate()
        talk.send(apdu.verify_plaintext(pin))
        assert visa_cvr(Ac(talk.first("ARQC"))) == (first, 0x10 | tries, 0x00)

    def test_velocity_and_unable_to_go_online(self) -> None:
        talk = Dialogue(with_app("visa-credit", risk=CALM))
        talk.initiate()
        talk.initiate()
        assert visa_cvr(Ac(talk.first("ARQC"))) == (0xA0, 0x30, 0x00)
        talk.values[0x8A] = b"Z3"
        assert visa_cvr(Ac(talk.second("AAC"))) == (0x21, 0x30, 0x00)

    def test_issuer_authentication_that_never_came(self, visa: Dialogue) -> None:
        visa.initiate()
        visa.first("ARQC")
        visa.values[0x8A] = b"00"
        visa.second("TC")
        visa.initiate()
        assert visa_cvr(Ac(visa.first("ARQC"))) == (0xA0, 0x04, 0x00)

    def test_unfinished_and_then_finished(self, visa: Dialogue) -> None:
        visa.initiate()
        visa.first("ARQC")
        visa.initiate()
        assert visa_cvr(Ac(visa.first("ARQC"))) == (0xA0, 0x90, 0x00)
        visa.values[0x8A] = b"00"
        assert visa_cvr(Ac(visa.second("TC"))) == (0x60, 0x90, 0x00)
        visa.initiate()
        assert visa_cvr(Ac(visa.first("ARQC"))) == (0xA0, 0x04, 0x00)


class TestMastercardLike:
    """Six bytes at offset 2 of 9F10."""

    def test_plain_abroad_and_at_home(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        assert Ac(mastercard.first("ARQC")).iad[2:8].hex() == "a00003220000"
        mastercard.values[0x9F1A] = bytes.fromhex("0250")
        mastercard.initiate()
        assert Ac(mastercard.first("ARQC")).iad[2:8].hex() == "a00003240000"

    def test_signatures(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        mastercard.send(apdu.internal_authenticate(bytes(4)))
        assert Ac(mastercard.first("ARQC", cda=True)).iad[3] == 0xC0
        mastercard.values[0x8A] = b"00"
        assert Ac(mastercard.second("TC", cda=True)).iad[3] == 0xE0

    def test_dynamic_number_is_told(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        assert Ac(mastercard.first("ARQC")).iad[8:10] == b"\0\0"
        mastercard.initiate()
        assert Ac(mastercard.first("ARQC", cda=True)).iad[8:10] != b"\0\0"

    def test_limits_and_unable_to_go_online(self) -> None:
        talk = Dialogue(with_app("mastercard-debit", risk=CALM))
        for five in ("00", "80", "c0"):
            talk.initiate()
            assert Ac(talk.first("ARQC")).iad[6:7].hex() == five
        talk.values |= {0x8A: b"Y3", 0x91: b"\x55" * 10}
        second = Ac(talk.second("TC"))
        assert second.iad[5] & 0x40, "unable to go online"
        assert not second.iad[3] & 0x10, "nothing from an issuer that was not reached is believed"
        assert second.cid == 0x00

    def test_tries_left(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        mastercard.send(apdu.verify_plaintext("0000"))
        assert Ac(mastercard.first("ARQC")).iad[2:8].hex() == "a40002120000"


class TestCardStatusUpdate:
    """What method 2 lets the issuer change."""

    def run(self, talk: Dialogue, code: str, kind: str = "TC") -> Ac:
        talk.initiate()
        first = Ac(talk.first("ARQC"))
        data = arpc(talk, first, bytes.fromhex(code))
        assert talk.send(f"0082000008{data.hex()}").ok
        talk.values[0x8A] = b"00"
        return Ac(talk.second(kind))

    def test_restores_pin_tries(self, visa: Dialogue) -> None:
        visa.select()
        visa.send(apdu.verify_plaintext("0000"))
        self.run(visa, "0F900000")
        assert visa.data(0x9F17) == b"\x03", "never above the limit of the image"
        self.run(visa, "01900000")
        assert visa.data(0x9F17) == b"\x01"

    def test_blocks_although_it_approves(self, visa: Dialogue) -> None:
        assert self.run(visa, "00A00000").cid == 0x00
        assert visa.select().sw == 0x6283
        visa.initiate()
        assert Ac(visa.first("ARQC")).cid == 0x00

    def test_online_next_time(self) -> None:
        talk = Dialogue(with_app("visa-credit", risk=RiskParameters(new_card_online=False)))
        self.run(talk, "00880000")
        talk.initiate()
        assert Ac(talk.first("TC")).cid == 0x80
        self.run(talk, "00800000")
        talk.initiate()
        assert Ac(talk.first("TC")).cid == 0x40


@pytest.mark.parametrize(
    ("command", "sw"),
    [("80A8000105830305282200", 0x6A86), ("80A8000005840305282200", 0x6A80)],
)
def test_initiation_refuses_and_stays_ready(visa: Dialogue, command: str, sw: int) -> None:
    visa.select()
    assert visa.send(command).sw == sw
    assert visa.send("00B2010C00").sw == 0x6985
    assert visa.send(apdu.get_processing_options(visa.pdol_data)).ok


def test_afl_puts_signed_records_first_in_each_entry() -> None:
    plan = [(1, 1, False), (1, 2, True), (1, 3, False), (2, 1, True), (2, 3, True), (12, 1, True)]
    records = tuple(RecordLayout(sfi, number, signed, (0x57,)) for sfi, number, signed in plan)
    entries = parse_afl(access_list(records))
    found = [(item.sfi, item.first, item.last, item.signed) for item in entries]
    assert found == [(1, 1, 1, 0), (1, 2, 3, 1), (2, 1, 1, 1), (2, 3, 3, 1), (12, 1, 1, 1)]


@pytest.mark.parametrize(
    ("sfi", "record", "signed"),
    [(10, "70025700", "5700"), (11, "70025700", "70025700"), (1, "7081025700", "5700")],
)
def test_signed_part_of_a_record(sfi: int, record: str, signed: str) -> None:
    assert signed_part(bytes.fromhex(record), sfi).hex() == signed


def test_a_value_in_data_wins_over_the_computed_one() -> None:
    app = load_image("visa-credit").applications[0]
    talk = Dialogue(with_app("visa-credit", data=app.data | {0x57: b"\x12\x34"}))
    talk.initiate()
    assert talk.read_all()[0x57] == b"\x12\x34"
