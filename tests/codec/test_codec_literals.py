"""Bytes as programs and people write them: each form once whole, and once broken."""

from __future__ import annotations

import contextlib
import json
import time
from urllib.parse import quote

import pytest

from harness.codec.decode import decode
from harness.codec.literals import bytes_of, clean
from harness.core.errors import ConfigError

PAN = "4761739001010119"
FCI = bytes.fromhex("6F1A8407A0000000031010A50F5004564953418701019F38039F1A02")
RECORD = bytes.fromhex(
    f"702A57134761739001010119D22122010000012345678F5A08{PAN}5F2008444F452F4A4F484E"
)


def xxd(data: bytes) -> str:
    rows = []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        digits = " ".join(part[pair : pair + 2].hex() for pair in range(0, len(part), 2))
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(f"{at:08x}: {digits:<39}  {text}")
    return "\n".join(rows)


def hexdump(data: bytes) -> str:
    rows = []
    for at in range(0, len(data), 16):
        part = data[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(f"{at:08x}  {part[:8].hex(' ')}  {part[8:].hex(' ')}  |{text}|")
    return "\n".join([*rows, f"{len(data):08x}"])


def octal(data: bytes) -> str:
    rows = [f"{at:07o} {data[at : at + 16].hex(' ')}" for at in range(0, len(data), 16)]
    return "\n".join([*rows, f"{len(data):07o}"])


FORMS = {
    "xxd": xxd,
    "hexdump -C": hexdump,
    "od -t x1": octal,
    "C": lambda data: "{ " + ", ".join(f"0x{byte:02X}" for byte in data) + " }",
    "C, declared": lambda data: (
        "static const uint8_t fci[] = {\n  " + ",\n  ".join(f"0x{b:x}" for b in data) + "\n};"
    ),
    "C, with comments": lambda data: (
        "unsigned char x[3] = { /* FCI */ " + ", ".join(f"0x{b:02X}" for b in data) + " }; // end"
    ),
    "Java": lambda data: "new byte[]{ " + ", ".join(f"(byte)0x{byte:02X}" for byte in data) + " };",
    "Java, signed": lambda data: (
        "[" + ", ".join(str(b - 256 if b > 127 else b) for b in data) + "]"
    ),
    "decimal": lambda data: str(list(data)),
    "Python": repr,
    "percent": quote,
    "percent, all": lambda data: "".join(f"%{byte:02X}" for byte in data),
    "h behind": lambda data: " ".join(f"{byte:02X}h" for byte in data),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", [FCI, RECORD], ids=["fci", "record"])
def test_literal_is_read(form: str, data: bytes) -> None:
    text = FORMS[form](data)
    assert bytes_of(text) == data
    found = decode(text)
    assert found.kind == "tlv"
    assert found.errors == []
    assert PAN not in json.dumps(found.to_json()) + "\n".join(found.lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[1, 2, x]",
        "[1, 2, 300]",
        "[1, -129]",
        "[111]",
        "{0x6F, 1A}",
        "{0x6F, 0x1AB}",
        "b'abc'",
        "b'\\x6f",
        "b'\\xzz'",
        "%6F",
        "%6F%1G",
        "6F 1A h",
        "00000000: 6f1a 8407\n00000020: a000 0000",
        "00000000: 6f1a 8\n00000002: a000 0000",
        "00000000  6f 1a  |o.|\nfurther words",
    ],
)
def test_literal_that_is_none(text: str) -> None:
    assert bytes_of(text) is None


def test_literal_dump_may_start_anywhere() -> None:
    assert bytes_of("00000010: 6f00 8400\n00000014: 5000") == bytes.fromhex("6F0084005000")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + FCI.hex(),
        "\u201c" + FCI.hex() + "\u201d",
        FCI.hex(" ").replace(" ", "\u00a0"),
        FCI.hex()[:10] + "\u200b" + FCI.hex()[10:],
        FCI.hex()[:10] + "\t" + FCI.hex()[10:],
    ],
)
def test_literal_with_what_copying_brings_along(text: str) -> None:
    found = decode(text)
    assert (found.kind, found.errors) == ("tlv", [])
    assert len(found.nodes) == 1


