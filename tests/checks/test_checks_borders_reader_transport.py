"""What must cross untouched: what is sent, and each finding of an odd answer."""

from __future__ import annotations

import pytest
from readerbenches import bench, virtual
from readerscript import run, scripted, sent

from harness.checks.reader.apdu_transport import PATTERNS
from harness.core.errors import CardRemoved, LinkError, LinkTimeout
from harness.profiles.testcard import counting

SELECT = ["00A4040008F0454D5648544301", "00C0000020"]
PSE = ["00A404000E315041592E5359532E4444463031"]


def data(length: int, first: int = 0) -> str:
    return counting(first + length)[first:].hex().upper()


BAD = ("80FE", "80FE00", "00A404000800", "8034001010AABBCC", "80340000000001")
GOOD = {
    "APD-61": ("PASS: 61C8, 6164, 9000", ["803600C80100", *["00C0000064"] * 3]),
    "APD-AUTO": ("PASS: the application: 61xx is passed on", ["803600080100"]),
    "APD-6C": ("PASS: 6C20, 9000", ["8034002010", "8034002020"]),
    "APD-62": ("PASS: 10 bytes with 6282", ["8042000A0A"]),
    "APD-CH": (
        "PASS: 250 bytes in three commands",
        [
            "903C000064" + data(100),
            "903C000064" + data(100, 100),
            "803C000032" + data(50, 200),
            "00C00000FA",
        ],
    ),
    "APD-CLA": (
        "PASS: 00 01 02 03 40 4F 80 84 E0",
        [f"{cla}44123404" for cla in ["00", "01", "02", "03", "40", "4F", "80", "84", "E0"]],
    ),
    "LEN-03": (
        "PASS: 6 patterns echoed [patterns=6]",
        [
            part
            for one in PATTERNS
            for part in (f"803C0000{len(one):02X}{one.hex().upper()}", f"00C00000{len(one):02X}")
        ],
    ),
}


@pytest.mark.parametrize("id", GOOD)
def test_a_good_reader_is_sent_this(id: str) -> None:
    made = bench()
    first = len(made.exchanges)
    message, commands = GOOD[id]
    assert run(id, made) == message
    assert sent(made, first) == SELECT + commands


def test_the_echo_of_t1_has_room_for_its_answer() -> None:
    made = scripted({}, "3BE000FF81317C4192")
    first = len(made.exchanges)
    assert run("APD-CH", made) == GOOD["APD-CH"][0]
    assert sent(made, first)[-1] == "803C000032" + data(50, 200) + "00"
    first = len(made.exchanges)
    assert run("LEN-03", made) == GOOD["LEN-03"][0]
    assert [raw[-2:] for raw in sent(made, first)] == ["00"] * 7


C4 = "803600C8"
AUTO = (
    "PASS: reader or driver || traces of this reader show no GET RESPONSE: compare them with care"
)
ONCE_MORE = "FAIL: data that were fetched came once more"
HALVES = f"{data(100)}6164 {data(100, 100)}9000"
ODD = (
    ("APD-61", {C4: data(200) + "9000"}, "PASS: reader or driver fetches the data by itself"),
    ("APD-61", {C4: data(200) + "6282"}, "FAIL: 61C8 expected, C6C76282 came"),
    ("APD-61", {C4: "61C7"}, "FAIL: 61C8 expected, 61C7 came"),
    ("APD-61", {C4: "6A80"}, "FAIL: 61C8 expected, 6A80 came"),
    ("APD-61", {"00C0000064": "6A88"}, "FAIL: GET RESPONSE 1: answered 6A88"),
    (
        "APD-61",
        {"00C0000064": f"{data(100)}9000 {data(100, 100)}9000"},
        "FAIL: GET RESPONSE 1: answered 9000",
    ),
    (
        "APD-61",
        {"00C0000064": f"{data(100)}6164 {data(99, 100)}9000"},
        "FAIL: GET RESPONSE 2: 99 bytes came back, 100 expected",
    ),
    ("APD-61", {"00C0000064": f"{HALVES} 9000"}, ONCE_MORE),
    ("APD-61", {"00C0000064": f"{HALVES} 009000"}, ONCE_MORE),
    ("APD-61", {"00C0000064": f"{HALVES} 6985"}, "PASS: 61C8, 6164, 9000"),
    (
        "APD-61",
        {"00C0000064": f"{data(100)}6164 {data(100, 100)}6282"},
        "FAIL: GET RESPONSE 2: answered 6282",
    ),
    ("APD-AUTO", {"80360008": data(8) + "9000"}, AUTO),
    ("APD-AUTO", {"80360008": "6107"}, "FAIL: neither 6108 nor the data: 6107"),
    (
        "APD-61",
        {"00C0000064": f"{data(100)}6164 {data(100, 100)}6282"},
        "FAIL: GET RESPONSE 2: answered 6282",
    ),
    ("APD-AUTO", {"80360008": data(8) + "6200"}, "FAIL: neither 6108 nor the data: 06076200"),
    (
        "APD-6C",
        {"80340020": data(32) + "9000"},
        "PASS: reader or driver repeats the command by itself",
    ),
    ("APD-6C", {"80340020": data(32) + "6282"}, "FAIL: 6C20 expected, 1E1F6282 came"),
    ("APD-6C", {"80340020": "6C10"}, "FAIL: 6C20 expected, 6C10 came"),
    (
        "APD-6C",
        {"8034002020": data(31) + "9000"},
        "FAIL: 6C20, Le 20: 31 bytes came back, 32 expected",
    ),
    ("APD-6C", {"8034002020": "6700"}, "FAIL: 6C20, Le 20: answered 6700"),
    (
        "APD-62",
        {"8042": data(10) + "9000"},
        "FAIL: 10 bytes with 6282: answered 9000",
    ),
    ("APD-62", {"8042": "6282"}, "FAIL: 10 bytes with 6282: 0 bytes came back, 10 expected"),
    ("APD-CH", {"903C": "6884"}, "FAIL: a link of the chain was answered 6884"),
    ("APD-CH", {"903C": "9000 6F00"}, "FAIL: a link of the chain was answered 6F00"),
    ("APD-CH", {"903C": "0102039000"}, "FAIL: a link of the chain was answered 02039000"),
    (
        "APD-CH",
        {"803C": "010203049000"},
        "FAIL: 250 bytes in three commands: 4 bytes came back, 250 expected",
    ),
    ("APD-CH", {"803C": "6D00"}, "FAIL: 250 bytes in three commands: answered 6D00"),
    (
        "APD-CH",
        {"803C": data(250) + "6282"},
        "FAIL: 250 bytes in three commands: answered 6282",
    ),
    ("APD-CLA", {"4F44": "40441234019000"}, "FAIL: 4F441234 was sent, the card saw 40441234"),
    ("APD-CLA", {"E044": "E0441234019000"}, "FAIL: E0441234 was sent, the card saw E0441234"),
    ("APD-CLA", {"0044": "6E00"}, "FAIL: 00441234 was sent, the card saw 6E00"),
    ("LEN-03", {"803C": "019000"}, "FAIL: 00000000...: 1 bytes came back, 255 expected"),
    ("LEN-03", {"803C0000C8": "6F00"}, "FAIL: 60606060...: answered 6F00"),
    (
        "LEN-03",
        {"803C0000F0C3": "C3" * 240 + "9000"},
        "FAIL: C33CC33C...: byte 1 is C3, 3C expected",
    ),
)


