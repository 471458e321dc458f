"""Cards that answer what no card should, until their records are read."""

from __future__ import annotations

import pytest
from oddcards import RECORD, asking, record, run
from termcards import (
    OK,
    PSE,
    config,
    fci,
    tlv,
)
from test_terminal_transaction import A1, A2, BOTH, text

from harness.profiles.terminal_config import TerminalAid
from harness.terminal.outcome import Outcome

# Selection


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (tlv("6F", tlv("A5", tlv("84", A1))) + OK, "a file without a name"),
        (tlv("6F", tlv("84", A1), tlv("BF0C", tlv("A5", ""))) + OK, "no proprietary template A5"),
        (tlv("6F", tlv("84", A1)) + OK, "no proprietary template A5"),
        (fci(A2) + OK, f"{A1} was asked for, the card selected {A2}"),
        (fci(A1 + "01") + OK, f"{A1}01 is longer than {A1}, which the terminal wants in full"),
        (fci(A1) + "6283", "is blocked (6283)"),
        (tlv("6F", tlv("84", A1), tlv("84", A2), tlv("A5", "")) + OK, "more than once"),
        (fci(A1) + fci(A1) + OK, "not one template 6F"),
    ],
)
def test_an_fci_that_is_none_leads_to_the_next_application(answer: str, why: str) -> None:
    result = run(asking(**{f"00A4040007{A1}": answer}))
    assert why in text(result)
    assert result.aid.hex().upper() == A2
    assert result.outcome is Outcome.APPROVED_ONLINE


def test_a_good_fci_is_used() -> None:
    assert run(asking()).aid.hex().upper() == A1


PARTIAL = (TerminalAid(bytes.fromhex("A000000003"), "visa", True, (b"\x00\xa0",)),)


@pytest.mark.parametrize(
    ("following", "count", "why"),
    [
        ([fci(A2) + OK, "6A82"], 2, ""),
        ([fci(A1) + OK], 1, "does not advance"),
        ([fci(A2) + OK, fci(A1) + OK], 2, "does not advance"),
        ([fci("A0000000041010") + OK], 1, "was asked for, the card selected A0000000041010"),
        ([fci(A2) + "6283", "6A82"], 1, "is blocked (6283)"),
        (["9000"], 1, "a file without a name"),
    ],
)
def test_several_instances_by_a_partial_name(following: list[str], count: int, why: str) -> None:
    table = asking(**{"00A4040005A000000003": fci(A1) + OK, "00A4040205A000000003": following})
    result = run(table, config(aids=PARTIAL))
    assert len(result.candidates) == count
    assert why in text(result)


# Names and confirmation

LATIN2 = tlv("9F12", "42B1") + tlv("9F11", "02")  # "Bą" in ISO/IEC 8859-2


@pytest.mark.parametrize(
    ("shown", "more", "name"),
    [
        ("6000F0A002", LATIN2, "Bą"),
        ("6000F0A001", LATIN2, "SCRIPTED"),
        ("6000F0A003", tlv("9F12", "42B1") + tlv("9F11", "01"), "B±"),
        ("6000F0A3FF", tlv("9F12", "42B1"), "SCRIPTED"),
        ("6000F0A3FF", tlv("9F12", "42B1") + tlv("9F11", "0B"), "SCRIPTED"),
        ("6000F0A3FF", tlv("9F12", "42B1") + tlv("9F11", "00"), "SCRIPTED"),
        ("6000F0A200", tlv("9F12", "42A4") + tlv("9F11", "0A"), "BĪ"),
        ("6000F0A100", tlv("9F12", "42D0") + tlv("9F11", "09"), "BĞ"),
        ("6000F0A001", tlv("9F12", "420A1B") + tlv("9F11", "01"), "B??"),
    ],
)
def test_the_preferred_name_where_the_terminal_has_its_code_table(
    shown: str, more: str, name: str
) -> None:
    terminal = config(aids=BOTH, additional_capabilities=bytes.fromhex(shown))
    result = run(asking(**{f"00A4040007{A1}": fci(A1, more=more) + OK}), terminal)
    assert result.candidates[0].name == name
    assert f"selected {A1} {name}" in text(result)


