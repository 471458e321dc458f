"""SELECT, GET PROCESSING OPTIONS, READ RECORD, GET DATA by the rules of the books."""

from __future__ import annotations

from dataclasses import replace

import pytest
from carddialogue import Ac, Dialogue, with_app

from harness.codec import apdu
from harness.codec.tlv import parse
from harness.profiles.image import load_image

PSE = b"1PAY.SYS.DDF01"


def two_visas() -> Dialogue:
    image = load_image("visa-credit")
    first = image.applications[0]
    second = replace(first, aid=bytes.fromhex("A000000003101002"), label="VISA SECOND", priority=2)
    return Dialogue(replace(image, applications=(first, second)))


def test_next_occurrence_walks_through_the_matches_and_ends() -> None:
    talk = two_visas()
    names = [
        parse(talk.select(bytes.fromhex("A0000000031010"), next_occurrence=again).data).find(0x84)
        for again in (False, True)
    ]
    assert [node.value.hex() for node in names if node] == ["a0000000031010", "a000000003101002"]
    assert talk.select(bytes.fromhex("A0000000031010"), next_occurrence=True).sw == 0x6A82


def test_next_without_a_first_is_not_found(visa: Dialogue) -> None:
    assert visa.select(next_occurrence=True).sw == 0x6A82


def test_directory_lists_every_application() -> None:
    talk = two_visas()
    talk.select(PSE)
    aids = [parse(talk.send(apdu.read_record(1, n)).data).find(0x4F) for n in (1, 2)]
    assert [node.value[-1] for node in aids if node] == [0x10, 0x02]
    assert talk.send(apdu.read_record(1, 3)).sw == 0x6A83


def test_directory_opens_no_other_file(visa: Dialogue) -> None:
    visa.select(PSE)
    assert visa.send(apdu.read_record(2, 1)).sw == 0x6A82


def test_card_without_pse_says_not_found() -> None:
    talk = Dialogue(replace(load_image("visa-credit"), pse=None))
    assert talk.select(PSE).sw == 0x6A82
    assert talk.select().ok


def test_failed_select_keeps_the_application(visa: Dialogue) -> None:
    visa.initiate()
    assert visa.select(bytes.fromhex("A0000000041010")).sw == 0x6A82
    assert visa.send(apdu.read_record(1, 1)).ok


def test_blocked_application_answers_6283_with_its_fci() -> None:
    talk = Dialogue(with_app("visa-credit", blocked=True))
    answer = talk.select()
    assert answer.sw == 0x6283
    assert parse(answer.data).find(0x84) is not None
    assert talk.send(apdu.get_processing_options(talk.pdol_data)).ok
    assert Ac(talk.first("TC")).cid == 0x00, "and declines whatever it is asked for"


def test_reset_forgets_the_selection(visa: Dialogue) -> None:
    visa.initiate()
    visa.card.warm_reset()
    assert visa.send(apdu.read_record(1, 1)).sw == 0x6985


def test_format_2_and_afl_of_the_mastercard_like_card(mastercard: Dialogue) -> None:
    assert mastercard.initiate().data.hex() == "771282023900940c080101001001020118010200"


def test_pdol_length_is_checked(visa: Dialogue) -> None:
    visa.select()
    assert visa.send("80A80000028300").sw == 0x6700
    assert visa.send("80A8000005830205282200").sw == 0x6700
    assert visa.send("80A8000005830305282200").ok


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00B2000C00", 0x6A86),  # record 0
        ("00B2010E00", 0x6A86),  # not by number
        ("00B2016400", 0x6A82),  # SFI 12 does not exist
        ("00B2031400", 0x6A83),  # SFI 2 has two records
        ("80CA9F1300", 0x9000),
        ("80CA9F4F00", 0x6A88),  # the Visa-like card has no log
        ("80CA009500", 0x6A88),
        ("80CA", 0x6700),
        ("00CA9F3600", 0x6E00),
        ("0084000000", 0x9000),
        ("0084000100", 0x6A86),
        ("FFA4040000", 0x6E00),
        ("0070000001", 0x6D00),
    ],
)
def test_status_words(visa: Dialogue, command: str, sw: int) -> None:
    visa.initiate()
    assert visa.send(command).sw == sw


def test_short_le_is_corrected_and_costs_nothing(visa: Dialogue) -> None:
    visa.initiate()
    whole = visa.send("00B2010C00").data
    assert visa.send("00B2010C05").sw == 0x6C00 | len(whole)
    assert visa.send(f"00B2010C{len(whole):02X}").data == whole


def test_answer_without_le_waits_in_parts(visa: Dialogue) -> None:
    whole = visa.select().data
    assert visa.send(f"00A4040007{visa.app.aid.hex()}").sw == 0x6100 | len(whole)
    first = visa.send("00C0000010")
    assert (len(first.data), first.sw) == (16, 0x6100 | len(whole) - 16)
    rest = visa.send("00C0000000")
    assert first.data + rest.data == whole
    assert visa.send("00C0000000").sw == 0x6985


def test_another_command_drops_the_waiting_answer(visa: Dialogue) -> None:
    visa.send(f"00A4040007{visa.app.aid.hex()}")
    visa.send("80CA9F3600")
    assert visa.send("00C0000000").sw == 0x6985


def test_warning_survives_get_response() -> None:
    talk = Dialogue(with_app("visa-credit", blocked=True))
    assert talk.send(f"00A4040007{talk.app.aid.hex()}").sw.sw1 == 0x61
    assert talk.send("00C0000000").sw == 0x6283


def test_gpo_through_t0_is_not_carried_out_twice(visa: Dialogue) -> None:
    visa.select()
    before = visa.data(0x9F36)
    assert visa.send("80A80000058303052822").sw.sw1 == 0x61
    assert visa.send("00C0000000").data[:2] == b"\x80\x0e"
    assert int.from_bytes(visa.data(0x9F36), "big") == int.from_bytes(before, "big") + 1
