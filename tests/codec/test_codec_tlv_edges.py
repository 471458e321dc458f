"""The borders of the TLV parsers, byte by byte: what the fast way takes and refuses, the words of
each fault, and the largest and smallest tags and lengths."""

from __future__ import annotations

import pytest

from harness.codec import tlv
from harness.codec.tlv import MAX_DEPTH, Template, Tlv, TlvTree, data_object, encode, parse
from harness.codec.tlv_lenient import Rule, parse_lenient
from harness.core.errors import CodecError


def long_value(head: str, size: int, after: str = "") -> bytes:
    return bytes.fromhex(head) + b"\x41" * size + bytes.fromhex(after)


def facts(tree: TlvTree) -> list[tuple[object, ...]]:
    return [
        (type(node), node.tag, node.offset, node.start, node.value, len(node.children))
        for node in tree.walk()
    ]


WELL_FORMED = {
    "tag of one byte": bytes.fromhex("1E0141"),
    "second tag byte 7F": bytes.fromhex("9F7F0141 9C0100"),
    "third tag byte 00": bytes.fromhex("DF81000141 9C0100"),
    "third tag byte 7F": bytes.fromhex("DF817F0141 9C0100"),
    "second tag byte FF of three": bytes.fromhex("DFFF7F0141"),
    "constructed of three bytes": bytes.fromhex("FF8106039C0100"),
    "FF with 01": bytes.fromhex("FF01039C0100"),
    "FF with FE": bytes.fromhex("FFFE01039C0100"),
    "length 7F": long_value("507F", 127, "9C0100"),
    "length 80 in two": long_value("508180", 128, "9C0100"),
    "length 81 in two": long_value("508181", 129, "9C0100"),
    "length FF in two": long_value("5081FF", 255, "9C0100"),
    "length 100 in three": long_value("50820100", 256, "9C0100"),
    "length 101 in three": long_value("50820101", 257, "9C0100"),
    "length 1234 in three": long_value("50821234", 0x1234, "9C0100"),
    "long length in a long tag": long_value("9F1F8180", 128, "9C0100"),
    "long length in a template": bytes.fromhex("708180") + encode(0x50, bytes(126)),
    "nothing inside": bytes.fromhex("7000 9C0100"),
    "zeros before, between and after": bytes.fromhex("00 9C0100 0000 9A03261121 00"),
    "zeros only": bytes(3),
    "as deep as allowed": b"".join(
        encode(0x6F, b"")[:1] + bytes((2 * (MAX_DEPTH - 1 - n),)) for n in range(64, MAX_DEPTH)
    ),
}


@pytest.mark.parametrize("name", WELL_FORMED)
def test_the_fast_way_takes_what_is_well_formed(name: str) -> None:
    data = WELL_FORMED[name]
    fast = tlv._parse_well_formed(data)
    slow = parse_lenient(data)
    assert fast is not None
    assert slow.errors == ()
    assert facts(fast) == facts(slow)
    assert fast.padding == slow.padding
    assert fast.data == data
    for node in fast.walk():
        assert node.encoded == data[node.offset : node.end]
        assert node.constructed is isinstance(node, Template)


def test_facts_of_one_input_by_hand() -> None:
    data = bytes.fromhex("00 7009 9F1A020826 DF8100 00 5000")
    tree = tlv._parse_well_formed(data)
    assert tree is not None
    assert facts(tree) == [
        (Template, 0x70, 1, 3, bytes.fromhex("9F1A020826DF810000"), 2),
        (Tlv, 0x9F1A, 3, 6, b"\x08\x26", 0),
        (Tlv, 0xDF8100, 8, 12, b"", 0),
        (Tlv, 0x50, 12, 14, b"", 0),
    ]
    assert tree.padding == [(0, 1)]
    assert tree.nodes[0].find(0x9F1A) is tree.all_nodes[1]
    assert tree.nodes[0].find(0x50) is None


