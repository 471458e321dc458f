"""From exchanges to facts: what is known of one application."""

from __future__ import annotations

import pytest
from cardtalk import AFL_1, GPO, VISA, card, fci, inside, read, select
from checkviews import good_view


def test_a_record_that_was_read_first_is_a_record():
    app = inside((read(1, 1), "70009000"))
    assert app.gpo is None
    assert len(app.records) == 1


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


def test_a_check_that_names_no_data_must_not_ask_for_them():
    view = good_view()
    assert view.datum(0x5A).tag == 0x5A
    with pytest.raises(ValueError, match="DF7F was not read"):
        view.datum(0xDF7F)
