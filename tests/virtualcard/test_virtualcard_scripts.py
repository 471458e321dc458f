"""Issuer scripts: each does what it says, under a MAC, after a cryptogram, and is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from carddialogue import Ac, Dialogue, with_app

from harness.codec import apdu
from harness.crypto import messaging
from harness.crypto.cryptogram import IccKeys
from harness.crypto.pin import encipher_pin
from harness.profiles.image import Purse, RiskParameters, load_image

IMAGES = ("visa-credit", "visa-credit-cvn-22", "visa-debit", "mastercard-debit", "cirrus")
IMAGES += ("rupay-debit", "prostir-debit", "unionpay-debit", "interac-debit")


class Issuer:
    """A card in the middle of an online transaction, and the issuer's keys for it."""

    def __init__(self, image, kind: str = "ARQC") -> None:
        self.talk = Dialogue(image)
        self.talk.initiate()
        self.ac = Ac(self.talk.first(kind))
        app = self.talk.card._engine.apps[0]  # type: ignore[attr-defined]
        self.entry, self.keys, self.memory = (
            app.perso.cryptograms,
            app.perso.master_keys,
            app.memory,
        )

    @property
    def session(self) -> dict[str, bytes]:
        return {"atc": self.ac.atc, "arqc": self.ac.ac}

    def command(self, header: str, data: bytes = b"") -> bytes:
        cla = f"{messaging.method_of(self.entry).cla:02X}"
        whole = bytes.fromhex(cla + header)
        return messaging.protect(self.entry, self.keys, whole, data, **self.session)

    def send(self, header: str, data: bytes = b"") -> int:
        return self.talk.send(self.command(header, data)).sw


@pytest.mark.parametrize("image", IMAGES)
def test_application_block_and_unblock(image: str) -> None:
    issuer = Issuer(image)
    assert issuer.send("1E0000") == 0x9000
    assert Ac(issuer.talk.second("TC")).cid == 0x00
    assert issuer.talk.select().sw == 0x6283
    issuer.talk.initiate()
    issuer.ac = Ac(issuer.talk.first("ARQC"))
    assert issuer.ac.cid == 0x00, "a blocked application only declines"
    assert issuer.send("180000") == 0x9000
    assert issuer.talk.select().ok


@pytest.mark.parametrize("image", IMAGES)
def test_card_block_is_for_good(image: str) -> None:
    issuer = Issuer(image)
    assert issuer.send("160000") == 0x9000
    issuer.talk.power_cycle()
    assert issuer.talk.select().sw == 0x6A81
    assert issuer.talk.select(b"1PAY.SYS.DDF01").sw == 0x6A81


@pytest.mark.parametrize("image", IMAGES)
def test_pin_change_and_unblock(image: str) -> None:
    issuer = Issuer(image)
    command = messaging.pin_change(issuer.entry, issuer.keys, "987654", **issuer.session)
    assert b"\x98\x76\x54" not in command
    assert issuer.talk.send(command).ok
    talk = issuer.talk
    talk.initiate()
    assert talk.send(apdu.verify_plaintext("1234")).sw == 0x63C2
    assert talk.send(apdu.verify_plaintext("987654")).ok
    for _ in range(3):
        talk.send(apdu.verify_plaintext("0000"))
    assert talk.data(0x9F17) == b"\x00"
    assert talk.send(apdu.verify_plaintext("987654")).sw == 0x6983
    issuer.ac = Ac(talk.first("ARQC"))
    unblock = messaging.pin_unblock(issuer.entry, issuer.keys, **issuer.session)
    assert talk.send(unblock).ok
    assert talk.data(0x9F17) == b"\x03"


@pytest.mark.parametrize("current", ["1234", "4321"])
def test_visa_pin_change_with_the_current_pin(current: str) -> None:
    issuer = Issuer("visa-credit")
    command = messaging.pin_change(
        issuer.entry, issuer.keys, "5678", current=current, **issuer.session
    )
    issuer.talk.send(command)
    issuer.talk.initiate()
    right = issuer.talk.send(apdu.verify_plaintext("5678")).ok
    assert right == (current == "1234")


