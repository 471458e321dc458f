"""Masking: what must never be seen, wherever it stands in an APDU."""

from __future__ import annotations

import pytest

from harness.codec.redact import (
    mask_command,
    mask_response,
    mask_tree,
    redact_tlv,
    secrets_in,
)
from harness.codec.tlv import encode, parse

PAN = "4761739001010119"
TRACK2 = bytes.fromhex(f"{PAN}D27122011234567890")
TRACK1 = f"B{PAN}^DOE/JOHN^2712201123".encode("ascii")
READ = bytes.fromhex("00B2010C00")
OK = b"\x90\x00"
BODY = (
    encode(0x5A, bytes.fromhex(PAN))
    + encode(0x57, TRACK2)
    + encode(0x56, TRACK1)
    + encode(0x5F20, b"DOE/JOHN")
    + encode(0x9F1F, b"123456")
    + encode(0x9F20, bytes.fromhex("1234567F"))
    + encode(0x9F0B, b"DOE/JOHN MAXIMILIAN ALEXANDER")
    + encode(0x5F24, bytes.fromhex("271231"))
)


def no_secret(text: str) -> bool:
    middle = PAN[6:12]
    ascii_pan = "".join(f"3{char}" for char in PAN)
    return middle not in text and ascii_pan not in text and b"DOE".hex().upper() not in text


@pytest.mark.parametrize("levels", [0, 1, 3, 100])
def test_sensitive_objects_are_masked_at_any_depth(levels: int) -> None:
    data = BODY
    for _level in range(levels):
        data = encode(0x70, data)
    text = mask_response(data + OK, READ)
    assert len(text) == 2 * len(data + OK)
    assert no_secret(text)
    assert "5A08476173******0119" in text
    assert "D" + "*" * 17 in text
    assert "5F2403271231" in text
    assert text.endswith("9000")


def test_pan_keeps_first_six_last_four_and_padding() -> None:
    node = parse(encode(0x5A, bytes.fromhex("476173900101011F"))).nodes[0]
    assert redact_tlv(node) == ("476173*****1011F", True)
    short = parse(encode(0x5A, bytes.fromhex("123456789012"))).nodes[0]
    assert redact_tlv(short) == ("*" * 12, True)


def test_track2_is_masked_after_the_pan_too() -> None:
    node = parse(encode(0x57, TRACK2)).nodes[0]
    value, masked = redact_tlv(node)
    assert masked
    assert value == "476173******0119D" + "*" * (2 * len(TRACK2) - 17)
    bare = parse(encode(0x57, bytes.fromhex("476173900101"))).nodes[0]
    assert redact_tlv(bare) == ("*" * 12, True)


def test_nothing_else_is_touched() -> None:
    node = parse(encode(0x9F26, bytes(8))).nodes[0]
    assert redact_tlv(node) == ("00" * 8, False)
    answer = bytes.fromhex("80128000691122334455667788060111 03A4B800 9000")
    assert mask_response(answer, bytes.fromhex("80AE800000")) == answer.hex().upper()


def test_9f6b_is_track2_for_mastercard_and_a_limit_for_visa() -> None:
    node = parse(encode(0x9F6B, TRACK2)).nodes[0]
    assert redact_tlv(node)[1]
    assert redact_tlv(node, aid=bytes.fromhex("A0000000041010"))[1]
    limit = parse(encode(0x9F6B, bytes.fromhex("000000010000"))).nodes[0]
    assert redact_tlv(limit, aid=bytes.fromhex("A0000000031010")) == ("000000010000", False)


def test_unionpay_identity_number_is_masked_there_and_where_unknown() -> None:
    node = parse(encode(0x9F61, b"110101198606020010")).nodes[0]
    assert redact_tlv(node, aid=bytes.fromhex("A000000333010102"))[1]
    assert not redact_tlv(node, aid=bytes.fromhex("A0000000041010"))[1]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("0020008008241234FFFFFFFFFF", "0020008008" + "*" * 16),
        ("0020008008241234FFFFFFFFFF00", "0020008008" + "*" * 16 + "00"),
        ("0020008008241234", "0020008008" + "*" * 6),
        ("00200080FF241234FFFFFFFFFF", "00200080FF" + "*" * 16),
        ("8424000010AABBCCDDEEFF00112233445566778899", "8424000010" + "*" * 32),
        ("002000800000 08241234FFFFFFFFFF".replace(" ", ""), "00200080000008" + "*" * 16),
        ("0020008000", "0020008000"),
        ("00200080", "00200080"),
    ],
)
def test_pin_commands_show_no_data(command: str, shown: str) -> None:
    assert mask_command(bytes.fromhex(command)) == shown


