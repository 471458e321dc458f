"""The CVM list: every method, every condition, every row of table 2 of Book 4, 6.3.4.5."""

from __future__ import annotations

from dataclasses import replace

import pytest
from termcards import UNKNOWN, Answer, capable, config, context, link_of, said

from harness.terminal import cardholder
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

CV = cardholder.AIP_CARDHOLDER_VERIFICATION
NO_LIMITS = "0000000000000000"
TRIES_3: dict[str, Answer] = {"80CA9F17": "9F1701039000"}
RIGHT: dict[str, Answer] = {**TRIES_3, "00200080": "9000"}
WRONG: dict[str, Answer] = {**TRIES_3, "00200080": "6300"}
PIN, SIGNATURE, NO_CVM, ONLINE = 0x80, 0x20, 0x08, 0x40


def run(
    rules: str, table: dict[str, Answer] | None = None, *, cvm: int = 0xA8, **more: object
) -> Context:
    card = {0x8E: NO_LIMITS + rules, 0x9F42: "0978", 0x5A: "4761739001010119"}
    more.setdefault("pin", lambda: "1234")
    ctx = context(card, aip=CV, table=table or {}, terminal=capable(config(), cvm), **more)  # type: ignore[arg-type]
    assert cardholder.run(ctx) is None
    assert Open.CARDHOLDER not in ctx.tvr.open
    return ctx


# rules, terminal CVM capabilities, scripted card, results, bits of TVR byte 3 (and 1)
TABLE_2: list[tuple[str, int, dict[str, Answer], str, list[TvrBit]]] = [
    # no condition satisfied
    ("1E01", 0xA8, {}, "3f0001", [TvrBit.CVM_FAILED]),
    # condition satisfied, none supported
    ("1E00", NO_CVM, {}, "3f0001", [TvrBit.CVM_FAILED]),
    ("5E00 5F00", PIN, {}, "3f0001", [TvrBit.CVM_FAILED]),
    # condition satisfied, none recognised
    ("2A00", 0xA8, {}, "3f0001", [TvrBit.CVM_FAILED, TvrBit.CVM_UNRECOGNISED]),
    ("4600", 0xA8, {}, "3f0001", [TvrBit.CVM_FAILED, TvrBit.CVM_UNRECOGNISED]),
    # fail CVM processing
    ("0000", 0xA8, {}, "000001", [TvrBit.CVM_FAILED]),
    ("4000", 0xA8, {}, "400001", [TvrBit.CVM_FAILED]),
    # the last performed CVM fails
    ("0100", 0xA8, WRONG, "010001", [TvrBit.CVM_FAILED]),
    # it fails, then the end is reached without another one being performed
    ("4100 1E01", 0xA8, WRONG, "410001", [TvrBit.CVM_FAILED]),
    ("4100 1E00", PIN, WRONG, "410001", [TvrBit.CVM_FAILED]),
    # signature, online PIN, no CVM
    ("1E00", 0xA8, {}, "1e0000", []),
    ("5E00", 0xA8, {}, "5e0000", []),
    ("0200", ONLINE, {}, "020000", [TvrBit.ONLINE_PIN]),
    ("1F00", 0xA8, {}, "1f0002", []),
    ("5F00", 0xA8, {}, "5f0002", []),
    # plaintext PIN, alone and with signature
    ("0100", 0xA8, RIGHT, "010002", []),
    ("0300", 0xA8, RIGHT, "030000", []),
    ("0300", 0xA8, WRONG, "030001", [TvrBit.CVM_FAILED]),
    # a failed one is followed by the next, which counts
    ("4100 1E00", 0xA8, WRONG, "1e0000", []),
    ("4000 1F00", 0xA8, {}, "1f0002", []),
    ("6A00 1F00", 0xA8, {}, "1f0002", [TvrBit.CVM_UNRECOGNISED]),
    # failing is the end: the next rule is not looked at
    ("0100 1F00", 0xA8, WRONG, "010001", [TvrBit.CVM_FAILED]),
    ("2A00 1F00", 0xA8, {}, "3f0001", [TvrBit.CVM_FAILED, TvrBit.CVM_UNRECOGNISED]),
    ("1E00 1F00", NO_CVM, {}, "3f0001", [TvrBit.CVM_FAILED]),
    # enciphered PIN without a key to encipher under: performed, and failed
    ("0400", 0xF8, {}, "040001", [TvrBit.CVM_FAILED]),
    ("0500", 0xF8, {}, "050001", [TvrBit.CVM_FAILED]),
    # PIN that this terminal cannot take
    ("0400", 0xE8, {}, "3f0001", [TvrBit.CVM_FAILED, TvrBit.PIN_PAD_MISSING]),
    ("0500", 0xD8, {}, "3f0001", [TvrBit.CVM_FAILED, TvrBit.PIN_PAD_MISSING]),
    ("4100 1F00", NO_CVM, {}, "1f0002", [TvrBit.PIN_PAD_MISSING]),
    ("4200 1F00", NO_CVM, {}, "1f0002", [TvrBit.PIN_PAD_MISSING]),
    ("4300 1F00", PIN | NO_CVM, {}, "1f0002", [TvrBit.PIN_PAD_MISSING]),
]


