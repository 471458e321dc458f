"""From exchanges to facts: directory, selection, candidates."""

from __future__ import annotations

import pytest
from cardtalk import (
    AFL_1,
    DIRECTORY,
    GPO,
    PPSE,
    PSE,
    PSE_FCI,
    VISA,
    VISA_2,
    aids,
    card,
    fci,
    read,
    select,
)


def test_the_atr_is_the_one_that_was_known_until_a_reset_gives_another():
    assert card().atr == b"\x3b\x00"
    assert card(("", "3B6000")).atr == b"\x3b\x60\x00"


def test_what_comes_after_a_reset_belongs_to_no_application():
    facts = card(
        (select(VISA), fci(VISA) + "9000"),
        ("", "3B00"),
        (GPO, AFL_1 + "9000"),
    )
    assert facts.applications[0].gpo is None
    assert len(facts.replies) == 2


def test_the_command_without_an_answer_ended_the_reading():
    facts = card((PSE, "6A82"), (select(VISA), None))
    assert facts.ended is facts.replies[1]
    assert card((PSE, "6A82")).ended is None


@pytest.mark.parametrize("command", ["00", "00B2", "00B201"])
def test_what_is_no_command_is_passed_over(command):
    facts = card((select(VISA), fci(VISA) + "9000"), (command, "9000"), (GPO, AFL_1 + "9000"))
    assert [reply.name for reply in facts.replies] == ["SELECT", "GET PROCESSING OPTIONS"]
    assert facts.applications[0].gpo is not None


def test_a_command_of_four_bytes_is_one():
    assert len(card(("00B2010C", "6A83")).replies) == 1


def test_a_name_of_one_byte_is_a_name():
    assert aids(card(("00A4040001A0", fci(VISA) + "9000"))) == ["A0"]


def test_a_select_without_a_name_selects_nothing_known():
    for command in ("00A40400", "00A4040000"):
        assert aids(card((command, fci(VISA) + "9000"))) == [""]


@pytest.mark.parametrize(
    ("commands", "records"),
    [
        (((read(1, 1), DIRECTORY + "9000"), (read(1, 2), "6A83")), [(1, 1), (1, 2)]),
        (((read(2, 1), DIRECTORY + "9000"),), []),
        ((("00C0010C00", DIRECTORY + "9000"),), []),
        (((GPO, AFL_1 + "9000"), (read(1, 1), DIRECTORY + "9000")), []),
    ],
    ids=["its own", "another file", "no READ RECORD", "an application in between"],
)
def test_records_of_the_directory(commands, records):
    facts = card((PSE, PSE_FCI + "9000"), *commands)
    assert facts.pse is not None
    assert [(record.sfi, record.number) for record in facts.pse.records] == records


@pytest.mark.parametrize(
    "fci_of_pse",
    [
        "6F10840E315041592E5359532E4444463031",
        "6F16840E315041592E5359532E4444463031A50488020201",
    ],
    ids=["no 88", "88 of two bytes"],
)
def test_a_directory_of_which_nobody_knows_the_file_takes_every_record(fci_of_pse):
    facts = card((PSE, fci_of_pse + "9000"), (read(7, 1), DIRECTORY + "9000"))
    assert [record.sfi for record in facts.pse.records] == [7]


def test_a_directory_that_was_refused_has_no_records():
    facts = card((PSE, "6A82"), (read(1, 1), DIRECTORY + "9000"))
    assert facts.pse.select.sw == 0x6A82
    assert facts.pse.records == []


def test_records_of_the_directory_are_listed_and_not_signed():
    facts = card((PSE, PSE_FCI + "9000"), (read(1, 1), DIRECTORY + "9000"))
    (record,) = facts.pse.records
    assert (record.listed, record.signed) == (True, False)


@pytest.mark.parametrize(
    ("status", "contactless"), [("9000", True), ("6A82", False), ("6283", False)]
)
def test_the_contactless_directory_is_no_application(status, contactless):
    facts = card((PPSE, fci(PPSE[10:38]) + status))
    assert facts.contactless is contactless
    assert facts.applications == []


def test_once_contactless_a_second_refusal_does_not_make_it_a_contact_card():
    facts = card((PPSE, fci(PPSE[10:38]) + "9000"), (PPSE, "6A82"))
    assert facts.contactless


# Selection by the RID