def test_pan_in_command_data() -> None:
    put = bytes.fromhex("00E20000") + bytes((len(BODY),)) + BODY
    assert no_secret(mask_command(put))
    gac = bytes.fromhex("80AE80000C") + bytes.fromhex(PAN) + bytes(4)
    assert no_secret(mask_command(gac, known={PAN}))
    assert mask_command(gac, known={PAN}).startswith("80AE80000C476173******0119")


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("7A" + PAN + "D2712201"),
        bytes.fromhex("5711" + PAN),
        b"\x01\x02" + PAN.encode("ascii"),
        bytes.fromhex("1234" + PAN + "5678"),
        bytes.fromhex("5F7F" + PAN + "FFFF"),
    ],
)
def test_undecodable_data_is_searched_for_pans(data: bytes) -> None:
    assert no_secret(mask_response(data + OK, READ))


def test_known_pan_is_masked_where_no_rule_looks() -> None:
    data = encode(0x9F7F, bytes.fromhex(PAN)) + encode(0x9F7D, PAN.encode("ascii"))
    assert no_secret(mask_response(data + OK, READ, known=[PAN]))


def test_transcript_drops_certificates_and_signatures() -> None:
    tags = (0x90, 0x92, 0x93, 0x9F46, 0x9F48, 0x9F4B)
    data = b"".join(encode(tag, b"\xab" * 4) for tag in tags)
    open_text = mask_response(data + OK, READ)
    assert open_text == (data + OK).hex().upper()
    masked = mask_response(data + OK, READ, transcript=True)
    assert "AB" not in masked
    assert len(masked) == len(open_text)
    signature = encode(0x80, b"\xab" * 96) + OK
    assert "AB" not in mask_response(signature, bytes.fromhex("0088000004"), transcript=True)
    assert "AB" in mask_response(signature, bytes.fromhex("80AE000004"), transcript=True)


def test_short_answers_and_atr_stay() -> None:
    assert mask_response(b"\x90\x00", READ) == "9000"
    assert mask_response(b"", READ) == ""
    atr = bytes.fromhex("3B6500002063CB6800")
    assert mask_response(atr) == atr.hex().upper()


def test_secrets_in_finds_pans_and_names() -> None:
    pans, names = secrets_in(encode(0x70, BODY) + OK)
    assert pans == {PAN}
    assert "DOE/JOHN" in names
    assert "DOE/JOHN MAXIMILIAN ALEXANDER" in names
    assert secrets_in(bytes(range(256))) == (set(), set())


def test_mask_tree_marks_every_template_around() -> None:
    data = encode(0x70, encode(0x77, encode(0x5A, bytes.fromhex(PAN)))) + encode(0x9C, b"\0")
    text, masked = mask_tree(parse(data))
    assert masked == {0, 2, 4}
    assert no_secret(text)


def test_a_lookalike_in_damaged_data_marks_its_object() -> None:
    tree = parse(bytes.fromhex("DF0108" + PAN + "9F"))
    text, masked = mask_tree(tree)
    assert not tree.ok
    assert no_secret(text)
    assert masked == {0}


def test_redact_a_pin_is_masked_even_where_cardholder_data_may_be_seen():
    from harness.codec.redact import hide_secrets

    verify = bytes.fromhex("0020008008241234FFFFFFFFFF")
    assert hide_secrets(verify) == "0020008008" + "*" * 16
    record = bytes.fromhex("00B2010C00")
    assert hide_secrets(record) == "00B2010C00"
    loud = bytes.fromhex("80AE80000A5A084761739001010119")
    assert "4761739001010119" in hide_secrets(loud)


@pytest.mark.parametrize(("command", "shown"), [(b"", ""), (b"\x00", "00")])
def test_a_command_without_a_header_hides_nothing(command: bytes, shown: str) -> None:
    from harness.codec.redact import hide_secrets

    assert hide_secrets(command) == shown
