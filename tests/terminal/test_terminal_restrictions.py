"""Processing restrictions: each bit with a case that sets it and one that does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from termcards import config, context, said

from harness.terminal import restrictions
from harness.terminal.bits import TvrBit

VALID = {0x5F24: "491231", 0x9F08: "00A0"}
ATM = replace(config(), terminal_type=14, additional_capabilities=bytes.fromhex("E000F0A001"))


@pytest.mark.parametrize(
    ("card", "bits"),
    [
        ({}, []),
        ({0x9F08: "0099"}, [TvrBit.VERSIONS_DIFFER]),
        ({0x9F08: ""}, [TvrBit.VERSIONS_DIFFER]),
        ({0x5F24: "261120"}, []),  # the last day itself
        ({0x5F24: "261119"}, [TvrBit.EXPIRED]),
        ({0x5F24: "991231"}, [TvrBit.EXPIRED]),  # 1999
        ({0x5F24: "261301"}, [TvrBit.EXPIRED]),
        ({0x5F24: ""}, [TvrBit.EXPIRED]),
        ({0x5F25: "261120"}, []),
        ({0x5F25: "261121"}, [TvrBit.NOT_YET_EFFECTIVE]),
        ({0x5F25: "26AA01"}, [TvrBit.NOT_YET_EFFECTIVE]),
        ({0x9F07: "FF00"}, []),
        ({0x9F07: "FE00"}, [TvrBit.SERVICE_NOT_ALLOWED]),  # not valid outside ATMs
        ({0x9F07: "FF"}, [TvrBit.SERVICE_NOT_ALLOWED]),
    ],
)
def test_bits(card: dict[int, str], bits: list[TvrBit]) -> None:
    ctx = context({**VALID, **card})
    restrictions.run(ctx)
    assert ctx.tvr.settled == sum(bit.mask for bit in bits)
    assert bits or "no restriction applies" in said(ctx)


def test_a_card_without_a_version_counts_as_equal() -> None:
    ctx = context({0x5F24: "491231"})
    restrictions.run(ctx)
    assert ctx.tvr.settled == 0


HOME, ABROAD = "0528", "0250"


@pytest.mark.parametrize(
    ("auc", "country", "kind", "allowed"),
    [
        ("2100", HOME, "goods", True),
        ("2100", ABROAD, "goods", False),
        ("1100", HOME, "goods", False),
        ("1100", ABROAD, "goods", True),
        ("0900", HOME, "services", True),
        ("0900", ABROAD, "services", False),
        ("0500", HOME, "services", False),
        ("0500", ABROAD, "services", True),
        ("8100", HOME, "cash", True),
        ("8100", ABROAD, "cash", False),
        ("4100", HOME, "cash", False),
        ("4100", ABROAD, "cash", True),
        ("2180", HOME, "cashback", True),
        ("2140", HOME, "cashback", False),
        ("1140", ABROAD, "cashback", True),
        ("1180", ABROAD, "cashback", False),
        ("0180", HOME, "cashback", False),  # cashback, but no goods
    ],
)
def test_usage_control(auc: str, country: str, kind: str, allowed: bool) -> None:
    ctx = context({**VALID, 0x9F07: auc, 0x5F28: country}, type=kind)
    restrictions.run(ctx)
    assert ctx.tvr.has(TvrBit.SERVICE_NOT_ALLOWED) is not allowed


def test_services_are_not_compared_without_an_issuer_country() -> None:
    ctx = context({**VALID, 0x9F07: "0100"})
    restrictions.run(ctx)
    assert not ctx.tvr.has(TvrBit.SERVICE_NOT_ALLOWED)


@pytest.mark.parametrize(("auc", "allowed"), [("8200", True), ("8100", False)])
def test_an_atm_is_an_atm(auc: str, allowed: bool) -> None:
    ctx = context({**VALID, 0x9F07: auc, 0x5F28: HOME}, terminal=ATM, type="cash")
    restrictions.run(ctx)
    assert ctx.tvr.has(TvrBit.SERVICE_NOT_ALLOWED) is not allowed


def test_a_terminal_type_alone_makes_no_atm() -> None:
    assert not restrictions.is_atm(context(terminal=replace(config(), terminal_type=14)))
    assert restrictions.is_atm(context(terminal=ATM))


def test_until_it_ran_the_service_counts_as_not_allowed() -> None:
    assert context(VALID).tvr.has(TvrBit.SERVICE_NOT_ALLOWED)
