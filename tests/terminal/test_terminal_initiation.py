"""GET PROCESSING OPTIONS: PDOL, both answer formats, and what ends the transaction."""

from __future__ import annotations

import pytest
from termcards import OK, context, link_of, said, tlv

from harness.terminal import initiation
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome

AFL = "08010200"
FORMAT_1 = tlv("80", "3C00", AFL) + OK
FORMAT_2 = tlv("77", tlv("82", "3900"), tlv("94", AFL)) + OK


def run(answer: str, pdol: str | None = None) -> tuple[Context, Ending | None]:
    ctx = context({0x9F38: pdol} if pdol else {}, table={"80A8": answer})
    ctx.processing = None
    return ctx, initiation.run(ctx)


@pytest.mark.parametrize(
    ("answer", "aip", "where"),
    [(FORMAT_1, "3c00", "GPO offset 2"), (FORMAT_2, "3900", "GPO offset 2")],
)
def test_both_formats(answer: str, aip: str, where: str) -> None:
    ctx, ending = run(answer)
    assert ending is None
    assert ctx.processing is not None
    assert ctx.processing.aip.hex() == aip
    assert [(one.sfi, one.first, one.last, one.signed) for one in ctx.processing.entries] == [
        (1, 1, 2, 0)
    ]
    assert ctx.card.get(0x82) == bytes.fromhex(aip)
    assert ctx.card.get(0x94) == bytes.fromhex(AFL)
    assert ctx.card.where(0x82) == where


def test_without_pdol_the_template_is_empty() -> None:
    ctx, _ending = run(FORMAT_1)
    assert link_of(ctx).sent == ["80A8000002830000"]


def test_the_pdol_is_answered_from_the_terminals_data() -> None:
    pdol = "9F02069F1A025F2A029A03" + "9505" + "DF7F01" + "9F3501"
    ctx, _ending = run(FORMAT_1, pdol)
    data = "000000001234" + "0528" + "0978" + "261120" + "0000000000" + "00" + "22"
    assert link_of(ctx).sent == [f"80A80000168314{data}00"]
    assert ctx.processing is not None
    assert ctx.processing.pdol_data.hex() == data
    assert "DF7F, which this terminal does not have: zeros" in said(ctx)


def test_it_is_announced() -> None:
    ctx, _ending = run(FORMAT_1)
    assert "ATC +1" in ctx.listener.notices[0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("6A81", "answered 6A81"),
        (OK, "neither template 80 nor 77"),
        (tlv("70", AFL) + OK, "neither template 80 nor 77"),
        (FORMAT_1[:-4] + tlv("80", "3C00") + OK, "neither template 80 nor 77"),
        (tlv("80", "3C") + OK, "no AIP of two bytes"),
        (tlv("80", "3C00") + OK, "AFL"),
        (tlv("80", "3C00", "0801020003") + OK, "AFL"),
        (tlv("80", "3C00", "08000200") + OK, "first record is 0"),
        (tlv("80", "3C00", "08030200") + OK, "before the first"),
        (tlv("80", "3C00", "00010200") + OK, "SFI 0"),
        (tlv("80", "3C00", "08010203") + OK, "signed records"),
        (tlv("77", tlv("94", AFL)) + OK, "no AIP of two bytes"),
        (tlv("77", tlv("82", "3900")) + OK, "AFL"),
        (tlv("77", tlv("82", "3900"), tlv("82", "3900"), tlv("94", AFL)) + OK, "82"),
        ("7720" + "8202" + OK, "GET PROCESSING OPTIONS"),
    ],
)
def test_what_cannot_be_used_ends_the_transaction(answer: str, why: str) -> None:
    _ctx, ending = run(answer)
    assert ending is not None
    assert not isinstance(ending, initiation.NotHere)
    assert ending.outcome is Outcome.TERMINATED
    assert why in ending.text


def test_conditions_of_use_not_satisfied_asks_for_the_next_candidate() -> None:
    _ctx, ending = run("6985")
    assert isinstance(ending, initiation.NotHere)


@pytest.mark.parametrize(
    ("pdol", "why"),
    [("9F", "malformed"), ("9F02", "malformed"), ("9F02FF9F0201", "one command holds")],
)
def test_a_pdol_that_cannot_be_answered(pdol: str, why: str) -> None:
    ctx, ending = run(FORMAT_1, pdol)
    assert ending is not None
    assert why in ending.text
    assert link_of(ctx).sent == []