MALFORMED = {
    "80 as second tag byte": "9F80010142",
    "third tag byte 80": "DF81800100",
    "four tag bytes": "DF8181010142",
    "FF00": "FF00 9C0100",
    "FFFF00 as tag": "FFFF00 00",
    "FFFF01 as tag": "FFFF0100",
    "length 7F in two bytes": "50817F" + "41" * 127,
    "length FF in three bytes": "508200FF" + "41" * 255,
    "length in four bytes": "5083000001 41",
    "indefinite length": "7080 0000",
    "indefinite length before 128 bytes": "5080" + "41" * 128,
    "value one byte short": "500241",
    "value beyond its template": "7003500241",
    "tag at the end": "9C0100 9F",
    "length at the end": "9C0100 9F02",
    "long length at the end": "9C0100 5082 01",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_the_fast_way_refuses_what_is_not(name: str) -> None:
    data = bytes.fromhex(MALFORMED[name])
    assert tlv._parse_well_formed(data) is None
    assert parse_lenient(data).errors


MESSAGES = {
    "5A0847": [(0, Rule.OVERRUN, "", "tag 5A has length 8, only 1 bytes are left")],
    "70055A0847": [
        (0, Rule.OVERRUN, "", "tag 70 has length 5, only 3 bytes are left"),
        (2, Rule.OVERRUN, "70", "tag 5A has length 8, only 1 bytes are left"),
    ],
    "70809C0100": [(0, Rule.INDEFINITE, "", "tag 70 has an indefinite length (80)")],
    "9C0100 50850000000001": [
        (3, Rule.BAD_LENGTH, "", "tag 50 has a length field of 5 bytes"),
        (3, Rule.LEFTOVER, "", "7 bytes cannot be decoded"),
    ],
    "50840000000141": [(0, Rule.NON_MINIMAL, "", "tag 50: length 1 is coded in 5 bytes")],
    "508201": [(0, Rule.LEFTOVER, "", "the length field is cut off: 3 bytes left over")],
    "9C0100 9F02": [(3, Rule.LEFTOVER, "", "the data ends after the tag: 2 bytes left over")],
    "9C0100 DF81": [(3, Rule.LEFTOVER, "", "the tag field is cut off after 2 bytes")],
    "DF818181810100": [
        (0, Rule.BAD_TAG, "", "a tag of 6 bytes: at most 3 are in use"),
        (0, Rule.LEFTOVER, "", "7 bytes cannot be decoded"),
    ],
    "DF8181010100": [(0, Rule.BAD_TAG, "", "a tag of 4 bytes: at most 3 are in use")],
    "9F800100": [(0, Rule.BAD_TAG, "", "the second byte of tag 9F8001 must not be 80")],
    "FFFF9C0100": [(0, Rule.PADDING_FF, "", "2 bytes FF between data objects")],
    "9C0100 DF818181810100": [
        (3, Rule.BAD_TAG, "", "a tag of 6 bytes: at most 3 are in use"),
        (3, Rule.LEFTOVER, "", "7 bytes cannot be decoded"),
    ],
    "9C0100 9F800100": [(3, Rule.BAD_TAG, "", "the second byte of tag 9F8001 must not be 80")],
    "9C0100 508201": [
        (3, Rule.LEFTOVER, "", "the length field is cut off: 3 bytes left over"),
    ],
    "9C0100 FF01": [(3, Rule.LEFTOVER, "", "the data ends after the tag: 2 bytes left over")],
    "9C0100 FFFF": [(3, Rule.PADDING_FF, "", "2 bytes FF between data objects")],
    "9C0100 9C0101 5A0847": [
        (3, Rule.REPEAT, "", "tag 9C stands here more than once"),
        (6, Rule.OVERRUN, "", "tag 5A has length 8, only 1 bytes are left"),
    ],
    "9C01009C0101": [(3, Rule.REPEAT, "", "tag 9C stands here more than once")],
}


@pytest.mark.parametrize("text", MESSAGES)
def test_each_fault_in_words(text: str) -> None:
    found = parse(bytes.fromhex(text)).errors
    assert [(item.offset, item.rule, item.path, item.message) for item in found] == MESSAGES[text]


def test_depth_in_words() -> None:
    data = b""
    for _level in range(MAX_DEPTH + 1):
        data = encode(0x6F, data)
    found = parse(data).errors
    assert [(item.offset, item.rule, item.message) for item in found] == [
        (len(data) - 2, Rule.DEPTH, "tag 6F is nested deeper than 128 levels: not opened")
    ]


def test_what_is_too_deep_is_not_opened() -> None:
    data = encode(0x9C, b"\x00")
    for _level in range(MAX_DEPTH + 1):
        data = encode(0x6F, data)
    *outer, last = parse(data).walk()
    assert [node.tag for node in outer] == [0x6F] * MAX_DEPTH
    assert (last.tag, last.value, last.children) == (0x6F, b"\x9c\x01\x00", ())


def test_a_fault_for_the_programmer() -> None:
    (fault,) = parse(bytes.fromhex("70035A0847")).errors
    assert repr(fault) == (
        "TlvFault(2, '70', overrun, 'tag 5A has length 8, only 1 bytes are left')"
    )


def test_a_length_field_that_just_fits() -> None:
    tree = parse(bytes.fromhex("50820001"))
    assert [fault.rule for fault in tree.errors] == [Rule.NON_MINIMAL, Rule.OVERRUN]
    assert [(node.tag, node.start, node.value) for node in tree.walk()] == [(0x50, 4, b"")]


def test_an_indefinite_template_ends_at_its_own_zeros() -> None:
    tree = parse(bytes.fromhex("6F80 9C0100 0000 9A03261121"))
    outer, behind = tree.nodes
    assert (outer.value.hex(), outer.end, behind.offset) == ("9c01000000", 7, 7)
    inside = parse(bytes.fromhex("7005 6F80 9C0100"))
    assert inside.nodes[0].children[0].value.hex() == "9c0100"
    cut = parse(bytes.fromhex("7003 6F80 00 00"))
    assert cut.nodes[0].children[0].value == b"\x00"
    assert cut.padding == [(4, 1), (5, 1)]


def test_zero_runs_in_damaged_data_have_their_place() -> None:
    assert parse(bytes.fromhex("9C0100 000000 9F02")).padding == [(3, 3)]


def test_a_single_ff_before_01_is_a_tag() -> None:
    tree = parse(bytes.fromhex("FF01039C0101 9F02"))
    assert [node.tag for node in tree.walk()] == [0xFF01, 0x9C]


@pytest.mark.parametrize(
    ("tag", "head"),
    [
        (0, None),
        (-1, None),
        (0x01, "01"),
        (0x7F, None),
        (0xDF8181, None),
        (0xDF818101, "DF818101"),
        (0x9F7F, "9F7F"),
    ],
)
def test_encode_at_the_borders(tag: int, head: str | None) -> None:
    if head is None:
        with pytest.raises(CodecError) as raised:
            encode(tag, b"")
        assert f"{tag:X}" in str(raised.value)
        return
    assert encode(tag, b"") == bytes.fromhex(head + "00")


@pytest.mark.parametrize("tag", [0xDF018101, 0xDF810101, 0xDF01, 0xDF0101, 0x9F0181, 0x5858])
def test_encode_wants_each_but_the_last_byte_to_announce_another(tag: int) -> None:
    whole = tag == 0xDF01
    if whole:
        assert encode(tag, b"A") == bytes.fromhex("DF010141")
        return
    with pytest.raises(CodecError):
        encode(tag, b"A")


def test_encode_long_values() -> None:
    assert encode(0x50, bytes(0x1234))[:4].hex() == "50821234"
    assert encode(0x50, bytes(0x012345))[:5].hex() == "5083012345"


def test_other_bytes_like_inputs_are_taken() -> None:
    tree = parse(bytearray(bytes.fromhex("9C0120")))  # type: ignore[arg-type]
    assert [(node.tag, node.value) for node in tree.walk()] == [(0x9C, b"\x20")]
    assert isinstance(tree.data, bytes)


def test_a_value_by_itself() -> None:
    node = data_object(0x9F33, b"\xe0\xf8\xc8")
    assert (node.tag_hex, node.header, node.length, node.children) == ("9F33", 0, 3, ())
    assert node.encoded == b"\xe0\xf8\xc8"
    assert (node.offset, node.start, node.end) == (0, 0, 3)
    assert data_object(0x50, b"A") == data_object(0x50, b"A")
    assert data_object(0x50, b"A") != data_object(0x50, b"B")
    assert data_object(0x50, b"A") != data_object(0x51, b"A")
    assert (data_object(0x50, b"A") == b"A") is False
    assert len({hash(data_object(0x50, b"A")), hash(data_object(0x50, b"B"))}) == 2


def test_well_formed_data_never_takes_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_data: bytes) -> TlvTree:
        raise AssertionError("the slow way was taken")

    monkeypatch.setattr("harness.codec.tlv_lenient.parse_lenient", refuse)
    assert parse(bytes.fromhex("7003 9C0100")).ok


def test_walks_go_parents_first_and_in_order() -> None:
    data = bytes.fromhex("7009 6103500141 5F340101 9C0100 6103500142")
    tree = parse(data)
    wanted = [0, 2, 4, 7, 11, 14, 16]
    assert [node.offset for node in tree.walk()] == wanted
    assert [node.offset for node in tlv.walk(tree.nodes)] == wanted
    assert [node.offset for node in tree.nodes[0].walk()] == wanted[:4]
    assert [node.value for node in tlv.find_all(tree.nodes, 0x50)] == [b"A", b"B"]
    assert [node.value for node in tree.find_all(0x50)] == [b"A", b"B"]


def test_lists_of_the_universal_class_repeat() -> None:
    assert parse(bytes.fromhex("3006 130141 130142")).ok
    assert parse(bytes.fromhex("3008 030141 030142 0100")).ok
    assert not parse(bytes.fromhex("3008 5F340101 5F3400")).ok
