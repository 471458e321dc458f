"""The terminal's data out of a recorded session, and how a replayed command differs from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from termcards import OK, ScriptedLink, config, context, fci, tlv
from termcards import PSE as PSE_SELECT
from test_terminal_completion import context_after

from harness.core.errors import ReplayMismatch
from harness.profiles.terminal_config import TerminalAid, TerminalConfig
from harness.records.exchange import Exchange
from harness.terminal.context import Context
from harness.terminal.cryptogram import run_first
from harness.terminal.outcome import Outcome
from harness.terminal.recorded import (
    SessionAmounts,
    as_recorded,
    differences,
    session_amounts,
    terminal_values,
)
from harness.terminal.transaction import run_transaction

PDOL = "9F1A029F3501"
CDOL1 = "9F02069F03065F2A029C01" + "95059F3704"
AMOUNTS = "000000001234" + "000000000100" + "0978" + "09"
TVR, NUMBER = "0000008000", "11223344"
COUNTRY = "0528" + "22"
A1, A2 = "A0000000031010", "A0000000032010"


def said(command: str, answer: str | None = OK, kind: str = "apdu") -> Exchange:
    response = None if answer is None else bytes.fromhex(answer)
    return Exchange(0, bytes.fromhex(command), response, 0.0, 0.0, kind)


def command(head: str, data: str) -> str:
    return f"{head}{len(data) // 2:02X}{data}00"


def select(aid: str, pdol: str = "") -> Exchange:
    inner = tlv("84", aid) + tlv("A5", tlv("9F38", pdol) if pdol else "")
    return said(command("00A40400", aid), tlv("6F", inner) + OK)


def gpo(data: str) -> Exchange:
    return said(command("80A80000", tlv("83", data)))


def records(*values: str, head: str = "00B2010C00") -> Exchange:
    return said(head, tlv("70", *values) + OK)


def generate(data: str) -> Exchange:
    return said(command("80AE8000", data))


def values(*session: Exchange) -> dict[int, dict[int, str]]:
    return {
        ins: {tag: value.hex().upper() for tag, value in found.items()}
        for ins, found in terminal_values(session).items()
    }


SESSION = (
    said("", "3B00", kind="reset"),
    select(A1, PDOL),
    gpo(COUNTRY),
    records(tlv("5A", "4761739001010119"), tlv("8C", CDOL1)),
    said("00880000" + "04" + "55667788" + "00"),
    generate(AMOUNTS + TVR + NUMBER),
    said("80AE4000" + "02" + "3030" + "00"),
)


def test_what_the_terminal_put_into_the_lists_but_what_is_ordered_or_worked_out() -> None:
    assert values(*SESSION) == {
        0xA8: {0x9F1A: "0528", 0x9F35: "22"},
        0x88: {0x9F37: "55667788"},
        0xAE: {0x9F37: NUMBER},
    }
    assert session_amounts(SESSION) == SessionAmounts(1234, 100, 978, 9)


@pytest.mark.parametrize("head", ["00B2010C00", "00C0000000", "00A4040000"])
def test_lists_come_with_records_and_selections(head: str) -> None:
    assert values(records(tlv("8C", "9F3704"), head=head), generate(NUMBER)) == {
        0xAE: {0x9F37: NUMBER}
    }


def test_lists_that_come_otherwise_or_not_at_all() -> None:
    other = records(tlv("8C", "9F3704"), head="80CA008C00")
    none = said("00B2010C00", None)
    assert values(other, none, generate(NUMBER)) == {}


def test_the_list_of_the_application_that_was_chosen_in_the_end() -> None:
    session = select(A1, "9F1A02"), select(A2, "9F3501"), gpo("22")
    assert values(*session) == {0xA8: {0x9F35: "22"}}


def test_only_the_first_command_with_a_list_counts() -> None:
    session = records(tlv("8C", "9F3704")), generate(NUMBER), generate("55667788")
    assert values(*session) == {0xAE: {0x9F37: NUMBER}}
    ddol = records(tlv("9F49", "9F37049A03"))
    assert values(ddol, said("0088000007" + NUMBER + "26112000")) == {
        0x88: {0x9F37: NUMBER, 0x9A: "261120"}
    }


@pytest.mark.parametrize(
    "session",
    [
        (records(tlv("8C", "9F3704")), generate(NUMBER + "00")),  # longer than the list
        (records(tlv("8C", "9F3704")), generate(NUMBER[2:])),
        (records(tlv("8C", "9F37")), generate(NUMBER)),  # no list
        (select(A1, PDOL), said(command("80A80000", COUNTRY))),  # not in template 83
        (select(A1, "9F1A02"), said(command("80A80000", "0528"))),
    ],
)
def test_data_that_do_not_fit_the_list_say_nothing(session: tuple[Exchange, ...]) -> None:
    assert list(values(*session).values()) == [{}]
    assert session_amounts(session) is None


def test_one_byte_and_no_le() -> None:
    assert values(records(tlv("9F49", "9F3501")), said("0088000001" + "22")) == {
        0x88: {0x9F35: "22"}
    }


def test_amounts_out_of_two_lists() -> None:
    lists = select(A1, "9F02065F2A02"), records(tlv("8C", "9F0306"))
    session = *lists, gpo("0000000012340978"), generate("000000000100")
    assert session_amounts(session) == SessionAmounts(1234, 100, 978, 0)


@pytest.mark.parametrize(
    "passed_over",
    [said("00880000"), said("008800000411223344", kind="power"), said("00840000" + "04")],
)
def test_what_is_no_command_with_data(passed_over: Exchange) -> None:
    assert values(passed_over) == {}


@pytest.mark.parametrize(
    ("dol", "data", "wanted"),
    [
        ("9F0206", "000000001234", SessionAmounts(1234, 0, None, 0)),
        ("9F02069C00", "000000001234", SessionAmounts(1234, 0, None, 0)),
        ("9F02069C01", "00000000AA3431", SessionAmounts(0, 0, None, 0x31)),
        ("9F02065F2A02", "0000000012340A78", SessionAmounts(1234, 0, None, 0)),
        ("5F2A02", "0978", None),
    ],
)
def test_amounts_that_are_there_in_part(dol: str, data: str, wanted: SessionAmounts | None) -> None:
    session = records(tlv("8C", dol)), generate(data)
    assert session_amounts(session) == wanted


# ---------------------------------------------------------------- differences


def mismatch(head: str, here: str, there: str) -> ReplayMismatch:
    error = ReplayMismatch("the transcript has it with other data")
    error.sent = bytes.fromhex(command(head, here))
    error.recorded = bytes.fromhex(command(head, there))
    return error


@pytest.mark.parametrize("recorded", ["80AE4000", "80AE400000"])
def test_a_recorded_command_without_data(recorded: str) -> None:
    error = mismatch("80AE4000", "3030", "")
    error.recorded = bytes.fromhex(recorded)
    assert differences(error, after(LISTS)) == ""


def after(card: dict[int, str]) -> Context:
    ctx = context_after("ARQC")
    for tag, value in card.items():
        ctx.card.replace(tag, bytes.fromhex(value), "test")
    return ctx


LISTS = {0x9F38: PDOL, 0x8C: "95055A08", 0x8D: "8A02"}
BEFORE = context(LISTS)
PAN, OTHER = "4761739001010119", "4761739001010127"


@pytest.mark.parametrize(
    ("ctx", "head", "here", "there", "words"),
    [
        (BEFORE, "80A80000", "8303052822", "8303052822", ""),
        (BEFORE, "80A80000", "8303052822", "8303052821", "9F35: 22, recorded 21"),
        (
            BEFORE,
            "80A80000",
            "8303052822",
            "8303025021",
            "9F1A: 0528, recorded 0250; 9F35: 22, recorded 21",
        ),
        (BEFORE, "80A80000", "8303052822", "83020528", ""),  # cannot be taken apart
        (BEFORE, "00880000", NUMBER, "55667788", "9F37: 11223344, recorded 55667788"),
        (
            context({0x9F49: "9A03"}),
            "00880000",
            "261120",
            "261121",
            "9A: 261120, recorded 261121",
        ),
        (
            BEFORE,
            "80AE8000",
            TVR + PAN,
            "8000008000" + OTHER,
            "95: 0000008000, recorded 8000008000; 5A: **, recorded **",
        ),
        (after(LISTS), "80AE4000", "3030", "3035", "8A: 3030, recorded 3035"),
        (context(), "80AE8000", "3030", "3035", ""),  # no list
        (context(), "80AE8000", "30" * 88, "35" * 88, ""),
        (BEFORE, "00820000", "3030", "3035", ""),
    ],
)
def test_differences_by_element(ctx: Context, head: str, here: str, there: str, words: str) -> None:
    assert differences(mismatch(head, here, there), ctx) == words


# ---------------------------------------------------------------- applications


VISA = TerminalAid(bytes.fromhex("A000000003"), "visa", True, (b"\0\xa0",))
EXACT = TerminalAid(bytes.fromhex("A0000000041010"), "mastercard", False, (b"\0\x02",))
KNOWN = config(aids=(VISA, EXACT))
PSE = "315041592E5359532E4444463031"


def names(made: TerminalConfig) -> list[tuple[str, bool, str]]:
    return [(one.aid.hex().upper(), one.partial, one.scheme) for one in made.aids]


def test_a_session_by_names_is_asked_by_these_names() -> None:
    session = select("A0000000041010"), select(A2), select(A1), select(A2)
    made = as_recorded(KNOWN, session)
    assert names(made) == [
        (A2, False, "visa"),
        (A1, False, "visa"),
        ("A0000000041010", False, "mastercard"),
    ]
    assert not made.pse
    assert made == replace(KNOWN, pse=False, aids=made.aids)


@pytest.mark.parametrize(
    "session",
    [
        (),
        (select(PSE), select(A1)),
        (select("B00000000101"),),
        (select("A000000004101001"),),  # longer than a name that is wanted in full
        (said(command("00A40400", A1), kind="power"),),
        (said(command("00A40000", A1)), said(command("00B20400", A1))),
        (said("00A40400"), said("00A4040000")),
    ],
)
def test_any_other_session_is_asked_as_ever(session: tuple[Exchange, ...]) -> None:
    assert as_recorded(KNOWN, session) is KNOWN


# ---------------------------------------------------------------- a transaction with them

EARLY, MIDDLE, LATE = b"\xa8" * 4, b"\x88" * 4, b"\xae" * 4
RECORDED = {
    0xA8: {0x9F37: EARLY},
    0x88: {0x9F37: MIDDLE, 0x9F1E: MIDDLE},
    0xAE: {0x9F37: LATE, 0x9F1E: LATE, 0x9F15: LATE, 0x9F09: LATE[:2]},
}


def test_recorded_data_take_the_place_of_the_terminals_own_the_earlier_first() -> None:
    ctx = context(recorded=RECORDED)
    tags = (0x9F37, 0x9F1E, 0x9F15, 0x9F09)
    assert [ctx.terminal[tag] for tag in tags] == [EARLY, MIDDLE, LATE, LATE[:2]]
    ctx.asked = "ARQC"
    run_first(ctx)
    assert [ctx.terminal[tag] for tag in tags] == [LATE, LATE, LATE, LATE[:2]]


def test_data_that_were_not_recorded_stay_the_terminals_own() -> None:
    own = context().terminal
    assert context(recorded={0xB2: {0x9F37: LATE}}).terminal == own
    ctx = context(recorded={0xA8: {0x9F37: EARLY}})
    ctx.asked = "ARQC"
    run_first(ctx)
    assert ctx.terminal == {**own, 0x9F37: EARLY}


class Replay(ScriptedLink):
    """Has recorded GET PROCESSING OPTIONS with other data, or not at all."""

    other = b""

    def transmit(self, command: bytes) -> bytes:
        if command[1] == 0xA8:
            error = ReplayMismatch("the transcript has no such command", where="a file")
            if self.other:
                error.sent, error.recorded = command, self.other
            raise error
        return super().transmit(command)


@pytest.mark.parametrize(
    ("recorded", "lines"),
    [("80A80000048302025000", ("9F1A: 0528, recorded 0250",)), ("", ())],
)
def test_a_replay_that_differs_is_examined_no_further(recorded: str, lines: tuple[str]) -> None:
    link = Replay({PSE_SELECT: "6A82", f"00A4040007{A1}": fci(A1, more="9F38039F1A02") + OK})
    link.other = bytes.fromhex(recorded)
    ctx = context()
    result = run_transaction(
        link,
        config=ctx.config,
        keys=None,
        host=None,
        request=ctx.request,
        clock=ctx.clock,
        allow_state_change=True,
    )
    wanted = "not examined further: the transcript has no such command"
    assert (result.outcome, result.text) == (Outcome.STOPPED, wanted)
    assert result.steps[-1].title == "Initiate application processing"
    assert result.steps[-1].lines[-1 - len(lines) :] == (*lines, wanted)
