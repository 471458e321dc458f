"""What the read-through sends, command for command, and where it stops."""

from __future__ import annotations

from datetime import date

import pytest

from harness.checks.card.acquire import ReadThrough
from harness.checks.card.facts import CardFacts
from harness.core.clock import ManualClock
from harness.link.recorder import RecordingLink
from harness.profiles.terminal_config import load_terminal

PSE = "315041592E5359532E4444463031"
VISA, UNIONPAY = "A0000000031010", "A000000333010101"
CONFIG = load_terminal()
DAY = date(2026, 11, 29)
FCI_OF_PSE = f"6F15840E{PSE}A503880101"


def fci(name: str, more: str = "A500") -> str:
    size = (len(name) + len(more)) // 2 + 2
    return f"6F{size:02X}84{len(name) // 2:02X}{name}{more}"


def entry(*names: str) -> str:
    entries = "".join(f"61{len(n) // 2 + 2:02X}4F{len(n) // 2:02X}{n}" for n in names)
    size = len(entries) // 2
    return f"70{'81' if size > 127 else ''}{size:02X}{entries}"


class Card:
    """Answers by the beginning of the command, 6A82 to everything else; a list is used up."""

    atr = bytes.fromhex("3B00")
    protocol = "T=1"

    def __init__(self, **answers: str | list[str]) -> None:
        self.answers = {name[1:]: answer for name, answer in answers.items()}
        self.sent: list[str] = []

    def transmit(self, command: bytes) -> bytes:
        text = command.hex().upper()
        self.sent.append(text)
        known = [name for name in self.answers if text.startswith(name)]
        if not known:
            return bytes.fromhex("6A82")
        found = self.answers[max(known, key=len)]
        if isinstance(found, list):
            return bytes.fromhex(found.pop(0) if found else "6A83")
        return bytes.fromhex(found)

    def select(self, name: str, answer: str | list[str], p2: str = "00") -> Card:
        self.answers[f"00A404{p2}{len(name) // 2:02X}{name}00"] = answer
        return self

    def close(self) -> None:
        pass


def directory(*names: str, more: str = "A500") -> Card:
    card = Card(_00B2010C=entry(*names) + "9000", _80A8="6985")
    card.select(PSE, FCI_OF_PSE + "9000")
    for name in names:
        card.select(name, fci(name, more) + "9000")
    return card


def read(card: Card) -> CardFacts:
    return ReadThrough(RecordingLink(card, ManualClock()), CONFIG, DAY).run()


def commands(card: Card, ins: str) -> list[str]:
    return [text for text in card.sent if text[2:4] == ins]


def test_records_of_the_directory_until_one_is_refused():
    card = directory(VISA)
    read(card)
    assert commands(card, "B2") == ["00B2010C00", "00B2020C00"]


def test_what_was_asked_before_is_not_of_this_reading():
    card = directory(VISA)
    link = RecordingLink(card, ManualClock())
    for text in ("00A4040007A000000004101000", "80CA9F3600"):
        link.transmit(bytes.fromhex(text))
    facts = ReadThrough(link, CONFIG, DAY).run()
    assert facts.replies[0].label == "SELECT 1PAY.SYS.DDF01"


def test_every_aid_of_the_terminal_is_tried_once_on_a_card_that_has_none():
    card = Card()
    read(card)
    assert len(commands(card, "A4")) == len(card.sent) == 1 + len(CONFIG.aids)


def test_an_afl_beside_a_warning_is_not_followed():
    card = directory(VISA)
    card.answers["80A8"] = "770A82020000940408010100" + "6283"
    read(card)
    assert len(commands(card, "B2")) == 2


def test_a_directory_has_at_most_twenty_records():
    card = directory(VISA)
    card.answers["00B2"] = entry(VISA) + "9000"
    read(card)
    assert len(commands(card, "B2")) == 20
    assert commands(card, "B2")[-1] == "00B2140C00"


@pytest.mark.parametrize(
    ("value", "sent"),
    [("01", "00B2010C00"), ("1E", "00B201F400"), ("00", ""), ("1F", ""), ("0101", ""), ("", "")],
)
def test_the_file_of_the_directory(value, sent):
    size = len(value) // 2
    answer = f"6F{size + 20:02X}840E{PSE}A5{size + 2:02X}88{size:02X}{value}9000"
    card = Card().select(PSE, answer)
    read(card)
    assert commands(card, "B2")[:1] == ([sent] if sent else [])


@pytest.mark.parametrize(
    ("names", "selected"),
    [
        ((VISA, UNIONPAY), [VISA, UNIONPAY]),
        ((VISA, VISA), [VISA]),
        (("A0000000", VISA), [VISA]),
        (("A000000003",), ["A000000003"]),
        (("A0000000031010112233445566778899",), ["A0000000031010112233445566778899"]),
        (("A000000003101011223344556677889900", VISA), [VISA]),
    ],
    ids=["two", "one twice", "four bytes", "five bytes", "sixteen bytes", "seventeen bytes"],
)
def test_aids_of_the_directory(names, selected):
    card = directory(*names)
    facts = read(card)
    assert [app.aid.hex().upper() for app in facts.applications] == selected


