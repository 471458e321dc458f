"""Properties of the TLV parser: round trip, agreement of its two ways, bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codec import tlv
from harness.codec.tlv import MAX_DEPTH, Tlv, encode, find, find_all, parse, parse_strict
from harness.codec.tlv_lenient import parse_lenient
from harness.core.errors import CodecError
from harness.testing.pace import within

PRIMITIVE = [0x50, 0x5A, 0x82, 0x94, 0x9F02, 0x9F26, 0x9F36, 0x5F34, 0xDF8104, 0x8C, 0x9F10]
TEMPLATE = [0x6F, 0x70, 0x61, 0xA5, 0xBF0C, 0x77, 0x71, 0xFF8106]

leaf = st.tuples(st.sampled_from(PRIMITIVE), st.binary(max_size=300))
tree = st.recursive(
    leaf,
    lambda inner: st.tuples(st.sampled_from(TEMPLATE), st.lists(inner, max_size=5)),
    max_leaves=30,
)


def build(item: object) -> bytes:
    tag, content = item  # type: ignore[misc]
    if isinstance(content, bytes):
        return encode(tag, content)
    return encode(tag, b"".join(build(child) for child in content))


def shape(nodes: tuple[Tlv, ...]) -> list[object]:
    return [(node.tag, shape(node.children) if node.constructed else node.value) for node in nodes]


def wanted(items: list[object]) -> list[object]:
    return [
        (tag, content if isinstance(content, bytes) else wanted(content))  # type: ignore[misc]
        for tag, content in items
    ]


@given(st.lists(tree, max_size=6))
def test_decode_of_encode_is_the_tree(items: list[object]) -> None:
    data = b"".join(build(item) for item in items)
    parsed = parse(data)
    assert shape(parsed.nodes) == wanted(items)
    assert {fault.rule.value for fault in parsed.errors} <= {"repeat"}
    for node in parsed.walk():
        assert node.encoded == encode(node.tag, node.value)
        assert data[node.offset : node.end] == node.encoded
        assert node.length == len(node.value) == node.end - node.offset - node.header


@given(st.binary(max_size=400))
def test_the_two_ways_agree(data: bytes) -> None:
    fast = tlv._parse_well_formed(data)
    slow = parse_lenient(data)
    assert (fast is None) == bool(slow.errors)
    if fast is not None:
        assert shape(fast.nodes) == shape(slow.nodes)
        assert fast.padding == slow.padding
        assert [node.offset for node in fast.walk()] == [node.offset for node in slow.walk()]


@given(st.lists(tree, min_size=1, max_size=3), st.data())
@settings(max_examples=150)
def test_the_two_ways_agree_on_nearly_good_data(items: list[object], data: st.DataObject) -> None:
    bad = bytearray(b"".join(build(item) for item in items))
    for _change in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(bad) - 1))
        bad[at] = data.draw(st.sampled_from((0x00, 0x1F, 0x7F, 0x80, 0x81, 0x82, 0xDF, 0xFF)))
    fast = tlv._parse_well_formed(bytes(bad))
    slow = parse_lenient(bytes(bad))
    assert (fast is None) == bool(slow.errors)
    if fast is not None:
        assert shape(fast.nodes) == shape(slow.nodes)
        assert fast.padding == slow.padding
        assert [(n.offset, n.start) for n in fast.walk()] == [
            (n.offset, n.start) for n in slow.walk()
        ]


@given(st.binary(max_size=2000))
def test_lenient_never_raises_and_strict_only_codec_errors(data: bytes) -> None:
    found = parse(data)
    offsets = [fault.offset for fault in found.errors]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(data) for offset in offsets)
    assert all(fault.message and fault.text for fault in found.errors)
    if not found.errors:
        assert parse_strict(data) == found.nodes
        return
    with pytest.raises(CodecError) as raised:
        parse_strict(data)
    assert (raised.value.offset, raised.value.path) == (offsets[0], found.errors[0].path)


@given(st.lists(tree, min_size=1, max_size=4), st.data())
@settings(max_examples=60)
def test_one_damaged_byte_leaves_what_stands_before_it(
    items: list[object], data: st.DataObject
) -> None:
    good = b"".join(build(item) for item in items)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    before = [node for node in parse(good).nodes if node.end <= at]
    assert shape(parse(bytes(bad)).nodes[: len(before)]) == shape(tuple(before))


def nested(levels: int) -> bytes:
    data = b""
    for _level in range(levels):
        data = encode(0x6F, data)
    return data


HOSTILE = {
    "nested-10000": nested(10_000),
    "indefinite-nested": b"\x6f\x80" * 32_000,
    "indefinite-overrun-nested": b"\x6f\x84\x7f\xff\xff\xff" * 10_000,
    "all-ff": b"\xff" * 65_536,
    "all-zero": bytes(65_536),
    "all-9f": b"\x9f" * 65_536,
    "all-1f80": b"\x1f\x80" * 32_768,
    "empty-objects": b"\x50\x00" * 32_768,
    "empty-templates": b"\x70\x00" * 32_768,
    "tags-cut": b"\x6f\x02\x9f\x81" * 16_384,
    "ff-and-objects": b"\xff\xff\x50\x00" * 16_384,
    "overruns": b"\x6f\x05\x84\x7f\x00" * 13_000,
    "zero-runs": b"\x00\x00\x50\x00" * 16_384,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_quick(name: str) -> None:
    def read() -> int:
        found = parse(HOSTILE[name])
        assert all(fault.path.count("/") < MAX_DEPTH for fault in found.errors)
        return sum(1 for _node in found.walk())

    assert within(1.0, read) <= len(HOSTILE[name])


def test_nesting_up_to_the_bound_is_opened_and_no_deeper() -> None:
    assert parse(nested(MAX_DEPTH)).ok
    deeper = parse(nested(MAX_DEPTH + 1))
    assert [fault.rule.value for fault in deeper.errors] == ["depth"]
    assert sum(1 for _node in deeper.walk()) == MAX_DEPTH + 1
    whole = parse(nested(200)).nodes[0]
    assert whole.header + whole.length == len(nested(200))


def test_find_goes_depth_first_and_in_order() -> None:
    data = bytes.fromhex("7016 6109 4F07A0000000031010 6109 4F07A0000000041010 4F0100")
    nodes = parse(data).nodes
    first = find(nodes, 0x4F)
    assert first is not None
    assert first.value.hex() == "a0000000031010"
    assert [node.offset for node in find_all(nodes, 0x4F)] == [4, 15, 24]
    assert [node.offset for node in nodes[0].find_all(0x4F)] == [4, 15]
    assert nodes[0].find(0x57) is None
    assert find(nodes, 0x57) is None


@pytest.mark.parametrize("tag", [0, 0x1F, 0x9F, 0x5A5A, 0x9F80, 0x9F8001, -1, 0x9F81818101])
def test_encode_refuses_what_is_no_tag(tag: int) -> None:
    with pytest.raises(CodecError):
        encode(tag, b"")


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "5000"), (127, "507F"), (128, "508180"), (255, "5081FF"), (256, "50820100")],
)
def test_encode_uses_the_shortest_length(size: int, head: str) -> None:
    assert encode(0x50, bytes(size)).hex().upper().startswith(head)


def test_equality_and_hash_go_by_tag_and_value() -> None:
    one, two = parse(bytes.fromhex("9C0100")).nodes[0], parse(bytes.fromhex("009C0100")).nodes[0]
    assert one == two
    assert hash(one) == hash(two)
    assert one != parse(bytes.fromhex("9C0101")).nodes[0]
    assert one != 5
    assert "9C at 0" in repr(one)