def test_literal_clean_leaves_other_text_alone() -> None:
    assert clean("Caf\u00e9 \u201cX\u201d here") == "Caf\u00e9 \u201cX\u201d here"


def test_literal_lost_digit_is_said_and_the_rest_decoded() -> None:
    found = decode(RECORD.hex() + "9")
    assert [node["tag"] for node in found.nodes] == ["70"]
    assert found.errors[-1] == {
        "offset": len(RECORD),
        "message": "89 digits, an odd number: one is lost; the last is left out",
        "rule": "odd-digits",
    }
    assert PAN not in json.dumps(found.to_json())
    with pytest.raises(ConfigError, match="an odd number"):
        decode("6F1")
    with pytest.raises(ConfigError, match="an odd number"):
        decode("F" * 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 12:01:02.123 INFO [ISO8583] DE055: " + FCI.hex(),
        "DE55=" + FCI.hex(),
        "emv=" + FCI.hex() + "&x=1",
        "F55 [028] " + FCI.hex(),
    ],
)
def test_literal_hex_in_a_line_of_a_log(text: str) -> None:
    found = decode(text)
    assert (found.kind, found.errors) == ("tlv", [])
    assert found.lines[0] == "hex found in the text, 28 bytes"


def test_literal_two_runs_of_hex_are_no_guess() -> None:
    with pytest.raises(ConfigError):
        decode(f"first {FCI.hex()} second {FCI.hex()} third")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("T:9F26 L:08 V:0102030405060708\nT:9F27 L:01 V:80", ["9F26", "9F27"]),
        ("[9F26]: [0102030405060708]\n[9F27]: [80]", ["9F26", "9F27"]),
        ("9F36 | ATC : [2] 00 31\n9F27 | CID : [1] 80 ARQC", ["9F36", "9F27"]),
        ('{"9F26": "0102030405060708", "95": "0000008000"}', ["9F26", "95"]),
        ("TVR: 0000008000\nTSI: E800\nIAC-Denial: 0010000000", ["95", "9B", "9F0E"]),
    ],
)
def test_literal_lists_of_labelled_values(text: str, tags: list[str]) -> None:
    found = decode(text)
    assert [node["tag"] for node in found.nodes] == tags


@pytest.mark.parametrize("text", ["IAC-Denial: 0010000000", "TAC Online=F850ACF800", "ATC: 0031"])
def test_literal_names_in_front_of_a_value(text: str) -> None:
    assert decode(text).kind == "field"


@pytest.mark.parametrize("text", ["9F10", "95", "DF8115", "0x", "tvr", "Issuer Application Data"])
def test_literal_a_tag_or_its_name_is_looked_up(text: str) -> None:
    if text == "0x":
        with pytest.raises(ConfigError):
            decode(text)
        return
    found = decode(text)
    assert found.kind == "dictionary"
    assert found.body["entries"]
    assert found.lines


@pytest.mark.parametrize(
    "text",
    [
        "4761 7390 0101 0119",
        "4761-7390-0101-0119",
        "3782 822463 10005",
        f"%B{PAN}^DOE/JOHN^22122010000000000000?;{PAN}=22122010000012345678?",
    ],
)
def test_literal_card_numbers_as_printed_are_masked(text: str) -> None:
    found = decode(text)
    shown = json.dumps(found.to_json()) + "\n".join(found.lines)
    assert found.kind in ("field", "tlv")
    assert "******0119" in shown or "*****0005" in shown
    assert PAN not in shown
    assert "DOE" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "[" * 60000,
        "%41" * 20000,
        "0x41," * 12000,
        "b'" + "\\x41" * 15000 + "'",
        "{" + "/*" * 30000,
        "{" + "0x41," * 12000,
        "A B " * 15000,
        "-> " * 20000,
        "SW: " * 15000,
        "|" * 60000,
        "4761 " * 12000,
        "00000000: " + "6f1a " * 12000,
        '{"a":' * 10000,
    ],
    ids=lambda text: text[:8],
)
def test_literal_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ConfigError):
        decode(text)
    assert time.process_time() - started < 5
