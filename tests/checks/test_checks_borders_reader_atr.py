"""Answers to reset: for each odd one every check that has something to say, and what it says."""

from __future__ import annotations

import pytest
from readerbenches import atr, bench
from readerscript import run

RULES = [f"ATR-{number:02}" for number in range(2, 14)]
AS_EMV = "PASS: as EMV wants it after a cold reset"
NO_TB1 = "TB1 is absent: a cold reset must be answered with 00"
TA1 = "in negotiable mode: Level 1 1.0 wants 5 MHz and a factor of 4 at least, EMV 4.3 accepts any"

GOOD = {
    "3B600000": ("4 bytes: 3B600000", "TS 3B, direct", 0, "no TCK, and none is due", "T=0"),
    "3F600000": ("4 bytes: 3F600000", "TS 3F, inverse", 0, "no TCK, and none is due", "T=0"),
    "3BE000FF81317C4192": ("9 bytes: 3BE000FF81317C4192", "TS 3B, direct", 0, "TCK right", "T=1"),
    "3B6700008031C173C02140": (
        "11 bytes: 3B6700008031C173C02140",
        "TS 3B, direct",
        7,
        "no TCK, and none is due",
        "T=0",
    ),
}


@pytest.mark.parametrize("raw", GOOD)
def test_a_good_answer_passes_and_is_told(raw: str) -> None:
    length, initial, historical, tck, protocols = GOOD[raw]
    assert [run(id, atr(raw)) for id in RULES] == [
        f"PASS: {length}",
        f"PASS: {initial}",
        f"PASS: {historical} historical bytes, nothing missing, nothing over",
        f"PASS: {tck}",
        f"PASS: {protocols}",
        "PASS: Fi 372, Di 1",
        *[AS_EMV] * 6,
    ]


def test_what_is_offered_is_told_in_order() -> None:
    both = atr("3B95968001000000000000")
    assert run("ATR-06", both) == "PASS: T=0, T=1"
    assert run("ATR-07", both) == "PASS: Fi 512, Di 32"


