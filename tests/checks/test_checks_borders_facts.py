"""From exchanges to facts, one rule of the interpreter at a time."""

from __future__ import annotations

import pytest

from harness.checks.card.facts import CardFacts
from harness.checks.card.interpret import interpret
from harness.records.exchange import Exchange

PSE = "00A404000E315041592E5359532E444446303100"
PPSE = "00A404000E325041592E5359532E444446303100"
PSE_FCI = "6F15840E315041592E5359532E4444463031A503880101"
DIRECTORY = "700B61094F07A0000000031010"
VISA, VISA_2, VISA_3 = "A0000000031010", "A0000000032010", "A0000000033010"
GPO = "80A8000002830000"
AFL_1 = "770A82023C00940408010100"


def select(name: str, p2: str = "00") -> str:
    return f"00A404{p2}{len(name) // 2:02X}{name}00"


def fci(name: str, more: str = "A500") -> str:
    size = len(name + more) // 2 + 2
    return f"6F{size:02X}84{len(name) // 2:02X}{name}{more}"


def card(*pairs: tuple[str, str | None]) -> CardFacts:
    """``(command, answer)``; a command without digits is a reset; no answer: the link failed."""
    exchanges = []
    for number, (command, answer) in enumerate(pairs):
        raw = None if answer is None else bytes.fromhex(answer)
        kind = "apdu" if command else "reset"
        exchanges.append(Exchange(number, bytes.fromhex(command), raw, 0.0, 0.0, kind))
    return interpret(exchanges, b"\x3b\x00")


def aids(facts: CardFacts) -> list[str]:
    return [app.aid.hex().upper() for app in facts.applications]


def read(sfi: int, number: int) -> str:
    return f"00B2{number:02X}{sfi << 3 | 4:02X}00"


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


def test_the_command_without_an_answer_ended_the_reading():
    facts = card((PSE, "6A82"), (select(VISA), None))
    assert facts.ended is facts.replies[1]
    assert card((PSE, "6A82")).ended is None


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


def inside(*pairs: tuple[str, str | None]):
    """The application of a card that was selected and then asked ``pairs``."""
    (app,) = card((select(VISA), fci(VISA) + "9000"), *pairs).applications
    return app


def test_the_first_processing_options_count():
    app = inside((GPO, AFL_1 + "9000"), (GPO, "77049F360200019000"))
    assert app.gpo.index == 1
    assert app.gpo_tree.find(0x82) is not None
    assert app.find(0x9F36) is None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("770A82023C00940408010100", [(0x82, "3c00", 2), (0x94, "08010100", 6)]),
        ("80063C0008010100", [(0x82, "3c00", 2), (0x94, "08010100", 4)]),
        ("8081063C0008010100", [(0x82, "3c00", 3), (0x94, "08010100", 5)]),
        ("80033C0008", [(0x82, "3c00", 2), (0x94, "08", 4)]),
        ("80023C00", [(0x82, "3c00", 2)]),
        ("80013C", [(0x82, "3c", 2)]),
        ("", []),
    ],
)
def test_aip_and_afl_with_their_places(answer, found):
    data = [d for d in inside((GPO, answer + "9000")).data if d.where != "FCI"]
    assert [(d.tag, d.value.hex(), d.offset) for d in data] == found
    assert {(d.where, d.exchange) for d in data} <= {("GPO", 1)}


@pytest.mark.parametrize(
    ("afl", "record", "listed", "signed"),
    [
        ("08010100", (1, 1), True, False),
        ("08010101", (1, 1), True, True),
        ("08010201", (1, 2), True, False),
        ("08010202", (1, 2), True, True),
        ("08020301", (1, 1), False, False),
        ("08020301", (1, 2), True, True),
        ("08020301", (1, 3), True, False),
        ("08020301", (1, 4), False, False),
        ("08010101", (2, 1), False, False),
        ("0801010110010100", (2, 1), True, False),
        ("1001010008010101", (1, 1), True, True),
    ],
)
def test_what_the_afl_says_about_a_record(afl, record, listed, signed):
    size = len(afl) // 2
    gpo = f"77{size + 6:02X}82023C0094{size:02X}{afl}9000"
    (found,) = inside((GPO, gpo), (read(*record), "70009000")).records
    assert (found.sfi, found.number) == record
    assert (found.listed, found.signed) == (listed, signed)


def test_only_a_record_that_was_answered_gives_data():
    app = inside((GPO, AFL_1 + "9000"), (read(1, 1), "70035001419000"), (read(1, 2), "6A83"))
    assert [d.place for d in app.find_all(0x50)] == ["record 1.1 offset 2"]
    assert app.find(0x50).exchange == 2
    refused = inside((GPO, AFL_1 + "9000"), (read(1, 1), "70035001416283"))
    assert refused.find(0x50) is None
    assert len(refused.records) == 1


LOG = "A508BF0C059F4D020B03"


