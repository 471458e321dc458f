"""Issuer scripts 71 and 72: order, results, bits."""

from __future__ import annotations

import pytest
from termcards import Answer, context, link_of, tlv

from harness.terminal import scripts
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

UNBLOCK, PUT = "8424000008" + "00" * 8, "04DA9F5802" + "0A0B"


def script(tag: str, *commands: str, name: str = "01020304") -> bytes:
    parts = [tlv("9F18", name)] if name else []
    return bytes.fromhex(tlv(tag, *parts, *(tlv("86", command) for command in commands)))


def run(
    *given: bytes, table: dict[str, Answer] | None = None, template: int = scripts.BEFORE
) -> Context:
    ctx = context(table=table or {"84": "9000", "04": "9000"})
    scripts.run(ctx, given, template)
    assert not {Open.SCRIPT_BEFORE, Open.SCRIPT_AFTER} & ctx.tvr.open
    return ctx


def results(ctx: Context) -> str:
    return ctx.terminal.get(0x9F5B, b"").hex()


def test_commands_go_to_the_card_in_order() -> None:
    ctx = run(script("71", UNBLOCK, PUT))
    assert link_of(ctx).sent == [UNBLOCK, PUT]
    assert results(ctx) == "2001020304"
    assert ctx.tsi.has(TsiBit.SCRIPT)
    assert ctx.tvr.settled == 0
    assert any("PUT DATA" in notice for notice in ctx.listener.notices)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("template", "tag", "other", "bit"),
    [
        (scripts.BEFORE, "71", "72", TvrBit.SCRIPT_FAILED_BEFORE),
        (scripts.AFTER, "72", "71", TvrBit.SCRIPT_FAILED_AFTER),
    ],
)
def test_each_template_at_its_time(template: int, tag: str, other: str, bit: TvrBit) -> None:
    ctx = run(script(tag, PUT), script(other, UNBLOCK), template=template)
    assert link_of(ctx).sent == [PUT]
    failing = run(script(tag, PUT), table={"04": "6985"}, template=template)
    assert failing.tvr.settled == bit.mask
    assert results(failing) == "1101020304"


def test_no_script_no_bit() -> None:
    ctx = run(script("72", PUT))
    assert not ctx.tsi.has(TsiBit.SCRIPT)
    assert results(ctx) == ""


@pytest.mark.parametrize(
    ("sw", "goes_on"),
    [("9000", True), ("6200", True), ("63C1", True), ("6A80", False), ("6D00", False)],
)
def test_warnings_go_on_and_errors_stop_the_script(sw: str, goes_on: bool) -> None:
    ctx = run(script("71", PUT, UNBLOCK), table={"04": sw, "84": "9000"})
    assert link_of(ctx).count("84") == int(goes_on)
    assert results(ctx) == ("2001020304" if goes_on else "1101020304")


def test_the_number_of_the_failing_command_counts_to_fifteen() -> None:
    many = [PUT] * 16 + [UNBLOCK]
    ctx = run(script("71", *many), table={"04": "9000", "84": "6985"})
    assert results(ctx) == "1f01020304"
    second = run(script("71", PUT, UNBLOCK), table={"04": "9000", "84": "6985"})
    assert results(second) == "1201020304"


def test_the_next_script_runs_after_one_that_failed() -> None:
    ctx = run(
        script("71", PUT),
        script("71", UNBLOCK, name="05060708"),
        table={"04": "6985", "84": "9000"},
    )
    assert results(ctx) == "1101020304" + "2005060708"
    assert ctx.tvr.has(TvrBit.SCRIPT_FAILED_BEFORE)


@pytest.mark.parametrize(
    ("broken", "result"),
    [
        (b"\x71\x20\x86\x01\x00", "0000000000"),
        (bytes.fromhex("7120" + tlv("9F18", "01020304") + "8601"), "0001020304"),
        (b"\x71\x00", "0000000000"),
        (script("71", "8424"), "1101020304"),
        (script("71", PUT + "FFFF"), "1101020304"),
        (script("71", PUT, name=""), "2000000000"),
        (script("71", PUT, name="0102"), "2000000000"),
        (script("71", *[PUT] * (scripts.MAX_COMMANDS + 1)), "0001020304"),
    ],
)
def test_scripts_that_are_strange(broken: bytes, result: str) -> None:
    ctx = run(broken)
    assert results(ctx) == result
    assert ctx.tvr.has(TvrBit.SCRIPT_FAILED_BEFORE) is not result.startswith("2")
    assert bool(link_of(ctx).sent) is result.startswith("2")
