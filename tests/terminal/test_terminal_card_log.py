"""The card's transaction log."""

from __future__ import annotations

import pytest
from termcards import OK, Answer, ScriptedLink, tlv
from test_terminal_transaction import virtual

from harness.codec.apdu import select
from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.terminal.card_log import CardLog, log_entry, read_log
from harness.terminal.channel import Channel

FORMAT = "9A039F0206"
FCI = parse(bytes.fromhex(tlv("6F", tlv("A5", tlv("BF0C", tlv("9F4D", "0B02"))))))
ROW = "261121" + "000000001234"


def run(table: dict[str, Answer]) -> tuple[ScriptedLink, CardLog]:
    link = ScriptedLink(table, default="6A83")
    channel = Channel(link, ManualClock(), allow_state_change=False)
    return link, read_log(channel, FCI)


def given(row1: str = ROW + OK, row2: str = "6A83") -> dict[str, Answer]:
    return {"80CA9F4F": tlv("9F4F", FORMAT) + OK, "00B2015C": row1, "00B2025C": row2}


def test_records_are_taken_apart_by_the_format() -> None:
    link, log = run(given(row2=ROW.replace("1234", "0001") + OK))
    assert (log.sfi, log.size, log.fault) == (11, 2, "")
    assert [record.number for record in log.records] == [1, 2]
    assert log.records[0].get(0x9A) == bytes.fromhex("261121")
    assert log.records[1].get(0x9F02) == bytes.fromhex("000000000001")
    assert log.records[0].get(0x5F2A) is None
    assert log.records[0].raw == bytes.fromhex(ROW)
    assert [entry.tag for entry in log.format] == [0x9A, 0x9F02]
    assert link.count("00B2") == 2  # never more than 9F4D says


def test_a_log_that_is_not_full_ends_without_a_fault() -> None:
    _link, log = run(given())
    assert (len(log.records), log.fault) == (1, "")


@pytest.mark.parametrize(
    ("table", "count", "words"),
    [
        ({"80CA9F4F": "6A88"}, 0, "cannot be read: 6A88"),
        ({"80CA9F4F": tlv("9F36", "0001") + OK}, 0, "no log format"),
        ({"80CA9F4F": tlv("9F4F", "9F02") + OK}, 0, "malformed"),
        ({"80CA9F4F": tlv("9F4F", "") + OK}, 0, "is empty"),
        (given(row1="6985"), 0, "log record 1 answered 6985"),
        (given(row2=ROW + "00" + OK), 1, "log record 2"),
        (given(row1="2611" + OK), 0, "log record 1"),
    ],
)
def test_faults_end_it_with_a_reason(table: dict[str, Answer], count: int, words: str) -> None:
    _link, log = run(table)
    assert len(log.records) == count
    assert (log.sfi, log.size) == (11, 2)
    assert words in log.fault


@pytest.mark.parametrize("entry", ["0A02", "1F02", "0B", "0B0202"])
def test_a_log_entry_that_is_none(entry: str) -> None:
    fci = parse(bytes.fromhex(tlv("6F", tlv("A5", tlv("BF0C", tlv("9F4D", entry))))))
    assert log_entry(fci) is None
    link = ScriptedLink({})
    log = read_log(Channel(link, ManualClock(), allow_state_change=False), fci)
    assert "9F4D" in log.fault
    assert link.sent == []


@pytest.mark.parametrize(("entry", "place"), [("0B01", (11, 1)), ("1EFF", (30, 255))])
def test_a_log_entry_names_an_sfi_from_11_to_30(entry: str, place: tuple[int, int]) -> None:
    fci = parse(bytes.fromhex(tlv("6F", tlv("A5", tlv("BF0C", tlv("9F4D", entry))))))
    assert log_entry(fci) == place


def test_the_log_of_a_virtual_card_after_two_transactions() -> None:
    clock = ManualClock()
    reader = VirtualReader("mastercard-debit", LinkOptions(clock=clock))
    for amount in ("12.34", "5.00"):
        link = reader.connect()
        virtual("mastercard-debit", link=link, amount=amount)
        link.close()
    channel = Channel(reader.connect(), clock, allow_state_change=False)
    fci = channel.send(select(bytes.fromhex("A0000000041010")))
    log = read_log(channel, parse(fci.data))
    assert log.fault == ""
    amounts = [record.get(0x9F02) for record in log.records]
    assert amounts == [bytes.fromhex("000000000500"), bytes.fromhex("000000001234")]
