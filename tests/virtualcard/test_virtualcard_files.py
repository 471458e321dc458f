"""Closed-loop cards: issue, load, spend and query by plain ISO/IEC 7816-4 files."""

from __future__ import annotations

from pathlib import Path

import pytest
from carddialogue import Dialogue

from harness.crypto.des import ecb
from harness.profiles.image import list_images

CARDS = [image for image in list_images() if image.kind == "files"]


class Till(Dialogue):
    """A terminal that holds the issuer's key."""

    def authenticate(self, key: bytes | None = None) -> int:
        challenge = self.send("0084000008").data
        answer = ecb(key or self.app.keys.imk_ac, challenge)
        return self.send(bytes.fromhex("0082000008") + answer).sw

    @property
    def balance(self) -> int:
        return int(self.send("00B0810006").require().data.hex())

    def write(self, balance: int) -> int:
        return self.send(f"00D6810006{balance:012d}").sw


@pytest.fixture
def canteen() -> Till:
    till = Till("canteen")
    assert till.select().ok
    return till


def test_three_cards_are_shipped() -> None:
    assert [image.id for image in CARDS] == ["canteen", "coach", "hotel"]
    assert all(image.card_type == "" and image.basis == "none" for image in CARDS)


def test_query_spend_load_query(canteen: Till) -> None:
    assert canteen.balance == 2500
    assert canteen.write(2000) == 0x6982, "nobody is authenticated"
    assert canteen.authenticate() == 0x9000
    assert canteen.write(2500 - 480) == 0x9000
    assert canteen.send("00E200100A" + "261121" + "000000000480" + "01").ok
    assert canteen.write(2020 + 5000) == 0x9000
    assert canteen.send("00E200100A" + "261121" + "000000005000" + "02").ok
    assert canteen.balance == 7020
    newest = canteen.send("00B2011400").data
    assert newest.hex() == "261121" + "000000005000" + "02"
    assert canteen.send("00B2021400").data.hex().endswith("01")
    assert canteen.send("00B2031400").sw == 0x6A83


def test_rights_end_with_selection_and_reset(canteen: Till) -> None:
    canteen.authenticate()
    canteen.select()
    assert canteen.write(1) == 0x6982
    canteen.authenticate()
    canteen.power_cycle()
    assert canteen.send("00B0810006").sw == 0x6985
    canteen.select()
    assert canteen.write(1) == 0x6982
    assert canteen.balance == 2500


def test_a_wrong_key_and_a_used_challenge(canteen: Till) -> None:
    assert canteen.authenticate(bytes(16)) == 0x6300
    assert canteen.send("0082000008" + "00" * 8).sw == 0x6985
    assert canteen.write(1) == 0x6982


def test_the_oldest_payment_is_lost(canteen: Till) -> None:
    canteen.authenticate()
    for number in range(12):
        assert canteen.send("00E200100A" + f"261121{number:012d}01").ok
    kept = [canteen.send(f"00B2{place:02X}1400").data for place in range(1, 11)]
    assert [int(record[3:9].hex()) for record in kept] == list(range(11, 1, -1))
    assert canteen.send("00B20B1400").sw == 0x6A83


def test_hotel_credit_needs_the_guests_pin() -> None:
    till = Till("hotel")
    till.select()
    assert till.write(9000) == 0x6982
    assert till.send("0020008008249999FFFFFFFFFF").sw == 0x63C2
    assert till.send("0020008008241234FFFFFFFFFF").ok
    assert till.write(9000) == 0x9000
    for left in (2, 1, 0):
        assert till.send("0020008008249999FFFFFFFFFF").sw == 0x63C0 | left
    assert till.send("0020008008241234FFFFFFFFFF").sw == 0x6983
    assert till.write(8000) == 0x6982, "a wrong PIN takes the right away"
    assert till.balance == 9000


def test_coach_season_tickets() -> None:
    till = Till("coach")
    till.select()
    assert till.send("00B2011400").data.hex() == "01260101261231"
    assert till.send("00DC011407" + "02260101261231").sw == 0x6982
    till.authenticate()
    assert till.send("00DC011407" + "02260101261231").ok
    assert till.send("00E2001007" + "03270101271231").ok
    assert till.send("00E2001007" + "03270101271231").sw == 0x6A84
    assert till.send("00B2021400").data.hex() == "03270101271231"
    till.select()
    assert till.send("00E2001807" + "00422611210815").ok, "the validator needs no key"
    assert till.send("00B2011C00").data.hex() == "00422611210815"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00B0810006", 0x9000),
        ("00B0810000", 0x9000),
        ("00B0810600", 0x6B00),
        ("00B0820000", 0x6981),
        ("00B0890000", 0x6A82),
        ("00B0010000", 0x6A86),
        ("00B2011500", 0x6A86),
        ("00B2010C00", 0x6981),
        ("00B2014C00", 0x6A82),
        ("00D6830001FF", 0x6982),
        ("00E2000801FF", 0x6981),
        ("0020008008241234FFFFFFFFFF", 0x6984),
        ("80CA9F3600", 0x6E00),
        ("00FF000000", 0x6D00),
        ("00A4040005A000000003", 0x6A82),
        ("00A4000000", 0x6A86),
        ("0082000001FF", 0x6700),
        ("00", 0x6700),
    ],
)
def test_status_words(canteen: Till, command: str, sw: int) -> None:
    assert canteen.send(command).sw == sw


def test_issuer_writes_only_what_fits_and_never_what_is_fixed(canteen: Till) -> None:
    canteen.authenticate()
    assert canteen.send("00D6830001FF").sw == 0x6982
    assert canteen.send("00D6810107" + "00" * 7).sw == 0x6700
    assert canteen.send("00E2001009" + "00" * 9).sw == 0x6700
    assert canteen.send("00DC01140A" + "00" * 10).sw == 0x6981


def test_balance_outlives_the_card_object(tmp_path: Path) -> None:
    state = tmp_path / "canteen.json"
    till = Till("canteen", state=state)
    till.select()
    till.authenticate()
    till.write(1234)
    again = Till("canteen", state=state)
    again.select()
    assert again.balance == 1234
    first = again.send("0084000008").data
    fresh = Till("canteen")
    fresh.select()
    assert fresh.send("0084000008").data != first
