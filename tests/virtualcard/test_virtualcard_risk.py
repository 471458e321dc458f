"""Card action analysis, counters that outlive resets, and the PIN."""

from __future__ import annotations

from typing import Any

import pytest
from carddialogue import Ac, Dialogue, with_app
from hypothesis import given
from hypothesis import strategies as st

from harness.codec import apdu
from harness.profiles.image import RiskParameters
from harness.virtualcard.application import CardApplication
from harness.virtualcard.risk import decide_first, decide_second
from harness.virtualcard.state import AcType

OFFLINE = RiskParameters(new_card_online=False)
CDOL_WITH_TYPE = bytes.fromhex("9F02069F03069F1A0295055F2A029A039C019F37049F3501")


def talk_with(**risk: Any) -> Dialogue:
    settings = {"new_card_online": False} | risk
    return Dialogue(with_app("visa-credit", risk=RiskParameters(**settings)))


def ask_tc(talk: Dialogue) -> int:
    talk.initiate()
    return Ac(talk.first("TC")).cid


def test_new_card_asks_for_its_issuer(visa: Dialogue) -> None:
    assert ask_tc(visa) == 0x80


def test_content_card_agrees_offline() -> None:
    talk = talk_with()
    assert ask_tc(talk) == 0x40
    assert talk.second("TC").sw == 0x6985


@pytest.mark.parametrize(
    ("limit", "currency", "cid"),
    [(1234, "0978", 0x40), (1233, "0978", 0x80), (5000, "0840", 0x80), (0, "0840", 0x40)],
)
def test_amount_limit(limit: int, currency: str, cid: int) -> None:
    talk = talk_with(offline_amount_limit=limit)
    talk.values[0x5F2A] = bytes.fromhex(currency)
    assert ask_tc(talk) == cid


def test_lower_limit_of_consecutive_offline_transactions() -> None:
    talk = talk_with(lower_offline_limit=2, upper_offline_limit=3)
    assert [ask_tc(talk) for _ in range(3)] == [0x40, 0x40, 0x80]


def test_upper_limit_when_the_issuer_cannot_be_reached() -> None:
    talk = talk_with(lower_offline_limit=1, upper_offline_limit=2)
    seen = []
    for _ in range(4):
        talk.initiate()
        first = Ac(talk.first("TC")).cid
        if first == 0x80:
            talk.values[0x8A] = b"Y3"
            seen.append(Ac(talk.second("TC")).cid)
        else:
            seen.append(first)
    assert seen == [0x40, 0x40, 0x00, 0x00]


def test_offline_only_terminal_gets_no_arqc() -> None:
    risk = RiskParameters(new_card_online=True, lower_offline_limit=1, upper_offline_limit=2)
    talk = Dialogue(with_app("visa-credit", risk=risk, cdol1=CDOL_WITH_TYPE))
    talk.values[0x9F35] = b"\x23"
    assert [ask_tc(talk) for _ in range(3)] == [0x40, 0x40, 0x00]


def test_unfinished_online_transaction_is_remembered(visa: Dialogue) -> None:
    talk = talk_with()
    talk.initiate()
    talk.first("ARQC")
    talk.power_cycle()
    talk.initiate()
    ac = Ac(talk.first("TC"))
    assert ac.cid == 0x80
    assert ac.iad[5] & 0x80, "CVR: last online transaction not completed"


RANK = {AcType.AAC: 0, AcType.ARQC: 1, AcType.TC: 2}


@given(
    requested=st.sampled_from(AcType),
    limits=st.tuples(st.integers(0, 4), st.integers(0, 4)).map(sorted),
    atc=st.integers(0, 6),
    online=st.integers(0, 6),
    flags=st.tuples(*[st.booleans()] * 4),
    terminal=st.sampled_from([b"", b"\x22", b"\x23", b"\x26"]),
    issuer=st.sampled_from([None, True, False]),
)
def test_never_above_the_request(
    requested: AcType,
    limits: list[int],
    atc: int,
    online: int,
    flags: tuple[bool, ...],
    terminal: bytes,
    issuer: bool | None,
) -> None:
    risk = RiskParameters(1000, *limits, flags[0], flags[1], flags[2])
    app = CardApplication(with_app("visa-credit", risk=risk).applications[0])
    app.memory.atc, app.memory.last_online_atc = max(atc, online), online
    app.memory.blocked = app.txn.unable_online = flags[3]
    app.txn.values = {0x9F35: terminal, 0x9F02: bytes.fromhex("000000001234")}
    app.txn.issuer_authentication = issuer
    assert RANK[decide_first(app, requested)] <= RANK[requested]
    second = decide_second(app, requested)
    assert second is AcType.AAC or second is requested is AcType.TC