def test_put_data_changes_the_limits() -> None:
    risk = RiskParameters(lower_offline_limit=9, upper_offline_limit=9, new_card_online=False)
    issuer = Issuer(with_app("mastercard-debit", risk=risk))
    assert issuer.send("DA9F14", b"\x01") == 0x9000
    assert issuer.talk.data(0x9F14) == b"\x01"
    issuer.talk.second("AAC")
    kinds = []
    for _ in range(2):
        issuer.talk.initiate()
        kinds.append(Ac(issuer.talk.first("TC")).cid)
    assert kinds == [0x40, 0x80], "one offline, then the new limit sends it online"


def test_put_data_limits_the_amount_spent_offline() -> None:
    risk = RiskParameters(new_card_online=False)
    issuer = Issuer(with_app("mastercard-debit", risk=risk))
    assert issuer.send("DA9F54", bytes.fromhex("000000002500")) == 0x9000
    issuer.talk.second("AAC")
    kinds = []
    for _ in range(3):
        issuer.talk.initiate()
        kinds.append(Ac(issuer.talk.first("TC")).cid)
    assert kinds == [0x40, 0x40, 0x80], "12.34 twice, but not three times"


def test_update_record_is_what_is_read() -> None:
    issuer = Issuer("visa-credit")
    record = bytes.fromhex("70045F200142") + b""
    assert issuer.send("DC010C", record) == 0x9000
    assert issuer.talk.send(apdu.read_record(1, 1)).data == record
    issuer.talk.power_cycle()
    issuer.talk.initiate()
    assert issuer.talk.send(apdu.read_record(1, 1)).data == record


@pytest.mark.parametrize(
    ("header", "data", "sw"),
    [
        ("1E0001", "", 0x6A86),
        ("1E0000", "00", 0x6A80),
        ("240003", "", 0x6A86),
        ("240000", "00", 0x6A80),
        ("DA9F36", "0000", 0x6A88),
        ("DA9F14", "0000", 0x6A80),
        ("DA9F54", "00000000000A", 0x6A80),
        ("DA9F79", "000000000000", 0x6A88),
        ("DC0108", "7000", 0x6A86),
        ("DC01FC", "7000", 0x6A82),
        ("DC090C", "7000", 0x6A83),
        ("DC010C", "", 0x6A80),
    ],
)
def test_refused_scripts(header: str, data: str, sw: int) -> None:
    issuer = Issuer("visa-credit")
    assert issuer.send(header, bytes.fromhex(data)) == sw
    assert issuer.memory.script_failed
    assert issuer.memory.scripts == 0


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("place", [4, -1, -9])
def test_one_bit_wrong_and_nothing_happens(image: str, place: int) -> None:
    issuer = Issuer(image)
    command = bytearray(issuer.command("1E0000"))
    if place == 4:
        command[3] ^= 1
    else:
        command[place if len(command) + place > 4 else -2] ^= 1
    assert not issuer.talk.send(bytes(command)).ok
    assert not issuer.memory.blocked


def test_sequence_and_class() -> None:
    talk = Dialogue("visa-credit")
    talk.initiate()
    assert talk.send("841E000008" + "00" * 8).sw == 0x6985
    talk.first("ARQC")
    assert talk.send("841E000008" + "00" * 8).sw == 0x6988
    assert talk.send("841E000003" + "00" * 3).sw == 0x6987
    assert talk.send("8C1E000008" + "00" * 8).sw == 0x6882
    assert talk.send("801E000008" + "00" * 8).sw == 0x6E00
    assert talk.send("84A4040000").sw == 0x6E00


def test_keys_of_another_card_do_not_open_it() -> None:
    issuer = Issuer("visa-credit")
    issuer.keys = IccKeys(issuer.keys.ac, issuer.keys.smc, issuer.keys.smi)
    assert issuer.send("1E0000") == 0x6988


def test_the_issuer_reads_how_many_scripts_were_carried_out() -> None:
    issuer = Issuer("rupay-debit")
    issuer.send("DA9F14", b"\x05")
    issuer.send("DA9F23", b"\x07")
    issuer.send("DA9F23", b"")
    assert Ac(issuer.talk.second("AAC")).iad[6] & 0xF8 == 0x28


