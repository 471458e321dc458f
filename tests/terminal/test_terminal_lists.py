"""The terminal's lists: exception file, revoked certificates, earlier sales."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from termcards import config, context, said, steady
from termchain import PAN, chain, records, trusted

from harness.core.errors import ConfigErrors
from harness.profiles.terminal_config import TerminalConfig, load_terminal, terminals_folder
from harness.terminal import authentication, risk
from harness.terminal.bits import TvrBit
from harness.terminal.sales_log import SalesLog

VISA_RID = bytes.fromhex("A000000003")
CARD = {0x5A: PAN, 0x5F34: "01"}
TRM = risk.AIP_RISK_MANAGEMENT


@pytest.mark.parametrize("aip", [0, TRM])
@pytest.mark.parametrize(
    ("entry", "listed"),
    [
        ((PAN, None), True),
        ((PAN, 1), True),
        ((PAN, 2), False),
        (("4761739001010127", None), False),
    ],
)
def test_exception_file(aip: int, entry: tuple[str, int | None], listed: bool) -> None:
    terminal = replace(config(), exceptions=frozenset({entry}))
    ctx = context(CARD, aip=aip, terminal=terminal, amount="1.00", entropy=steady(0))
    risk.run(ctx)
    assert ctx.tvr.has(TvrBit.EXCEPTION_FILE) is listed
    assert ("is on the exception file" in said(ctx)) is listed
    assert PAN not in said(ctx)


def test_without_a_list_it_is_not_mentioned() -> None:
    ctx = context(CARD, aip=TRM)
    risk.run(ctx)
    assert "exception" not in said(ctx)


@pytest.mark.parametrize(
    ("revoked", "refused"),
    [
        ((VISA_RID, 0xE1, bytes.fromhex("000123")), True),
        ((VISA_RID, 0xE1, bytes.fromhex("000124")), False),
        ((VISA_RID, 0xE2, bytes.fromhex("000123")), False),
        ((bytes.fromhex("A000000004"), 0xE1, bytes.fromhex("000123")), False),
    ],
)
def test_revoked_issuer_certificates(revoked: tuple[bytes, int, bytes], refused: bool) -> None:
    terminal = replace(config(), revoked=frozenset({revoked}))
    ctx = context(chain(), aip=authentication.AIP_SDA, terminal=terminal)
    ctx.keys, ctx.records = trusted(), records()
    authentication.run(ctx)
    assert ctx.oda is not None
    assert ctx.tvr.has(TvrBit.SDA_FAILED) is refused
    assert (ctx.oda.failure == "revoked") is refused


@pytest.mark.parametrize(
    ("earlier", "exceeded"), [(0, False), (765, False), (766, True), (2000, True)]
)
def test_an_earlier_sale_counts_with_this_one(earlier: int, exceeded: bool) -> None:
    log = SalesLog()
    log.add(PAN, earlier)
    ctx = context(CARD, aip=TRM, amount="12.34", entropy=steady(0), sales_log=log)
    risk.run(ctx)
    assert ctx.tvr.has(TvrBit.FLOOR_LIMIT) is exceeded


def written(tmp_path: Path, more: str) -> TerminalConfig:
    text = (terminals_folder() / "attended-eu.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text + more, encoding="utf-8")
    return load_terminal(path)


def test_both_lists_come_from_the_configuration(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        '\n[[exception]]\npan = "4761739001010119"\npsn = 1\n'
        '[[exception]]\npan = "5413330089020011"\n'
        '[[revoked]]\nrid = "A000000003"\nindex = "E1"\nserial = "000123"\n',
    )
    assert (VISA_RID, 0xE1, b"\0\x01\x23") in made.revoked
    assert (VISA_RID, 0xE1, b"\0\x01\x24") not in made.revoked
    assert made.excepts(PAN, 1)
    assert not made.excepts(PAN, 2)
    assert made.excepts("5413330089020011", None)
    assert not made.excepts("5413330089020029", 1)


@pytest.mark.parametrize(
    "mistake",
    [
        '[[exception]]\npan = "12"\n',
        "[[exception]]\npsn = 1\n",
        '[[exception]]\npan = "4761739001010119"\npsn = 100\n',
        '[[revoked]]\nrid = "A000"\nindex = "E1"\nserial = "000123"\n',
        '[[revoked]]\nrid = "A000000003"\nindex = "E1"\nserial = "01"\n',
        '[[revoked]]\nrid = "A000000003"\nserial = "000123"\n',
    ],
)
def test_mistakes_in_a_list_are_refused(tmp_path: Path, mistake: str) -> None:
    with pytest.raises(ConfigErrors):
        written(tmp_path, "\n" + mistake)