@pytest.mark.parametrize(("id", "script", "wanted"), ODD)
def test_an_odd_answer_is_told(id: str, script: dict[str, str], wanted: str) -> None:
    assert run(id, scripted(script)) == wanted


def test_malformed_commands_go_between_good_ones() -> None:
    made = bench()
    first = len(made.exchanges)
    wanted = "PASS: 5 malformed commands, 0 refused on the way, SELECT as before"
    assert run("APD-BAD", made) == wanted
    assert sent(made, first) == [*SELECT, *(part for bad in BAD for part in (bad, *SELECT))]
    payment = bench(virtual("visa-credit"))
    first = len(payment.exchanges)
    assert run("APD-BAD", payment) == wanted
    told = sent(payment, first)
    assert [raw for raw in told if not raw.startswith("00C0")] == [
        *PSE,
        *(part for bad in BAD for part in (bad, *PSE)),
    ]


REFUSED = LinkError("the driver says no")
MALFORMED = (
    ({"80FE": "9000"}, "FAIL: two bytes (80FE) was taken as good"),
    ({"80FE00": "9000"}, "FAIL: three bytes (80FE00) was taken as good"),
    ({"00A404000800": "12349000"}, "FAIL: Lc beyond the data (00A404000800) was taken as good"),
    ({"80340010": "9000"}, "FAIL: bytes after Le (8034001010AABBCC) was taken as good"),
    (
        {"80340000000001": "9000"},
        "FAIL: an extended header cut short (80340000000001) was taken as good",
    ),
    (
        {"80FE": REFUSED},
        "PASS: 5 malformed commands, 2 refused on the way, SELECT as before",
    ),
    ({"00A4040008F0": "9000 6A82"}, "FAIL: SELECT after two bytes: answered 6A82"),
    (
        {"00A4040008F0": "9000 9000 009000"},
        "FAIL: SELECT after three bytes: 1 bytes came back, 0 expected",
    ),
    ({"00A4040008F0": "6A82 6A82 6A81"}, "FAIL: SELECT after three bytes: answered 6A81"),
)


@pytest.mark.parametrize(("script", "wanted"), MALFORMED)
def test_what_becomes_of_malformed_commands(script: dict, wanted: str) -> None:
    assert run("APD-BAD", scripted(script)) == wanted


def test_a_refusal_is_followed_by_a_reset() -> None:
    made = scripted({"80FE": REFUSED})
    first = len(made.exchanges)
    run("APD-BAD", made)
    kinds = [one.kind for one in made.exchanges[first:]]
    assert kinds.count("reset") == 2
    assert kinds[3] == kinds[7] == "reset"


@pytest.mark.parametrize("error", [LinkTimeout("late", deadline_s=1), CardRemoved("gone")])
def test_a_card_that_is_late_or_gone_has_not_refused(error: LinkError) -> None:
    with pytest.raises(type(error)):
        run("APD-BAD", scripted({"80FE": error}))
