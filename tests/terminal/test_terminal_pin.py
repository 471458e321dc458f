"""VERIFY, and what protects a PIN: the counter first, the last try never without permission."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from termcards import Answer, capable, config, context, link_of, said

from harness.terminal import cardholder
from harness.terminal.bits import TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome

VERIFY = "0020008008241234FFFFFFFFFF"


def entering(*pins: str) -> Callable[[], str]:
    left = iter(pins)
    return lambda: next(left, "")


def run(
    tries: str, verify: Answer, *pins: str, allow: bool = True, **more: object
) -> tuple[Context, Ending | None]:
    more.setdefault("pin", entering(*pins))
    ctx = context(
        {0x8E: "0000000000000000" + "0100"},
        aip=cardholder.AIP_CARDHOLDER_VERIFICATION,
        table={"80CA9F17": tries, "00200080": verify},
        terminal=capable(config(), 0x80),
        allow=allow,
        **more,  # type: ignore[arg-type]
    )
    return ctx, cardholder.run(ctx)


def left(count: int) -> str:
    return f"9F1701{count:02X}9000"


def test_the_counter_is_read_before_the_pin_is_sent() -> None:
    ctx, ending = run(left(3), "9000", "1234")
    assert ending is None
    assert link_of(ctx).sent == ["80CA9F1700", VERIFY]
    assert ctx.tvr.settled == 0
    assert any("VERIFY" in notice for notice in ctx.listener.notices)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("tries", "verify", "pins", "bits", "sent"),
    [
        (left(0), "9000", ["1234"], [TvrBit.PIN_TRIES_EXCEEDED], 0),
        (left(3), "63C0", ["1234"], [TvrBit.PIN_TRIES_EXCEEDED], 1),
        (left(3), "6983", ["1234"], [TvrBit.PIN_TRIES_EXCEEDED], 1),
        (left(3), "6984", ["1234"], [TvrBit.PIN_TRIES_EXCEEDED], 1),
        (left(3), "6985", ["1234"], [], 1),
        (left(3), ["63C2", "9000"], ["1234"], [TvrBit.PIN_NOT_ENTERED], 1),
        (left(3), "9000", [""], [TvrBit.PIN_NOT_ENTERED], 0),
        (left(3), "9000", ["12"], [TvrBit.PIN_NOT_ENTERED], 0),
        (left(3), "9000", ["12AB"], [TvrBit.PIN_NOT_ENTERED], 0),
    ],
)
def test_failures(
    tries: str, verify: Answer, pins: list[str], bits: list[TvrBit], sent: int
) -> None:
    ctx, ending = run(tries, verify, *pins)
    assert ending is None
    assert ctx.tvr.settled == sum(bit.mask for bit in [*bits, TvrBit.CVM_FAILED])
    assert link_of(ctx).count("0020") == sent


def test_a_second_pin_after_a_wrong_one() -> None:
    ctx, _ending = run(left(3), ["63C2", "9000"], "1111", "1234")
    assert ctx.tvr.settled == 0
    assert "wrong PIN, tries left: 2" in said(ctx)


def test_the_same_wrong_pin_is_not_sent_twice() -> None:
    ctx, _ending = run(left(3), "63C2", "1111", "1111")
    assert link_of(ctx).count("0020") == 1


def test_nobody_there_to_enter_one() -> None:
    ctx, ending = run(left(1), "9000", pin=None)
    assert ending is None
    assert ctx.tvr.has(TvrBit.PIN_NOT_ENTERED)
    assert link_of(ctx).count("0020") == 0


@pytest.mark.parametrize("tries", [left(1), "6A88", "9F17029000", "9F17020303" + "9000"])
def test_the_last_try_and_an_unreadable_counter_need_a_second_permission(tries: str) -> None:
    ctx, ending = run(tries, "9000", "1234")
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert "--allow-last-pin-try" in ending.text
    assert link_of(ctx).count("0020") == 0
    ctx, ending = run(tries, "9000", "1234", risk_last_pin_try=True)
    assert ending is None
    assert link_of(ctx).count("0020") == 1
    assert ctx.tvr.settled == 0


def test_wrong_pins_stop_at_the_last_try() -> None:
    ctx, ending = run(left(3), ["63C2", "63C1", "9000"], "1111", "2222", "1234")
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert link_of(ctx).count("0020") == 2


def test_without_permission_to_change_the_card_nothing_is_verified() -> None:
    ctx, ending = run(left(3), "9000", "1234", allow=False)
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert "VERIFY" in ending.text
    assert "--allow-state-change" in ending.text
    assert link_of(ctx).sent == ["80CA9F1700"]


def test_a_card_cannot_make_it_ask_for_ever() -> None:
    numbers = iter(range(1000, 9999))
    ctx, _ending = run(left(15), "63CF", pin=lambda: str(next(numbers)))
    assert link_of(ctx).count("0020") == 15


def test_the_pin_is_in_no_line_of_the_log() -> None:
    ctx, _ending = run(left(3), ["63C2", "9000"], "7391", "4826")
    text = said(ctx) + "".join(ctx.listener.notices)  # type: ignore[attr-defined]
    assert "7391" not in text
    assert "4826" not in text


@pytest.mark.parametrize(
    ("pins", "bit"), [(["1234"], TvrBit.ONLINE_PIN), ([], TvrBit.PIN_NOT_ENTERED)]
)
def test_online_pin(pins: list[str], bit: TvrBit) -> None:
    ctx = context(
        {0x8E: "0000000000000000" + "0200", 0x5A: "4761739001010119"},
        aip=cardholder.AIP_CARDHOLDER_VERIFICATION,
        terminal=capable(config(), 0x40),
        pin=entering(*pins),
    )
    cardholder.run(ctx)
    assert ctx.tvr.has(bit)
    assert link_of(ctx).sent == []


def test_a_pin_that_was_bypassed_once_is_not_asked_for_again() -> None:
    asked: list[int] = []

    def nothing() -> str:
        asked.append(1)
        return ""

    ctx = context(
        {0x8E: "0000000000000000" + "42004100" + "1F00", 0x5A: "4761739001010119"},
        aip=cardholder.AIP_CARDHOLDER_VERIFICATION,
        table={"80CA9F17": left(3)},
        terminal=capable(config(), 0xC8),
        pin=nothing,
    )
    assert cardholder.run(ctx) is None
    assert asked == [1]
    assert ctx.tvr.has(TvrBit.PIN_NOT_ENTERED)
    assert ctx.terminal[0x9F34].hex() == "1f0002"
    assert ctx.pin_block == b""


def test_the_block_of_an_online_pin_opens_to_it_and_no_other() -> None:
    from harness.crypto.host_keys import open_online_pin

    ctx = context(
        {0x8E: "0000000000000000" + "0200", 0x5A: "4761739001010119"},
        aip=cardholder.AIP_CARDHOLDER_VERIFICATION,
        terminal=capable(config(), 0x40),
        pin=entering("1234"),
    )
    cardholder.run(ctx)
    assert open_online_pin(ctx.pin_block, "4761739001010119") == "1234"
    assert link_of(ctx).sent == []