@pytest.mark.parametrize(("rules", "cvm", "table", "results", "bits"), TABLE_2)
def test_results_and_bits(
    rules: str, cvm: int, table: dict[str, Answer], results: str, bits: list[TvrBit]
) -> None:
    ctx = run(rules, table, cvm=cvm)
    assert ctx.terminal[0x9F34].hex() == results
    assert ctx.tvr.settled == sum(bit.mask for bit in bits)
    assert ctx.tsi.has(TsiBit.CARDHOLDER)


def test_a_card_that_does_not_verify_cardholders() -> None:
    ctx = context({0x8E: NO_LIMITS + "1F00"})
    assert cardholder.run(ctx) is None
    assert ctx.terminal[0x9F34].hex() == "3f0000"
    assert ctx.tvr.settled == 0
    assert not ctx.tvr.has(TvrBit.CVM_FAILED)
    assert not ctx.tsi.has(TsiBit.CARDHOLDER)


@pytest.mark.parametrize("value", [None, NO_LIMITS, "000000", ""])
def test_no_list_or_no_rules(value: str | None) -> None:
    ctx = context({} if value is None else {0x8E: value}, aip=CV)
    assert cardholder.run(ctx) is None
    assert ctx.terminal[0x9F34].hex() == "3f0000"
    assert ctx.tvr.settled == TvrBit.ICC_DATA_MISSING.mask
    assert not ctx.tsi.has(TsiBit.CARDHOLDER)


def test_the_whole_rules_of_a_list_that_is_cut_off_count() -> None:
    ctx = run("1F001E")
    assert ctx.terminal[0x9F34].hex() == "1f0002"
    assert "cut off" in said(ctx)


UNATTENDED = replace(capable(config(), 0xA8), terminal_type=25)
X_25_Y_100 = "000009C4 00002710".replace(" ", "")


@pytest.mark.parametrize(
    ("condition", "kind", "attended", "holds"),
    [
        ("00", "cash", True, True),
        ("01", "cash", False, True),
        ("01", "cash", True, False),
        ("01", "goods", False, False),
        ("02", "goods", True, True),
        ("02", "services", False, True),
        ("02", "cash", True, False),
        ("02", "cash", False, False),
        ("02", "cashback", True, False),
        ("04", "cash", True, True),
        ("04", "cash", False, False),
        ("04", "goods", True, False),
        ("05", "cashback", True, True),
        ("05", "goods", True, False),
        ("0A", "goods", True, False),
        ("80", "goods", True, False),
    ],
)
def test_conditions_of_the_transaction(
    condition: str, kind: str, attended: bool, holds: bool
) -> None:
    card = {0x8E: NO_LIMITS + "1F" + condition, 0x9F42: "0978"}
    terminal = capable(config(), 0xA8) if attended else UNATTENDED
    ctx = context(card, aip=CV, terminal=terminal, type=kind)
    cardholder.run(ctx)
    assert ctx.terminal[0x9F34].hex() == (f"1f{condition.lower()}02" if holds else "3f0001")


@pytest.mark.parametrize(("cvm", "results"), [(0xA8, "1e0300"), (NO_CVM, "1f0002")])
def test_condition_if_supported(cvm: int, results: str) -> None:
    assert run("1E03 1F00".replace(" ", ""), cvm=cvm).terminal[0x9F34].hex() == results


def test_a_cvm_that_is_not_supported_is_passed_over_without_a_bit_under_that_condition() -> None:
    assert run("0403 1F00", cvm=NO_CVM).tvr.settled == 0


@pytest.mark.parametrize(
    ("condition", "amount", "holds"),
    [
        ("06", "24.99", True),
        ("06", "25.00", False),
        ("07", "25.00", False),
        ("07", "25.01", True),
        ("08", "99.99", True),
        ("08", "100.00", False),
        ("09", "100.00", False),
        ("09", "100.01", True),
    ],
)
def test_conditions_of_the_amount(condition: str, amount: str, holds: bool) -> None:
    card = {0x8E: X_25_Y_100 + "1F" + condition, 0x9F42: "0978"}
    ctx = context(card, aip=CV, amount=amount)
    cardholder.run(ctx)
    assert ctx.terminal[0x9F34].hex() == (f"1f{condition}02" if holds else "3f0001")


@pytest.mark.parametrize("currency", ["0840", None])
@pytest.mark.parametrize("condition", ["06", "07", "08", "09"])
def test_amounts_count_only_in_the_application_currency(
    condition: str, currency: str | None
) -> None:
    card = {0x8E: X_25_Y_100 + "1F" + condition}
    if currency:
        card[0x9F42] = currency
    ctx = context(card, aip=CV, amount="50.00")
    cardholder.run(ctx)
    assert ctx.terminal[0x9F34].hex() == "3f0001"


def test_until_it_ran_verification_counts_as_unsuccessful() -> None:
    assert context().tvr.has(TvrBit.CVM_FAILED)


def test_pin_methods_other_than_offline_send_nothing() -> None:
    ctx = run("4400 4200 1E00", cvm=0xF8)
    assert link_of(ctx).sent == []
    assert UNKNOWN not in said(ctx)
