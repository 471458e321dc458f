"""TVR and TSI as values that fail closed."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.terminal
from harness.codec.bits import describe
from harness.terminal.bits import ALWAYS_DUE, Open, Tsi, TsiBit, Tvr, TvrBit, named_bits

PLACES = [  # EMV 4.4 Book 3, Annex C5: (bit, five bytes with only this bit)
    (TvrBit.ODA_NOT_PERFORMED, "8000000000"),
    (TvrBit.SDA_FAILED, "4000000000"),
    (TvrBit.ICC_DATA_MISSING, "2000000000"),
    (TvrBit.EXCEPTION_FILE, "1000000000"),
    (TvrBit.DDA_FAILED, "0800000000"),
    (TvrBit.CDA_FAILED, "0400000000"),
    (TvrBit.SDA_SELECTED, "0200000000"),
    (TvrBit.VERSIONS_DIFFER, "0080000000"),
    (TvrBit.EXPIRED, "0040000000"),
    (TvrBit.NOT_YET_EFFECTIVE, "0020000000"),
    (TvrBit.SERVICE_NOT_ALLOWED, "0010000000"),
    (TvrBit.NEW_CARD, "0008000000"),
    (TvrBit.CVM_FAILED, "0000800000"),
    (TvrBit.CVM_UNRECOGNISED, "0000400000"),
    (TvrBit.PIN_TRIES_EXCEEDED, "0000200000"),
    (TvrBit.PIN_PAD_MISSING, "0000100000"),
    (TvrBit.PIN_NOT_ENTERED, "0000080000"),
    (TvrBit.ONLINE_PIN, "0000040000"),
    (TvrBit.FLOOR_LIMIT, "0000008000"),
    (TvrBit.LOWER_OFFLINE_LIMIT, "0000004000"),
    (TvrBit.UPPER_OFFLINE_LIMIT, "0000002000"),
    (TvrBit.RANDOM_ONLINE, "0000001000"),
    (TvrBit.FORCED_ONLINE, "0000000800"),
    (TvrBit.DEFAULT_TDOL, "0000000080"),
    (TvrBit.ISSUER_AUTH_FAILED, "0000000040"),
    (TvrBit.SCRIPT_FAILED_BEFORE, "0000000020"),
    (TvrBit.SCRIPT_FAILED_AFTER, "0000000010"),
]
DONE = Tvr(open=frozenset())


@pytest.mark.parametrize(("bit", "value"), PLACES, ids=lambda item: getattr(item, "name", ""))
def test_each_bit_has_its_place(bit: TvrBit, value: str) -> None:
    assert DONE.set(bit).value.hex() == value
    assert named_bits(int(value, 16)) == (bit,)
    assert not DONE.has(bit)


def test_the_table_of_places_is_complete() -> None:
    assert [bit for bit, _value in PLACES] == list(TvrBit)


@pytest.mark.parametrize("bit", TvrBit)
def test_the_decoder_has_the_same_words(bit: TvrBit) -> None:
    assert describe(0x95, DONE.set(bit).value) == [f"{bit.place}: {bit.text}"]


@pytest.mark.parametrize(
    ("bit", "value"),
    list(zip(TsiBit, ["8000", "4000", "2000", "1000", "0800", "0400"], strict=True)),
)
def test_tsi_places_and_words(bit: TsiBit, value: str) -> None:
    tsi = Tsi().performed(bit)
    assert tsi.value.hex() == value
    assert tsi.bits == (bit,)
    assert tsi.has(bit)
    assert not Tsi().has(bit)
    assert describe(0x9B, tsi.value)[0].endswith(f": {bit.text}")


def test_nothing_done_yet_counts_as_failed() -> None:
    tvr = Tvr()
    assert tvr.value.hex() == "8010808000"
    assert tvr.so_far == bytes(5)
    assert tvr.open == ALWAYS_DUE


@pytest.mark.parametrize("step", Open)
def test_an_open_step_shows_its_bit_until_it_is_settled(step: Open) -> None:
    begun = DONE.begin(step)
    assert begun.has(step.value)
    assert not begun.settle(step).has(step.value)
    assert begun.settle(step, step.value).has(step.value)
    assert begun.so_far == bytes(5)


def test_settling_twice_cannot_clear_a_bit() -> None:
    tvr = Tvr().settle(Open.ODA, TvrBit.DDA_FAILED).settle(Open.ODA)
    assert tvr.has(TvrBit.DDA_FAILED)
    assert not tvr.has(TvrBit.ODA_NOT_PERFORMED)


def test_a_tvr_is_a_value() -> None:
    tvr = Tvr()
    tvr.set(TvrBit.EXPIRED)
    tvr.settle(Open.ODA)
    assert tvr == Tvr()


def test_every_bit_is_set_by_some_step() -> None:
    folder = Path(harness.terminal.__file__).parent
    steps = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.stem != "bits"
    )
    unused = {bit for bit in TvrBit if f"TvrBit.{bit.name}" not in steps}
    assert not unused
    assert all(f"TsiBit.{bit.name}" in steps for bit in TsiBit)
