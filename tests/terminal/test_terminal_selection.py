"""Candidate list and final selection against scripted cards."""

from __future__ import annotations

import pytest
from termcards import OK, PSE, VISA, Answer, config, context, entry, fci, link_of, said, tlv

from harness.profiles.terminal_config import TerminalAid
from harness.terminal import selection
from harness.terminal.candidates import MAX_NEXT, Candidate, match
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome
from harness.terminal.pse import MAX_DIRECTORY_RECORDS

A1, A2 = "A0000000031010", "A0000000032010"
RID = bytes.fromhex("A000000003")
PSE_FCI = tlv("6F", tlv("84", "315041592E5359532E4444463031"), tlv("A5", tlv("88", "01"))) + OK
PARTIAL = (TerminalAid(RID, "visa", True, (b"\x00\xa0",)),)


def directory(*records: str) -> dict[str, Answer]:
    table: dict[str, Answer] = {PSE: PSE_FCI}
    for number, content in enumerate(records, start=1):
        table[f"00B2{number:02X}0C"] = tlv("70", content) + OK
    table[f"00B2{len(records) + 1:02X}0C"] = "6A83"
    return table


def select(aid: str) -> str:
    return f"00A40400{len(aid) // 2:02X}{aid}"


def select_next(aid: str) -> str:
    return f"00A40402{len(aid) // 2:02X}{aid}"


def build(table: dict[str, Answer], **changes: object) -> tuple[Context, Ending | None]:
    ctx = context(table=table, terminal=config(**changes))
    ctx.chosen = None
    return ctx, selection.build_list(ctx)


def aids(ctx: Context) -> list[str]:
    return [candidate.aid.hex().upper() for candidate in ctx.candidates]


def test_the_directory_gives_the_candidates_in_order_of_priority() -> None:
    table = directory(entry(A2, priority="02"), entry(A1, priority="01") + entry("B00000000101"))
    ctx, ending = build(table, aids=PARTIAL)
    assert ending is None
    assert aids(ctx) == [A1, A2]
    assert "B00000000101 is not among the terminal's applications" in said(ctx)
    assert {candidate.source for candidate in ctx.candidates} == {"PSE"}


def test_no_priority_comes_last() -> None:
    ctx, _ending = build(
        directory(entry(A2, priority="00") + entry(A1, priority="0F")), aids=PARTIAL
    )
    assert aids(ctx) == [A1, A2]


def test_an_application_listed_twice_is_one_candidate() -> None:
    ctx, _ending = build(directory(entry(A1) + entry(A1)), aids=PARTIAL)
    assert aids(ctx) == [A1]
    assert "listed twice" in said(ctx)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({PSE: "6A82"}, "no usable PSE (6A82"),
        ({PSE: "6283"}, "no usable PSE (6283"),
        ({PSE: tlv("6F", tlv("84", "00"), tlv("A5", "")) + OK}, "no SFI from 1 to 10"),
        ({PSE: tlv("6F", tlv("A5", tlv("88", "0B"))) + OK}, "no SFI from 1 to 10"),
        (directory(), "an empty directory"),
        ({PSE: PSE_FCI, "00B2010C": "6A82"}, "directory record 1 answered 6A82"),
        ({PSE: PSE_FCI, "00B2010C": "7002" + OK}, "directory record 1"),
        ({PSE: PSE_FCI, "00B2010C": "6100" + OK, "00B2020C": "6A83"}, "not one template 70"),
        (directory(tlv("61", tlv("50", "41"))), "without an AID"),
        (directory(entry("B00000000101")), "nothing in the directory for this terminal"),
    ],
)
def test_without_a_usable_directory_each_aid_is_asked_for(
    table: dict[str, Answer], why: str
) -> None:
    ctx, ending = build({**table, select(A1): fci(A1) + OK})
    assert ending is None
    assert why in said(ctx)
    assert aids(ctx) == [A1]
    assert ctx.candidates[0].source == "AID list"


def test_a_terminal_without_pse_does_not_ask_for_it() -> None:
    ctx, _ending = build({select(A1): fci(A1) + OK}, pse=False)
    assert aids(ctx) == [A1]
    assert link_of(ctx).count(PSE) == 0


@pytest.mark.parametrize("table", [{PSE: "6A81"}, {PSE: "6A82", select(A1): "6A81"}])
def test_a_blocked_card_ends_it(table: dict[str, Answer]) -> None:
    _ctx, ending = build(table)
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
    assert "6A81" in ending.text


def test_an_endless_directory_is_given_up() -> None:
    table: dict[str, Answer] = {PSE: PSE_FCI, "00B2": tlv("70", entry(A1)) + OK}
    ctx, _ending = build(table, aids=PARTIAL)
    assert link_of(ctx).count("00B2") == MAX_DIRECTORY_RECORDS
    assert "no end" in said(ctx)


def test_partial_selection_finds_every_instance() -> None:
    table: dict[str, Answer] = {
        PSE: "6A82",
        select("A000000003"): fci(A1, priority="02") + OK,
        select_next("A000000003"): [fci(A2, priority="01") + OK, "6A82"],
    }
    ctx, _ending = build(table, aids=PARTIAL)
    assert aids(ctx) == [A2, A1]


def test_partial_selection_is_bounded() -> None:
    many = [fci(f"A000000003{number:04X}") + OK for number in range(100)]
    table: dict[str, Answer] = {
        PSE: "6A82",
        select("A000000003"): many[0],
        select_next("A000000003"): [*many[1:]],
    }
    ctx, _ending = build(table, aids=PARTIAL)
    assert link_of(ctx).count("00A40402") == MAX_NEXT
    assert len(ctx.candidates) == MAX_NEXT + 1
    assert "occurrences" in said(ctx)