@pytest.mark.parametrize(("table", "name"), [("01", "B±"), ("02", "LABEL"), ("", "LABEL")])
def test_the_preferred_name_in_the_directory(table: str, name: str) -> None:
    code = tlv("9F11", table) if table else ""
    directory = tlv("6F", tlv("84", PSE[10:]), tlv("A5", tlv("88", "01"), code))
    entry = tlv("61", tlv("4F", A1), tlv("50", b"LABEL".hex()), tlv("9F12", "42B1"))
    records = [tlv("70", entry) + OK, "6A83", record()]
    result = run(
        asking(**{PSE: directory + OK, "00B2010C": [records[0], record()], "00B2020C": "6A83"})
    )
    assert [one.source for one in result.candidates] == ["PSE"]
    assert result.candidates[0].name == name


def test_an_application_without_any_name_is_called_by_its_aid() -> None:
    bare = tlv("6F", tlv("84", A1), tlv("A5", tlv("87", "01")))
    assert run(asking(**{f"00A4040007{A1}": bare + OK})).candidates[0].name == A1


@pytest.mark.parametrize(
    ("asks", "answer", "aid"),
    [(True, True, A1), (True, None, A1), (True, False, A2), (False, True, A2)],
)
def test_confirmation(asks: bool, answer: bool | None, aid: str) -> None:
    heard: list[str] = []

    def confirm(name: str) -> bool:
        heard.append(name)
        return bool(answer)

    table = asking(**{f"00A4040007{A1}": fci(A1, priority="81") + OK})
    terminal = config(aids=BOTH, cardholder_confirms=asks)
    result = run(table, terminal, confirm=None if answer is None else confirm)
    assert result.aid.hex().upper() == aid
    assert heard == (["SCRIPTED"] if asks and answer is not None else [])


def test_whoever_confirms_nothing_gets_nothing() -> None:
    table = asking(**{f"00A4040007{aid}": fci(aid, priority="81") + OK for aid in (A1, A2)})
    result = run(table, config(aids=BOTH, cardholder_confirms=True), confirm=lambda _name: False)
    assert result.outcome is Outcome.NOT_COMPLETED
    assert "no candidate is left" in result.text


# Records


def test_a_tag_that_nobody_knows_may_come_twice() -> None:
    strange = tlv("DF7F", "01")
    twice = tlv("70", *[tlv(tag, value) for tag, value in RECORD.items()], strange, strange) + OK
    result = run(asking(**{"00B2010C": twice}))
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert "tag DF7F stands here more than once" in text(result)


@pytest.mark.parametrize(
    ("again", "outcome"),
    [
        (tlv("5A", "4761739001010119"), Outcome.TERMINATED),
        (tlv("DF7F", "02"), Outcome.APPROVED_ONLINE),
    ],
)
def test_a_tag_that_is_known_may_not(again: str, outcome: Outcome) -> None:
    first = tlv("70", *[tlv(tag, value) for tag, value in RECORD.items()], tlv("DF7F", "01"))
    table = {
        "80A8": tlv("80", "0000", "08010200") + OK,
        "00B2010C": first + OK,
        "00B2020C": tlv("70", again) + OK,
    }
    result = run(asking(**table))
    assert result.outcome is outcome
    assert "and again at record 1.2" in text(result)
    same = first[:2] + f"{len(bytes.fromhex(first)) - 2 + len(again) // 2:02X}" + first[4:] + again
    assert run(asking(**{"00B2010C": same + OK})).outcome is outcome


def test_an_empty_object_is_named() -> None:
    result = run(asking(**{"00B2010C": record(t9F08="")}))
    assert "tag 9F08 in record 1.1 is empty" in text(result)
    assert "9F08 in record" not in text(run(asking()))