def test_at_most_eight_applications_are_read():
    names = [f"A00000000310{number:02d}" for number in range(9)]
    facts = read(directory(*names))
    assert [app.aid.hex().upper() for app in facts.applications] == names[:8]


def test_without_a_usable_directory_the_list_of_the_terminal():
    for card in (Card(), directory("A0000000")):
        card.select(VISA[:10], fci(VISA) + "9000").select(VISA, fci(VISA) + "9000")
        facts = read(card)
        assert [app.aid.hex().upper() for app in facts.applications] == [VISA]


def test_a_blocked_application_is_a_candidate_and_no_more():
    card = Card().select(VISA[:10], fci(VISA) + "6283").select(VISA, fci(VISA) + "6283")
    facts = read(card)
    assert [(app.aid.hex().upper(), app.select.sw) for app in facts.applications] == [
        (VISA, 0x6283)
    ]
    assert commands(card, "A8") == []


def partial_aid() -> str:
    return next(known.aid for known in CONFIG.aids if known.partial).hex().upper()


def test_next_occurrence_gives_further_candidates_of_a_part_of_a_name():
    name = partial_aid()
    card = Card(_80A8="6985").select(name, fci(name + "01") + "9000")
    for number in ("01", "02"):
        card.select(name + number, fci(name + number) + "9000")
    card.select(name, [fci(name + "02") + "9000", "6A82"], "02")
    facts = read(card)
    assert [app.df_name.hex().upper() for app in facts.applications] == [name + "01", name + "02"]
    assert sum(text.startswith("00A40402") and name in text for text in card.sent) >= 2


def test_a_card_that_gives_the_same_name_for_ever_is_asked_eight_times():
    name = partial_aid()
    card = (
        Card(_80A8="6985").select(name, fci(name) + "9000").select(name, fci(name) + "9000", "02")
    )
    facts = read(card)
    begun = f"{len(name) // 2:02X}{name}00"
    assert card.sent.count("00A40402" + begun) == 7
    assert len(facts.applications) == 1


def test_a_name_that_is_not_given_is_the_one_that_was_asked_for():
    name = partial_aid()
    card = Card(_80A8="6985").select(name, "6F02A5009000").select(name, "6F02A5009000", "02")
    facts = read(card)
    assert [app.aid.hex().upper() for app in facts.applications] == [name]
    assert card.sent.count(f"00A40402{len(name) // 2:02X}{name}00") == 0


def test_an_application_that_is_refused_is_not_asked_further():
    card = directory(VISA)
    card.select(VISA, "6A82")
    facts = read(card)
    assert [app.select.sw for app in facts.applications] == [0x6A82]
    assert commands(card, "A8") == commands(card, "CA") == []


@pytest.mark.parametrize(
    ("tag", "size", "value"),
    [
        ("9F02", 6, "000000000100"),
        ("9F03", 6, "000000000000"),
        ("9F1A", 2, f"{CONFIG.country:04d}"),
        ("5F2A", 2, f"{CONFIG.currency:04d}"),
        ("9F33", 3, CONFIG.capabilities.hex().upper()),
        ("9F35", 1, f"{CONFIG.terminal_type:02d}"),
        ("9F40", 5, CONFIG.additional_capabilities.hex().upper()),
        ("9A", 3, "261129"),
        ("9C", 1, "00"),
        ("95", 5, "0000000000"),
        ("9F66", 4, "00000000"),
    ],
)
def test_processing_options_get_what_the_pdol_asks_for(tag, size, value):
    entry_of_list = f"{tag}{size:02X}"
    length = len(entry_of_list) // 2
    card = directory(VISA, more=f"A5{length + 3:02X}9F38{length:02X}{entry_of_list}")
    read(card)
    assert commands(card, "A8") == [f"80A80000{size + 2:02X}83{size:02X}{value}00"]


def test_a_pdol_that_cannot_be_read_gets_nothing():
    card = directory(VISA, more="A5059F38029F02")
    read(card)
    assert commands(card, "A8") == ["80A8000002830000"]


@pytest.mark.parametrize(
    ("afl", "sent"),
    [
        ("08010200", ["00B2010C00", "00B2020C00"]),
        ("0801010010030300", ["00B2010C00", "00B2031400"]),
        ("0801010009010100", ["00B2010C00"]),
        ("08020100", []),
    ],
    ids=["a range", "two entries", "a faulty one behind", "none"],
)
def test_records_of_the_afl_up_to_the_first_fault(afl, sent):
    size = len(afl) // 2
    card = directory(VISA)
    card.answers["80A8"] = f"77{size + 6:02X}82020000" + f"94{size:02X}{afl}9000"
    read(card)
    assert commands(card, "B2")[2:] == sent