RID = VISA[:10]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (fci(VISA) + "9000", [VISA]),
        (fci(VISA) + "6283", [VISA]),
        (fci(VISA) + "6A82", []),
        (fci(VISA) + "6284", []),
        ("6A82", []),
        ("6F02A5009000", []),
        ("9000", []),
    ],
    ids=["9000", "blocked", "6A82 with data", "6284", "6A82", "no DF name", "no data"],
)
def test_selection_by_the_rid_lists_names(answer, found):
    facts = card((select(VISA), fci(VISA) + "9000"), (select(RID), answer))
    assert [name.hex().upper() for name in facts.partial] == found
    assert facts.partial_rid.hex().upper() == RID
    assert aids(facts) == [VISA]


@pytest.mark.parametrize(
    ("first", "then"),
    [(VISA, VISA[:12]), (VISA, "A000000004"), (RID, RID), (VISA[:8], VISA[:8])],
    ids=["six bytes", "another RID", "an AID of five bytes", "an AID of four bytes"],
)
def test_another_select_is_no_selection_by_the_rid(first, then):
    facts = card((select(first), fci(first) + "9000"), (select(then), fci(then) + "9000"))
    assert facts.partial_rid == b""
    assert facts.partial == []
    assert aids(facts)[-1] == then


def test_what_comes_after_selection_by_the_rid_belongs_to_no_application():
    facts = card(
        (select(VISA), fci(VISA) + "9000"),
        (select(RID), fci(VISA_2) + "9000"),
        (GPO, AFL_1 + "9000"),
    )
    assert facts.applications[0].gpo is None


# Applications


@pytest.mark.parametrize(
    ("name", "p2", "status", "found"),
    [
        (VISA, "00", "9000", [VISA]),
        (VISA, "00", "6283", [VISA]),
        (VISA, "00", "6A82", [VISA]),
        (VISA_2, "00", "6A82", []),
        (VISA_2, "00", "6284", []),
        (VISA, "02", "6A82", []),
        (VISA, "01", "6A82", [VISA]),
        (VISA, "02", "9000", [VISA]),
    ],
)
def test_a_refused_application_is_one_where_the_directory_lists_it(name, p2, status, found):
    answer = fci(name) + status if status in {"9000", "6283"} else status
    facts = card(
        (PSE, PSE_FCI + "9000"),
        (read(1, 1), DIRECTORY + "9000"),
        (select(name, p2), answer),
    )
    assert aids(facts) == found


def test_a_refused_application_without_a_directory_is_a_candidate_that_is_not_there():
    assert aids(card((select(VISA), "6A82"))) == []


def test_a_directory_entry_without_an_aid_lists_nothing():
    facts = card(
        (PSE, PSE_FCI + "9000"),
        (read(1, 1), "7005" + "6103500141" + "9000"),
        (select(VISA), "6A82"),
    )
    assert aids(facts) == []


def test_an_application_that_was_there_and_is_refused_later_is_listed_twice():
    facts = card((select(VISA), fci(VISA) + "9000"), (select(VISA), "6A82"))
    assert [app.select.sw for app in facts.applications] == [0x9000, 0x6A82]
    assert [app.select.sw for app in card((select(VISA), "6A82")).applications] == []


def test_one_that_was_there_says_nothing_about_another():
    facts = card((select(VISA), fci(VISA) + "9000"), (select(VISA_2), "6A82"))
    assert aids(facts) == [VISA]


@pytest.mark.parametrize(
    ("between", "found"),
    [((), [VISA]), (((GPO, AFL_1 + "9000"),), [VISA, VISA])],
    ids=["a candidate", "one that was read"],
)
def test_a_candidate_is_selected_again_to_be_read(between, found):
    answer = fci(VISA) + "9000"
    facts = card((select(VISA), answer), *between, (select(VISA), answer))
    assert aids(facts) == found


def test_a_candidate_that_was_found_by_the_beginning_of_its_name_is_selected_again():
    facts = card((select(VISA[:12]), fci(VISA) + "9000"), (select(VISA), fci(VISA) + "9000"))
    assert aids(facts) == [VISA]


def test_two_candidates_stay_two():
    facts = card((select(VISA), fci(VISA) + "9000"), (select(VISA_2), fci(VISA_2) + "9000"))
    assert aids(facts) == [VISA, VISA_2]


def test_data_of_the_fci_have_their_place():
    facts = card((PSE, "6A82"), (select(VISA), fci(VISA, "A50450024142") + "9000"))
    datum = facts.applications[0].find(0x50)
    assert (datum.value, datum.where, datum.offset, datum.exchange) == (b"AB", "FCI", 13, 1)
