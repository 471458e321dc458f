"""Terminal action analysis: which code meets which bit, by terminal type."""

from __future__ import annotations

from dataclasses import replace

import pytest
from termcards import config, context, said, with_risk

from harness.profiles.terminal_config import ActionCodes, TerminalConfig
from harness.terminal import action
from harness.terminal.bits import ALWAYS_DUE, Open, TvrBit
from harness.terminal.context import Context

NONE = "0000000000"
FLOOR = "0000008000"


def codes(denial: str = NONE, online: str = NONE, default: str = NONE) -> ActionCodes:
    return ActionCodes(*(bytes.fromhex(code) for code in (denial, online, default)))


def terminal(tac: ActionCodes, kind: int = 22) -> TerminalConfig:
    return replace(with_risk(config(), tac=tac), terminal_type=kind)


def ready(
    *bits: TvrBit,
    tac: ActionCodes | None = None,
    iac: tuple[str, str, str] | None = (NONE, NONE, NONE),
    kind: int = 22,
) -> Context:
    """Every step settled; ``iac`` is denial, online, default (None: the card has none)."""
    card = {} if iac is None else dict(zip((0x9F0E, 0x9F0F, 0x9F0D), iac, strict=True))
    ctx = context(card, terminal=terminal(tac or codes(), kind))
    for step in ALWAYS_DUE:
        ctx.settle(step)
    ctx.tvr = ctx.tvr.set(*bits)
    return ctx


CASES = [
    # TVR bit, TAC, IAC, terminal type, decision
    ((), codes(), (NONE, NONE, NONE), 22, "TC"),
    ((TvrBit.FLOOR_LIMIT,), codes(), (NONE, NONE, NONE), 22, "TC"),
    ((TvrBit.FLOOR_LIMIT,), codes(online=FLOOR), (NONE, NONE, NONE), 22, "ARQC"),
    ((TvrBit.FLOOR_LIMIT,), codes(), (NONE, FLOOR, NONE), 22, "ARQC"),
    ((TvrBit.FLOOR_LIMIT,), codes(denial=FLOOR), (NONE, FLOOR, NONE), 22, "AAC"),
    ((TvrBit.FLOOR_LIMIT,), codes(online=FLOOR), (FLOOR, NONE, NONE), 22, "AAC"),
    ((TvrBit.FLOOR_LIMIT,), codes(default=FLOOR), (NONE, NONE, FLOOR), 22, "TC"),
    # online-only: the online codes are not looked at
    ((), codes(), (NONE, NONE, NONE), 21, "ARQC"),
    ((TvrBit.FLOOR_LIMIT,), codes(denial=FLOOR), (NONE, NONE, NONE), 21, "AAC"),
    # offline-only: the default codes decide at once
    ((), codes(), (NONE, NONE, NONE), 23, "TC"),
    ((TvrBit.FLOOR_LIMIT,), codes(online=FLOOR), (NONE, FLOOR, NONE), 23, "TC"),
    ((TvrBit.FLOOR_LIMIT,), codes(default=FLOOR), (NONE, NONE, NONE), 23, "AAC"),
    ((TvrBit.FLOOR_LIMIT,), codes(), (NONE, NONE, FLOOR), 26, "AAC"),
    # a card without issuer action codes: denial zeros, online and default ones
    ((), codes(), None, 22, "TC"),
    ((TvrBit.FLOOR_LIMIT,), codes(), None, 22, "ARQC"),
    ((TvrBit.FLOOR_LIMIT,), codes(), None, 23, "AAC"),
]


@pytest.mark.parametrize(("bits", "tac", "iac", "kind", "wanted"), CASES)
def test_decisions(
    bits: tuple[TvrBit, ...],
    tac: ActionCodes,
    iac: tuple[str, str, str] | None,
    kind: int,
    wanted: str,
) -> None:
    ctx = ready(*bits, tac=tac, iac=iac, kind=kind)
    assert action.decide(ctx) == wanted
    assert ctx.terminal.get(0x8A) == {"TC": b"Y1", "AAC": b"Z1", "ARQC": None}[wanted]


@pytest.mark.parametrize("bit", TvrBit)
@pytest.mark.parametrize("owner", ["TAC", "IAC"])
def test_every_bit_can_decide_and_is_named(bit: TvrBit, owner: str) -> None:
    code = bit.mask.to_bytes(5, "big").hex()
    ctx = ready(
        bit,
        tac=codes(online=code) if owner == "TAC" else codes(),
        iac=(NONE, code if owner == "IAC" else NONE, NONE),
    )
    assert action.decide(ctx) == "ARQC"
    assert f"({owner} online: {bit.place}, {bit.text})" in said(ctx)
    other = ready(bit, tac=codes(online=f"{0xFFFFFFFFFF ^ bit.mask:010x}"))
    assert action.decide(other) == "TC"


def test_both_owners_are_named() -> None:
    ctx = ready(TvrBit.FLOOR_LIMIT, tac=codes(online=FLOOR), iac=(NONE, FLOOR, NONE))
    action.decide(ctx)
    assert "TAC+IAC online: byte 4 bit 8" in said(ctx)


@pytest.mark.parametrize("step", sorted(ALWAYS_DUE, key=lambda step: step.name))
def test_a_step_that_did_not_run_decides_too(step: Open) -> None:
    code = step.value.mask.to_bytes(5, "big").hex()
    ctx = ready(tac=codes(denial=code))
    assert action.decide(ctx) == "TC"
    ctx.tvr = ctx.tvr.begin(step)
    assert action.decide(ctx) == "AAC"


def test_a_malformed_issuer_code_counts_as_all_ones() -> None:
    ctx = ready(TvrBit.FLOOR_LIMIT, iac=("00", NONE, NONE))
    assert action.decide(ctx) == "AAC"
    assert "9F0E has 1 bytes, not 5" in said(ctx)


@pytest.mark.parametrize(
    ("bits", "kind", "wanted", "arc"),
    [
        ((), 22, "TC", b"Y3"),
        ((TvrBit.FLOOR_LIMIT,), 22, "AAC", b"Z3"),
        ((), 21, "TC", b"Y3"),
        ((TvrBit.FLOOR_LIMIT,), 21, "AAC", b"Z3"),
    ],
)
def test_unable_to_go_online(bits: tuple[TvrBit, ...], kind: int, wanted: str, arc: bytes) -> None:
    ctx = ready(*bits, tac=codes(default=FLOOR), kind=kind)
    assert action.unable_online(ctx) == wanted
    assert ctx.terminal[0x8A] == arc