def test_a_card_has_at_most_120_records_read():
    card = directory(VISA)
    card.answers["80A8"] = "770A82020000940408 01FF00".replace(" ", "") + "9000"
    card.answers["00B2"] = "70009000"
    card.answers["00B2020C"] = ["6A83", *["70009000"] * 9]
    read(card)
    assert len(commands(card, "B2")) == 2 + 120


def test_counters_of_every_card_and_the_purse_of_unionpay():
    card = directory(VISA, UNIONPAY)
    read(card)
    common = ["80CA9F1700", "80CA9F3600", "80CA9F1300", "80CA9F4F00"]
    purse = ["80CA9F7900", "80CA9F7700", "80CA9F7800", "80CA9F6D00"]
    assert commands(card, "CA") == [*common, *common, *purse]


@pytest.mark.parametrize(
    ("log", "given", "entries"),
    [
        ("0B03", True, 3),
        ("0B05", True, 5),
        ("0B06", True, 5),
        ("0B03", False, 0),
        ("0A03", True, 0),
    ],
    ids=["three", "five", "six", "without a format", "no log file"],
)
def test_the_log_is_read_up_to_five_entries(log, given, entries):
    card = directory(VISA, more="A508BF0C059F4D02" + log)
    if given:
        card.answers["80CA9F4F"] = "9F4F039F02069000"
    card.answers["00B2"] = "000000000000" + "9000"
    card.answers["00B2020C"] = "6A83"
    read(card)
    sent = [text for text in commands(card, "B2") if text[6:8] == "5C"]
    assert sent == [f"00B2{number:02X}5C00" for number in range(1, entries + 1)]


def test_the_log_ends_with_the_first_refusal():
    card = directory(VISA, more="A508BF0C059F4D020B05")
    card.answers["80CA9F4F"] = "9F4F039F02069000"
    card.answers["00B2015C"] = "0000000000009000"
    read(card)
    assert [text for text in commands(card, "B2") if text[6:8] == "5C"] == [
        "00B2015C00",
        "00B2025C00",
    ]


GPO_WITH = "770A8202{aip}94040801010090 00"


@pytest.mark.parametrize(
    ("aip", "record", "lengths"),
    [
        ("2000", "7007" + "9F460100" + "500141", [4, 4]),
        ("2000", "700D" + "9F460100" + "9F49039F3708" + "500141", [8, 8]),
        ("0100", "7007" + "9F460100" + "500141", []),
        ("DF00", "7007" + "9F460100" + "500141", []),
        ("2000", "7003500141", []),
    ],
    ids=["default DDOL", "its own DDOL", "CDA alone", "everything but DDA", "no certificate"],
)
def test_dynamic_signatures_of_a_card_that_announces_dda(aip, record, lengths):
    card = directory(VISA)
    card.answers["80A8"] = GPO_WITH.format(aip=aip).replace(" ", "")
    card.answers["00B2010C"] = [entry(VISA) + "9000", record + "9000"]
    read(card)
    sent = commands(card, "88")
    assert [int(text[8:10], 16) for text in sent] == lengths
    numbers = {text[10:18] for text in sent}
    assert len(numbers) == (2 if lengths else 0)


def test_selection_by_the_rid_goes_on_until_it_is_refused():
    card = directory(VISA)
    card.select(VISA[:10], fci(VISA) + "9000")
    card.select(VISA[:10], [fci("A0000000032010") + "9000", "6A82"], "02")
    facts = read(card)
    assert card.sent[-3:] == [
        "00A4040005A00000000300",
        "00A4040205A00000000300",
        "00A4040205A00000000300",
    ]
    assert [name.hex().upper() for name in facts.partial] == [VISA, "A0000000032010"]


def test_selection_by_the_rid_is_tried_eight_times_at_most():
    card = directory(VISA)
    card.select(VISA[:10], fci(VISA) + "9000").select(VISA[:10], fci(VISA) + "9000", "02")
    read(card)
    assert sum(text.endswith("05A00000000300") for text in card.sent) == 8


@pytest.mark.parametrize("name", ["A000000003", "A00000000310"])
def test_selection_by_the_rid_needs_more_than_the_rid(name):
    card = directory(name)
    read(card)
    tried = [text for text in card.sent[4:] if text.endswith("05A00000000300")]
    assert len(tried) == (len(name) > 10)


def test_a_card_without_an_application_is_not_selected_by_a_rid():
    card = directory(VISA)
    card.select(VISA, "6A82")
    read(card)
    assert all(len(text) > 22 or "A404" not in text for text in card.sent)