def test_a_card_that_repeats_itself_is_noticed() -> None:
    same = fci(A1) + OK
    table: dict[str, Answer] = {
        PSE: "6A82",
        select("A000000003"): same,
        select_next("A000000003"): same,
    }
    ctx, _ending = build(table, aids=PARTIAL)
    assert link_of(ctx).count("00A40402") == 1
    assert "does not advance" in said(ctx)


def test_a_longer_name_is_no_candidate_where_only_the_full_one_is_supported() -> None:
    ctx, ending = build({PSE: "6A82", select(A1): fci(A1 + "01") + OK})
    assert aids(ctx) == []
    assert ending is not None
    assert ending.outcome is Outcome.NOT_COMPLETED


def test_another_name_than_the_one_asked_for_is_no_candidate() -> None:
    ctx, ending = build({PSE: "6A82", select(A1): fci(A2) + OK})
    assert ending is not None
    assert "A0000000031010 was asked for, the card selected A0000000032010" in said(ctx)


@pytest.mark.parametrize("answer", [fci(A1) + "6283", "6283"])
def test_a_blocked_application_is_named(answer: str) -> None:
    _ctx, ending = build({PSE: "6A82", select(A1): answer})
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
    assert A1 in ending.text


def test_nothing_in_common() -> None:
    _ctx, ending = build({PSE: "6A82"}, aids=PARTIAL)
    assert ending == Ending(
        Outcome.NOT_COMPLETED,
        "not completed: card and terminal have no application in common",
    )


def test_the_longest_terminal_aid_wins() -> None:
    terminal = config(aids=(*PARTIAL, TerminalAid(VISA, "visa", True, ())))
    found = match(terminal, VISA + b"\x01")
    assert found is not None
    assert found.aid == VISA
    assert match(terminal, b"\xa0\x00\x00\x00\x04\x10\x10") is None


def final(
    table: dict[str, Answer], *candidates: str, **request: object
) -> tuple[Context, Ending | None]:
    ctx = context(table=table, **request)  # type: ignore[arg-type]
    ctx.chosen = None
    ctx.candidates = [
        Candidate(bytes.fromhex(aid), "", int(priority, 16), ctx.config.aids[0], "PSE")
        for aid, priority in (one.split("/") for one in candidates)
    ]
    return ctx, selection.select_next(ctx)


def test_final_selection_takes_the_first_candidate() -> None:
    ctx, ending = final(
        {select(A1): fci(A1, more=tlv("9F38", "9F3704")) + OK}, f"{A1}/01", f"{A2}/02"
    )
    assert ending is None
    assert ctx.aid.hex().upper() == A1
    assert ctx.card.get(0x9F38) == bytes.fromhex("9F3704")
    assert ctx.card.where(0x9F38) == "FCI offset 23"
    assert [candidate.aid.hex().upper() for candidate in ctx.candidates] == [A2]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("6283", "application blocked (6283)"),
        ("6A82", "SELECT answered 6A82"),
        (fci(A2) + OK, "is not the one that was selected"),
        (tlv("6F", tlv("A5", "")) + OK, "DF name missing"),
        (tlv("6F", tlv("84", A1)) + OK, "no proprietary template A5"),
        (tlv("84", A1) + OK, "not one template 6F"),
        ("6F20" + OK, "FCI:"),
        (OK, "not one template 6F"),
    ],
)
def test_an_application_that_cannot_be_used_gives_way_to_the_next(answer: str, why: str) -> None:
    ctx, ending = final({select(A1): answer, select(A2): fci(A2) + OK}, f"{A1}/01", f"{A2}/02")
    assert ending is None
    assert ctx.aid.hex().upper() == A2
    assert why in said(ctx)


def test_the_last_reason_is_named_when_none_is_left() -> None:
    _ctx, ending = final({select(A1): "6283"}, f"{A1}/01")
    assert ending is not None
    assert ending.outcome is Outcome.NOT_COMPLETED
    assert "application blocked (6283)" in ending.text


def test_confirmation_is_needed_and_nobody_can_be_asked() -> None:
    ctx, ending = final({}, f"{A1}/81")
    assert ending is not None
    assert "needs the cardholder's confirmation" in said(ctx)
    assert link_of(ctx).sent == []


@pytest.mark.parametrize("named", [True, False])
def test_confirmation_by_naming_it_or_by_a_terminal_that_can_ask(named: bool) -> None:
    ctx, ending = final(
        {select(A1): fci(A1) + OK},
        f"{A1}/81",
        aid=bytes.fromhex(A1) if named else None,
        terminal=config(cardholder_confirms=not named),
    )
    assert ending is None
    assert ctx.aid.hex().upper() == A1


def test_the_user_may_choose_against_the_priority() -> None:
    table: dict[str, Answer] = {select(A2): fci(A2) + OK}
    ctx, _ending = final(table, f"{A1}/01", f"{A2}/02", aid=bytes.fromhex(A2))
    assert ctx.aid.hex().upper() == A2


def test_an_application_that_is_not_there_cannot_be_chosen() -> None:
    ctx, ending = final({}, f"{A1}/01", aid=bytes.fromhex("A0000000041010"))
    assert ending is not None
    assert "A0000000041010 is not among the candidates" in said(ctx)


def test_a_card_blocked_in_between() -> None:
    _ctx, ending = final({select(A1): "6A81"}, f"{A1}/01")
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