@pytest.mark.parametrize(
    ("more", "sfi", "log", "records"),
    [(LOG, 11, 1, 0), (LOG, 12, 0, 1), (LOG, 1, 0, 1), ("A500", 11, 0, 1)],
    ids=["the log", "another file", "a record of the AFL", "no log named"],
)
def test_entries_of_the_log_are_no_data(more, sfi, log, records):
    (app,) = card(
        (select(VISA), fci(VISA, more) + "9000"),
        (GPO, AFL_1 + "9000"),
        (read(sfi, 1), "70035001419000"),
    ).applications
    assert (len(app.log), len(app.records)) == (log, records)
    assert len(app.find_all(0x50)) == records


def test_a_log_that_the_afl_lists_is_read_as_a_record():
    gpo = "770A82023C00940458010100" + "9000"
    (app,) = card(
        (select(VISA), fci(VISA, LOG) + "9000"), (GPO, gpo), (read(11, 1), "70009000")
    ).applications
    assert (len(app.log), len(app.records)) == (0, 1)


def test_get_data_is_kept_by_its_tag():
    app = inside(("80CA9F3600", "9F36020001" + "9000"), ("80CA9F1700", "6A88"))
    assert {f"{tag:04X}": reply.sw for tag, reply in app.get_data.items()} == {
        "9F36": 0x9000,
        "9F17": 0x6A88,
    }


@pytest.mark.parametrize(
    ("command", "checksum"),
    [
        ("802A8E800400000000", True),
        ("802A8E810400000000", False),
        ("802A8F800400000000", False),
        ("802B8E800400000000", False),
        ("002A8E800400000000", True),
    ],
)
def test_a_checksum_is_asked_for_by_ins_p1_and_p2(command, checksum):
    assert inside((command, "9000")).checksum is checksum


@pytest.mark.parametrize(("status", "count"), [("9000", 1), ("6985", 0)])
def test_a_cryptogram_is_one_that_was_given(status, count):
    app = inside(("80AE80000000", "80009000" if count else status))
    assert len(app.cryptograms) == count
    assert inside(("80AF80000000", "9000")).cryptograms == []


def test_internal_authenticate_is_kept_whatever_it_answers():
    app = inside(("0088000004" + "00" * 4 + "00", "6985"), ("0089000000", "9000"))
    assert [reply.sw for reply in app.internal_authenticate] == [0x6985]


# Facts of an application


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        ("0B03", (11, 3)),
        ("1E0A", (30, 10)),
        ("0A03", None),
        ("1F03", None),
        ("0B", None),
        ("0B0300", None),
    ],
)
def test_the_entry_of_the_log(value, entry):
    size = len(value) // 2
    more = f"A5{size + 6:02X}BF0C{size + 3:02X}9F4D{size:02X}{value}"
    (app,) = card((select(VISA), fci(VISA, more) + "9000")).applications
    assert app.log_entry == entry


@pytest.mark.parametrize(
    ("pairs", "complete"),
    [
        (((GPO, AFL_1 + "9000"), (read(1, 1), "70009000")), True),
        (((GPO, AFL_1 + "9000"),), False),
        (((GPO, AFL_1 + "9000"), (read(1, 1), "6A83")), False),
        (((GPO, AFL_1 + "9000"), (read(1, 2), "70009000")), False),
        (((GPO, AFL_1 + "9000"), (read(2, 1), "70009000")), False),
        (((GPO, "6985"), (read(1, 1), "70009000")), False),
        (((GPO, "770482023C00" + "9000"),), False),
        (((GPO, "770782023C00940108" + "9000"),), False),
        (((read(1, 1), "70009000"),), False),
        (
            (
                (GPO, "770A82023C00940408010200" + "9000"),
                (read(1, 1), "70009000"),
                (read(1, 2), "70009000"),
            ),
            True,
        ),
        (((GPO, "770A82023C00940408010200" + "9000"), (read(1, 1), "70009000")), False),
    ],
)
def test_absence_can_be_judged_when_all_was_read(pairs, complete):
    assert inside(*pairs).complete is complete


@pytest.mark.parametrize(
    ("pairs", "contactless"),
    [
        ((), False),
        (((GPO, AFL_1 + "9000"),), False),
        (((GPO, "770F82023C009F26080011223344556677" + "9000"),), True),
        (((read(1, 1), "70049F6B01009000"),), True),
        (((read(1, 1), "70079F6B0100570100" + "9000"),), False),
        (((read(1, 1), "70035701009000"),), False),
        ((("802A8E800400000000", "9000"),), True),
    ],
)
def test_what_shows_that_it_was_read_through_the_air(pairs, contactless):
    assert inside(*pairs).contactless is contactless


@pytest.mark.parametrize(("value", "aip"), [("3C00", True), ("3C", False), ("3C0000", False)])
def test_an_aip_has_two_bytes(value, aip):
    size = len(value) // 2
    app = inside((GPO, f"77{size + 2:02X}82{size:02X}{value}9000"))
    assert (app.aip is not None) is aip
