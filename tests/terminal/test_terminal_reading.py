"""Reading records: provenance, repeats, mandatory data, bounds."""

from __future__ import annotations

import pytest
from termcards import OK, Answer, context, link_of, said, tlv

from harness.codec.afl import parse_afl
from harness.terminal import reading
from harness.terminal.context import Context
from harness.terminal.initiation import Processing
from harness.terminal.outcome import Ending, Outcome
from harness.terminal.records import MAX_RECORDS

PAN, EXPIRY = tlv("5A", "4761739001010119"), tlv("5F24", "491231")
CDOL1, CDOL2 = tlv("8C", "9F0206"), tlv("8D", "8A02")
GOOD = [tlv("70", PAN, EXPIRY) + OK, tlv("70", CDOL1, CDOL2) + OK]


def run(answers: list[str], afl: str = "08010201") -> tuple[Context, Ending | None]:
    table: dict[str, Answer] = {
        f"00B2{number:02X}": answer for number, answer in enumerate(answers, start=1)
    }
    ctx = context(table=table)
    raw = bytes.fromhex(afl)
    ctx.processing = Processing(b"", b"", b"\0\0", raw, parse_afl(raw))
    return ctx, reading.run(ctx)


def test_records_are_read_in_order_with_their_place() -> None:
    ctx, ending = run(GOOD)
    assert ending is None
    assert link_of(ctx).sent == ["00B2010C00", "00B2020C00"]
    assert ctx.card.where(0x5A) == "record 1.1 offset 2"
    assert ctx.card.where(0x5F24) == "record 1.1 offset 12"
    assert ctx.card.where(0x8D) == "record 1.2 offset 7"
    assert [record.signed for record in ctx.records] == [True, False]
    assert "2 records read, 1 of them signed" in said(ctx)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("6A83", "record 1.2 answered 6A83"),
        (OK, "record 1.2 is not one template 70"),
        (CDOL1 + OK, "record 1.2 is not one template 70"),
        (tlv("70", CDOL1) + tlv("70", CDOL2) + OK, "record 1.2 is not one template 70"),
        (tlv("70", CDOL1, CDOL2, PAN) + OK, "tag 5A stands at record 1.1 offset 2 and again at"),
        (tlv("70", CDOL1, CDOL2, CDOL2) + OK, ""),
        ("7010" + CDOL1 + OK, "record 1.2 offset 0"),
        (tlv("70", CDOL2) + OK, "mandatory data missing: 8C CDOL1"),
        (tlv("70", CDOL1) + OK, "mandatory data missing: 8D CDOL2"),
        (tlv("70", CDOL1, tlv("8D", "")) + OK, "8D CDOL2"),
    ],
)
def test_faults_end_the_transaction(second: str, why: str) -> None:
    _ctx, ending = run([GOOD[0], second])
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
    assert why in ending.text


@pytest.mark.parametrize(("kept", "tag"), [(EXPIRY, "5A"), (PAN, "5F24")])
def test_mandatory_data(kept: str, tag: str) -> None:
    _ctx, ending = run([tlv("70", kept) + OK, GOOD[1]])
    assert ending is not None
    assert f"mandatory data missing: {tag}" in ending.text


def test_a_record_of_the_issuers_own_files_may_have_any_form() -> None:
    ctx, ending = run([*GOOD, "DEAD" + OK], afl="08010201" + "A8030300")
    assert ending is None
    assert "record 21.3 is not one template 70" in said(ctx)


def test_an_afl_that_lists_too_much_is_cut() -> None:
    endless = tlv("70", tlv("DF01", "00")) + OK
    ctx = context(table={"00B2": endless})
    raw = bytes.fromhex("0801FF00" + "1001FF00")
    ctx.processing = Processing(b"", b"", b"\0\0", raw, parse_afl(raw))
    ending = reading.run(ctx)
    assert ending is not None
    assert link_of(ctx).count("00B2") == MAX_RECORDS