def test_atc_counts_transactions_and_survives_resets(visa: Dialogue) -> None:
    counts = []
    for reset in (visa.card.warm_reset, visa.power_cycle, visa.card.warm_reset):
        visa.initiate()
        reset()
        visa.select()
        counts.append(int.from_bytes(visa.data(0x9F36), "big"))
    assert counts == [1, 2, 3]


def test_a_new_card_starts_again() -> None:
    Dialogue("visa-credit").initiate()
    fresh = Dialogue("visa-credit")
    fresh.select()
    assert fresh.data(0x9F36) == b"\x00\x00"


def test_worn_out_counter(visa: Dialogue) -> None:
    visa.card._engine.apps[0].memory.atc = 0xFFFF  # type: ignore[attr-defined]
    assert visa.initiate().sw == 0x6985
    assert visa.data(0x9F36) == b"\xff\xff"


class TestPin:
    """VERIFY on the Mastercard-like card: three tries, PIN 1234."""

    def test_right_pin(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        assert mastercard.send(apdu.verify_plaintext("1234")).ok
        assert mastercard.data(0x9F17) == b"\x03"
        ac = Ac(mastercard.first("ARQC"))
        assert ac.iad[2] & 0x05 == 0x05, "CVR: performed and successful"
        assert not ac.iad[5] & 0x20, "CVR: not performed"

    def test_tries_run_out_and_stay_out(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        wrong = [mastercard.send(apdu.verify_plaintext("0000")).sw for _ in range(4)]
        assert wrong == [0x63C2, 0x63C1, 0x63C0, 0x6983]
        assert mastercard.data(0x9F17) == b"\x00"
        mastercard.power_cycle()
        mastercard.initiate()
        assert mastercard.send(apdu.verify_plaintext("1234")).sw == 0x6983
        ac = Ac(mastercard.first("ARQC"))
        assert ac.iad[5] & 0x18 == 0x18, "CVR: failed, try limit exceeded"

    def test_right_pin_restores_the_tries(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        mastercard.send(apdu.verify_plaintext("0000"))
        assert mastercard.data(0x9F17) == b"\x02"
        mastercard.send(apdu.verify_plaintext("1234"))
        assert mastercard.data(0x9F17) == b"\x03"

    def test_malformed_block_costs_a_try(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        assert mastercard.send("0020008008" + "00" * 8).sw == 0x63C2

    @pytest.mark.parametrize(
        ("command", "sw"),
        [
            ("0020008007" + "00" * 7, 0x6700),
            ("00200080", 0x6700),
            ("0020008808" + "00" * 8, 0x6700),
            ("0020018008" + "00" * 8, 0x6A86),
        ],
    )
    def test_refused_without_a_try(self, mastercard: Dialogue, command: str, sw: int) -> None:
        mastercard.initiate()
        assert mastercard.send(command).sw == sw
        assert mastercard.data(0x9F17) == b"\x03"

    def test_too_late(self, mastercard: Dialogue) -> None:
        mastercard.initiate()
        mastercard.first("ARQC")
        assert mastercard.send(apdu.verify_plaintext("1234")).sw == 0x6985

    def test_card_without_a_pin(self) -> None:
        talk = Dialogue(with_app("mastercard-debit", pin=""))
        talk.initiate()
        assert talk.send(apdu.verify_plaintext("1234")).sw == 0x6984
        assert talk.send(apdu.get_data(0x9F17)).sw == 0x6A88

    def test_blocked_pin_can_decline(self) -> None:
        risk = RiskParameters(pin_blocked_declines=True)
        talk = Dialogue(with_app("mastercard-debit", risk=risk, pin_tries=0))
        talk.initiate()
        assert Ac(talk.first("ARQC")).cid == 0x00