def test_enciphered_pin() -> None:
    talk = Dialogue("mastercard-credit")
    talk.initiate()
    key = talk.card._engine.apps[0].perso.icc_key.public  # type: ignore[attr-defined]

    def verify(pin: str, challenge: bytes) -> int:
        block = encipher_pin(key, pin, challenge, bytes(key.length - 17))
        return talk.send(bytes((0, 0x20, 0, 0x88, len(block))) + block).sw

    assert verify("1234", bytes(8)) == 0x6985, "no challenge was asked for"
    assert verify("1234", talk.send("0084000000").data) == 0x9000
    used = talk.send("0084000000").data
    assert verify("4321", used) == 0x63C2
    assert verify("1234", used) == 0x6985, "a challenge is good for one VERIFY"
    talk.send("0084000000")
    assert verify("1234", used) == 0x63C1, "an old challenge costs a try"
    assert talk.data(0x9F17) == b"\x01"


class TestPurse:
    """Electronic cash: the balance moves as it is spent and loaded."""

    def talk(self, **purse: object) -> Dialogue:
        image = load_image("unionpay-ecash")
        assert image.applications[0].purse is not None
        changed = replace(image.applications[0].purse, **purse)
        talk = Dialogue(with_app("unionpay-ecash", purse=changed))
        talk.values |= {0x9F7A: b"\x01", 0x5F2A: bytes.fromhex("0156")}
        return talk

    def balance(self, talk: Dialogue) -> int:
        talk.select()
        return int(talk.data(0x9F79).hex())

    def test_figures_are_readable_in_n12(self) -> None:
        talk = self.talk()
        talk.select()
        figures = [talk.data(tag).hex() for tag in (0x9F79, 0x9F77, 0x9F78, 0x9F6D)]
        assert figures == ["000000050000", "000000100000", "000000020000", "000000005000"]

    def test_spends_offline_until_the_threshold_then_goes_online(self) -> None:
        talk = self.talk(balance=8000)
        kinds, left = [], []
        for _ in range(4):
            talk.initiate()
            kinds.append(Ac(talk.first("TC")).cid)
            left.append(self.balance(talk))
        assert kinds == [0x40, 0x40, 0x40, 0x80]
        assert left == [6766, 5532, 4298, 4298]

    @pytest.mark.parametrize(
        ("purse", "values"),
        [
            ({"single_limit": 1000}, {}),
            ({"balance": 1000, "threshold": 0}, {}),
            ({}, {0x5F2A: bytes.fromhex("0978")}),
        ],
    )
    def test_too_much_goes_online(self, purse, values) -> None:
        talk = self.talk(**purse)
        talk.values |= values
        before = self.balance(talk)
        talk.initiate()
        assert Ac(talk.first("TC")).cid == 0x80
        assert self.balance(talk) == before

    def test_not_electronic_cash_unless_the_terminal_says_so(self) -> None:
        talk = self.talk()
        talk.values[0x9F7A] = b"\x00"
        talk.initiate()
        assert Ac(talk.first("TC")).cid == 0x80, "an ordinary card that was never online"
        assert self.balance(talk) == 50000

    def test_loading(self) -> None:
        issuer = Issuer("unionpay-ecash")
        assert issuer.send("DA9F79", bytes.fromhex("000000090000")) == 0x9000
        assert self.balance(issuer.talk) == 90000
        issuer = Issuer("unionpay-ecash")
        assert issuer.send("DA9F79", bytes.fromhex("000000100001")) == 0x6A80, "above its limit"
        assert issuer.send("DA9F77", bytes.fromhex("000000200000")) == 0x9000
        assert issuer.send("DA9F79", bytes.fromhex("000000100001")) == 0x9000

    def test_a_purse_needs_no_word_of_the_terminal_where_it_says_so(self) -> None:
        purse = Purse(5000, 5000, 5000, always=True)
        talk = Dialogue(with_app("visa-debit", purse=purse, currency=978))
        talk.initiate()
        assert Ac(talk.first("TC")).cid == 0x40
        assert self.balance(talk) == 3766
