"""The ATR by several routes, its historical bytes, a made-up one, and the second chance."""

from __future__ import annotations

import pytest
from readerbenches import SpoiledReader, atr, bench, resets, virtual
from readerscript import Over, run, sent, serving
from readertalk import talking

from harness.link import service as sv
from harness.link.api import ResetKind
from harness.link.service import SlotState

CARD = "3B6700008031C173C02140"
OTHER = "3B600000"


def state(raw: str) -> SlotState:
    return SlotState(frozenset({"PRESENT"}), 1, bytes.fromhex(raw), 1)


ROUTES = (
    (talking, f"PASS: {CARD} by 2 routes"),
    (lambda: talking(values={"ATR_STRING": CARD}), f"PASS: {CARD} by 3 routes"),
    (
        lambda: talking(values={"ATR_STRING": OTHER}),
        f"FAIL: the routes differ: status {CARD}, state {CARD}, attribute {OTHER}",
    ),
    (
        lambda: talking(values={"ATR_STRING": OTHER}, attribute="SCARD_E_UNEXPECTED"),
        f"FAIL: the routes differ: status {CARD}, state {CARD}, attribute {OTHER}",
    ),
    (
        lambda: serving(client={"state": lambda _one, _slot: (sv.SUCCESS, state(OTHER))}),
        f"FAIL: the routes differ: status {CARD}, state {OTHER}",
    ),
    (
        lambda: serving(handle={"status": lambda _one: (sv.SUCCESS, bytes.fromhex(OTHER))}),
        f"FAIL: the routes differ: status {OTHER}, state {CARD}",
    ),
    (
        lambda: serving(handle={"status": lambda _one: (sv.RESET, b"")}),
        "FAIL: status: SCARD_W_RESET_CARD, expected SCARD_S_SUCCESS",
    ),
)


@pytest.mark.parametrize(("make", "wanted"), ROUTES)
def test_the_routes_to_an_atr_are_compared(make, wanted: str) -> None:
    assert run("ATR-01", make()) == wanted


HISTORICAL = {
    "3B00": "PASS: no historical bytes",
    "3B610000" + "00": "WARN: category 00, and no three bytes of status behind it",
    "3B630000" + "008290": "WARN: category 00, and no three bytes of status behind it",
    "3B640000" + "00829000": "PASS: category 00, objects -",
    "3B650000" + "0011829000": "WARN: object 1 reaches beyond the historical bytes",
    "3B660000" + "001155829000": "PASS: category 00, objects 1",
    "3B610000" + "10": "PASS: category 10: reference to the DIR file",
    "3B630000" + "10AABB": "PASS: category 10: reference to the DIR file",
    "3B610000" + "80": "PASS: category 80, objects -",
    "3B620000" + "8031": "WARN: object 3 reaches beyond the historical bytes",
    "3B630000" + "8031AA": "PASS: category 80, objects 3",
    "3B620000" + "80F0": "PASS: category 80, objects F",
    "3B640000" + "803121AA": "WARN: object A reaches beyond the historical bytes",
    "3B660000" + "80312142AABB": "PASS: category 80, objects 3 4",
    "3B610000" + "7F": "PASS: category 7F: proprietary",
    "3B610000" + "81": "WARN: category 81 is RFU",
    "3B610000" + "8F": "WARN: category 8F is RFU",
    "3B610000" + "90": "PASS: category 90: proprietary",
}


@pytest.mark.parametrize("raw", HISTORICAL)
def test_historical_bytes_are_taken_apart(raw: str) -> None:
    assert run("ATR-14", atr(raw)) == HISTORICAL[raw]


CONTACT = "PASS: an ATR of a contact card: the contactless rule does not concern it"
WRONG = "FAIL: a contactless ATR with wrong length or TCK: "
MADE_UP = {
    "3B80800101": "PASS: made up by the reader, 0 bytes of ATS",
    "3B838001AABBCCDF": "PASS: made up by the reader, 3 bytes of ATS",
    "3B838001AABBCCDE": f"{WRONG}3B838001AABBCCDE",
    "3B838001AABB": f"{WRONG}3B838001AABB",
    "3B838001": f"{WRONG}3B838001",
    "3B808001": f"{WRONG}3B808001",
    OTHER: CONTACT,
    "3F80800101": CONTACT,
    "3B80810100": CONTACT,
    "3B80800000": CONTACT,
    "3B90008001": CONTACT,
}


@pytest.mark.parametrize("raw", MADE_UP)
def test_a_contactless_answer_is_held_to_its_form(raw: str) -> None:
    assert run("ATR-15", atr(raw)) == MADE_UP[raw]


ACCEPTED = "PASS: the cold ATR is accepted: no second chance is needed"
TWICE = "FAIL: refused after the cold reset and after the warm one"
SECOND = "WARN: refused after the cold reset, accepted after a warm one"


@pytest.mark.parametrize(
    ("cold", "warm", "wanted"),
    [
        ("3B600000", "", ACCEPTED),
        ("3B80800101", "", ACCEPTED),
        ("3B604000", "3B604000", SECOND),
        ("3B604000", "3B00", SECOND),
        ("3B604000", "30600000", TWICE),
        ("3B604000", "", "FAIL: an ATR without any byte"),
        ("30600000", "3B600000", SECOND),
        ("30600000", "30600000", TWICE),
        ("3B600011", "", ACCEPTED),
    ],
)
def test_a_second_chance_is_one_warm_reset(cold: str, warm: str, wanted: str) -> None:
    made = resets(warm)
    made.cold_atr = bytes.fromhex(cold)
    first = len(made.exchanges)
    assert run("ATR-17", made) == wanted
    assert sent(made, first) == ([] if wanted == ACCEPTED else [""])


def test_the_second_chance_is_a_warm_reset() -> None:
    seen: list[ResetKind] = []
    told = {"reset": lambda one, kind: seen.append(kind) or one.reset(kind)}
    made = bench(SpoiledReader(virtual(), wrap=lambda link: Over(link, told)))
    made.cold_atr = bytes.fromhex("3B604000")
    assert run("ATR-17", made) == SECOND
    assert [kind.value for kind in seen] == ["warm"]