LONG = "3B0F" + "00" * 32
ENDLESS = "3BF0" + "80" * 31
EMPTY = "FAIL: an ATR without any byte"
ODD: dict[str, dict[str, tuple[str, int | None]]] = {
    "3B": {
        "ATR-02": ("FAIL: 1 bytes, not 2 to 33", None),
        "ATR-04": ("FAIL: the answer ends before T0", 1),
        "ATR-09": (f"FAIL: {NO_TB1}", 1),
    },
    "3B00": {"ATR-09": (f"FAIL: {NO_TB1}", 1)},
    LONG[:-2]: {
        "ATR-04": ("FAIL: 16 bytes after the end", 17),
        "ATR-09": (f"FAIL: {NO_TB1}", 1),
    },
    LONG: {
        "ATR-02": ("FAIL: 34 bytes, not 2 to 33", None),
        "ATR-04": ("FAIL: 17 bytes after the end", 17),
        "ATR-09": (f"FAIL: {NO_TB1}", 1),
    },
    "3B6D0000" + "00" * 30: {
        "ATR-02": ("FAIL: 34 bytes, not 2 to 33", None),
        "ATR-04": ("FAIL: 17 bytes after the end", 17),
    },
    ENDLESS: {
        "ATR-04": ("FAIL: the answer ends before TD29", 33),
        "ATR-07": ("WARN: TA1: Fi 8 is RFU; TA1: Di 0 is RFU", 2),
        "ATR-09": ("FAIL: TB1 is 80: a cold reset must be answered with 00", 3),
        "ATR-10": (f"WARN: TA1 is 80 {TA1}; TC1 is 80: the basic answer has 00 or FF", 2),
        "ATR-12": ("FAIL: TD2 names T=0, after T=0 it must be T=15", 6),
    },
    "3B6500": {"ATR-04": ("FAIL: the answer ends before TC1", 3)},
    "3B600000AA": {"ATR-05": ("FAIL: TCK is present though only T=0 is offered", 4)},
    "3B600000AABB": {"ATR-04": ("FAIL: 2 bytes after the end", 4)},
    "30600000": {"ATR-03": ("FAIL: TS is 30, must be 3B or 3F", 0)},
    "3BF0050505F01125000130": {
        "ATR-07": ("WARN: TC2: waiting time integer 0 is RFU", 8),
        "ATR-08": (
            "FAIL: TA2 fixes T=1, TD1 offers T=0; TA2 bit 5: parameters are implicit, not those of"
            " TA1",
            6,
        ),
        "ATR-09": (
            "FAIL: TB1 is 05: a cold reset must be answered with 00; TB2 is present",
            3,
        ),
        "ATR-10": (
            "WARN: TA1 is 05 in specific mode: terminals need only support 11 to 13; TC1 is 05:"
            " the basic answer has 00 or FF",
            2,
        ),
        "ATR-11": ("FAIL: TC2 is 00: no waiting time", 8),
        "ATR-12": (
            "WARN: TD2 names T=1 after T=0: EMV 4.3 accepts it, Level 1 1.0 wants T=15",
            9,
        ),
    },
    "3BE000FF81710F760197": {
        "ATR-13": (
            "FAIL: TA3 is 0F: IFSC must be 10 to FE; TB3: BWI is 7, at most 4 is accepted; TB3:"
            " CWI is 6, at most 5 is accepted; TC3 is 01: only 00 (LRC) is accepted",
            6,
        ),
    },
    "3BE000FF817110A50258": {
        "ATR-07": ("FAIL: TB3: BWI 10 is RFU; TC3: bits 2 to 8 are RFU and set", 7),
        "ATR-13": (
            "FAIL: TB3: BWI is 10, at most 4 is accepted; TC3 is 02: only 00 (LRC) is accepted",
            7,
        ),
    },
    "3BE000FF81717C4102D0": {
        "ATR-07": ("WARN: TC3: bits 2 to 8 are RFU and set", 8),
        "ATR-13": ("FAIL: TC3 is 02: only 00 (LRC) is accepted", 8),
    },
    "3BE000FF8171FF410051": {
        "ATR-07": ("FAIL: TA3: IFSC FF is RFU", 6),
        "ATR-13": ("FAIL: TA3 is FF: IFSC must be 10 to FE", 6),
    },
    "3BE000000EEE": {
        "ATR-12": ("FAIL: TD1 offers T=14: only T=0 and T=1 are accepted", 4),
    },
    "3BE000FF811F1190": {
        "ATR-07": ("FAIL: TA3: class indicator 11 is RFU", 6),
        "ATR-12": ("FAIL: TD2 names T=15, after T=1 it must be T=1", 5),
        "ATR-13": ("FAIL: TB3 is absent: T=1 needs its waiting times", 1),
    },
    "3BF071000081110011": {
        "ATR-07": ("FAIL: TA3: IFSC 00 is RFU; TA1: Fi 7 is RFU", 7),
        "ATR-10": (f"WARN: TA1 is 71 {TA1}", 2),
        "ATR-13": (
            "FAIL: TB3 is absent: T=1 needs its waiting times; TA3 is 00: IFSC must be 10 to FE",
            1,
        ),
    },
    "3BE000004005": {"ATR-11": ("WARN: TC2 is 05: terminals need only support 0A", 5)},
    "3BE000FF81317C4193": {"ATR-05": ("FAIL: TCK is 93, must be 92", 8)},
    "3BE0000005E5": {
        "ATR-06": ("WARN: T=5 is RFU", 4),
        "ATR-12": ("FAIL: TD1 offers T=5: only T=0 and T=1 are accepted", 4),
    },
    "3BE000000FEF": {
        "ATR-06": ("FAIL: TD1 names T=15, which is no protocol", 4),
        "ATR-12": ("FAIL: TD1 offers T=15: only T=0 and T=1 are accepted", 4),
    },
    "3BE000FF81009E": {
        "ATR-06": ("FAIL: T=0 after T=1: they must ascend", 5),
        "ATR-12": ("FAIL: TD2 names T=0, after T=1 it must be T=1", 5),
        "ATR-13": ("FAIL: TB3 is absent: T=1 needs its waiting times", 1),
    },
}


@pytest.mark.parametrize("raw", ODD)
def test_an_odd_answer_is_told_by_the_checks_that_it_concerns(raw: str) -> None:
    found = {id: text for id in RULES if not (text := run(id, atr(raw))).startswith("PASS")}
    assert found == {
        id: f"{text} @ATR {raw}" + ("" if at is None else f" offset {at} ({at})")
        for id, (text, at) in ODD[raw].items()
    }


def test_an_empty_answer_is_told_by_every_check() -> None:
    found = {id: run(id, atr("")) for id in (*RULES, "ATR-14", "ATR-15", "ATR-17")}
    assert found.pop("ATR-02") == "FAIL: 0 bytes, not 2 to 33 @ATR "
    assert set(found.values()) == {EMPTY}


NOT_PAYMENT = "not applicable: not a payment card: the EMV rules do not apply"
MADE_UP = "not applicable: the reader made this ATR up for a contactless card"
EMV = [*(f"ATR-{number:02}" for number in range(8, 14)), "ATR-17"]


@pytest.mark.parametrize("id", EMV)
def test_the_emv_rules_are_for_payment_cards(id: str) -> None:
    raw = bytes.fromhex("3B600500")
    wanted = run(id, atr("3B600500"))
    for kind in ({"test_card": True, "emv_card": False}, {"test_card": False, "emv_card": True}):
        assert run(id, bench(cold_atr=raw, **kind)) == wanted
    assert run(id, bench(cold_atr=raw, test_card=False, emv_card=False)) == NOT_PAYMENT


@pytest.mark.parametrize("id", EMV[:-1])
def test_the_emv_rules_are_not_for_contactless_cards(id: str) -> None:
    assert run(id, atr("3B80800101")) == MADE_UP
