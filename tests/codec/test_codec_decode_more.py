"""What is it? Field 55, lists, track data, second-best readings, the dictionary, the light API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codec.apdu_view import class_words
from harness.codec.decode import Context, as_names, decode
from harness.codec.explain import explain, explain_lines, search
from harness.codec.field55 import split_field
from harness.codec.tags import all_entries
from harness.core.errors import ConfigError, HarnessError
from harness.testing.pace import within

FIELD = (
    "9F2608BB31D191BCED0CF29F2701809F100706010A03A4B8009F3704D3173A1F9F36020029950500000080009A03"
    "2611219C01009F02060000000012345F2A020978820239009F1A020826"
)
SIZE = len(FIELD) // 2
CDOL = "9F02069F03069F1A0295055F2A029A039C019F3704"
PAN = "4761739001010119"


@pytest.mark.parametrize(
    ("prefix", "form"),
    [
        (f"{SIZE:03d}".encode().hex(), "ascii"),
        (f"{SIZE:04d}", "bcd"),
        (f"{SIZE:04X}", "binary"),
        (f"{SIZE:02X}", "byte"),
        (f"{SIZE + 3:02X}01{SIZE:04X}", "dataset"),
    ],
)
def test_field55_with_a_length(prefix: str, form: str) -> None:
    found = decode(prefix + FIELD)
    assert found.kind == "field55"
    assert (found.body["length_form"], found.body["length_said"]) == (form, SIZE)
    assert found.errors == []
    assert found.nodes[0]["tag"] == "9F26"


def test_field55_without_a_length_and_with_a_wrong_one() -> None:
    assert decode(FIELD).kind == "tlv"
    assert decode(FIELD, as_="field55").body["length_form"] == "none"
    wrong = decode("0009" + FIELD, as_="field55")
    assert wrong.errors[0]["offset"] == 0
    assert "says 9" in wrong.errors[0]["message"]
    assert wrong.nodes[0]["tag"] == "9F26"
    assert split_field(bytes.fromhex(FIELD)).form == "none"


def test_field55_notes_what_is_often_required() -> None:
    assert decode(FIELD, as_="field55").fields == []
    short = FIELD.replace("9A03261121", "")
    assert "9A Transaction Date" in decode(short, as_="field55").fields[0]


def test_field55_offsets_count_from_the_start_of_the_input() -> None:
    damaged = decode("0003 9F2608", as_="field55")
    assert damaged.errors[-1]["offset"] == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (CDOL, "dol"),
        ("4761739001010119D2712201123456789F", "field"),
        (PAN, "field"),
        (f"{PAN}=27122011234567890?", "field"),
        (f";{PAN}=27122011234567890?", "field"),
        (f"%B{PAN}^CARD/TEST^27122011234567890?", "field"),
        ("376953847006", "tlv"),
        ("nzYCACk=", "tlv"),
        ("nzYCACmQAA==", "response"),
        ("FCI is 6F1A840E315041592E5359532E4444463031A5088801025F2D02656E.", "tlv"),
        (FIELD.encode().hex(), "tlv"),
        (b"000201010212".hex() + "36333034", "qr-merchant"),
    ],
)
def test_decode_finds_out(text: str, kind: str) -> None:
    found = decode(text)
    assert found.kind == kind, found.lines
    assert PAN not in json.dumps(found.to_json()) + "\n".join(found.lines)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("9F10: 06010A03A4B800", "9F10"),
        ("95 = 80 00 04 80 00", "95"),
        ("TVR 8000048000", "95"),
        ("tsi: E800", "9B"),
        ("[9F27] 80", "9F27"),
        ("Tag 9F36: 0029 (41)", "9F36"),
    ],
)
def test_decode_a_labelled_value(text: str, tag: str) -> None:
    found = decode(text)
    assert (found.kind, found.body["tag"]) == ("field", tag)


def test_decode_lines_of_labelled_values() -> None:
    found = decode(f"9F26: BB31D191BCED0CF2\n9F27: 80\n95: 0000008000\n5A: {PAN}\n")
    assert (found.kind, [node["tag"] for node in found.nodes]) == (
        "tlv",
        ["9F26", "9F27", "95", "5A"],
    )
    assert PAN not in json.dumps(found.to_json()) + "\n".join(found.lines)


@pytest.mark.parametrize(
    "text",
    [
        "{0x9F, 0x36, 0x02, 0x00, 0x29};",
        "[0x9F,0x36,0x02,0x00,0x29]",
        r"\x9f\x36\x02\x00\x29",
        r"b'\x9f\x36\x02\x00\x29'",
        "9F36|02|0029",
        '"9F36020029"',
    ],
)
def test_decode_literals_of_programs(text: str) -> None:
    found = decode(text)
    assert [(node["tag"], node["fields"]) for node in found.nodes] == [("9F36", ["41"])]


@pytest.mark.parametrize(
    "text", ["SCardTransmit: 0x80100069", "failed (SCARD_W_REMOVED_CARD)", "rc=0x80100069: gone"]
)
def test_decode_a_code_in_a_message(text: str) -> None:
    assert "SCARD_W_REMOVED_CARD" in decode(text).lines[0]


@pytest.mark.parametrize(
    ("cla", "words"),
    [
        (0x00, "interindustry"),
        (0x80, "proprietary"),
        (0x84, "proprietary, secure messaging"),
        (0x0C, "interindustry, secure messaging"),
        (0x10, "interindustry, more commands of the chain follow"),
        (0x02, "interindustry, logical channel 2"),
        (0x41, "interindustry, logical channel 5"),
        (0xFF, "for the reader, PC/SC Part 3"),
    ],
)
def test_decode_class_in_words(cla: int, words: str) -> None:
    assert class_words(cla) == words


def test_decode_parameters_of_a_pin_command_without_its_data() -> None:
    text = "\n".join(decode("8424000210FEBF34F00B7CE770DC61DA847BFB1E59").lines)
    assert "PIN change, enciphered without the current PIN" in text
    assert "FEBF34F0" not in text


def test_decode_second_best_reading() -> None:
    assert decode("9F3602002990 00").also == []  # an empty 90 is no better than 9000
    assert [item["kind"] for item in decode("800048E0").also] == []
    assert [item["kind"] for item in decode("9000000000").also] == []
    assert [item["kind"] for item in decode("08010100").also] == ["afl"]
    tree = decode("9F36020029").to_json()
    assert "also" not in tree
    code = decode("134567890123456784")
    assert code.kind == "payer-code"


def test_decode_iad_by_its_tag_and_aid() -> None:
    visa = bytes.fromhex("A0000000031010")
    found = decode("9F100706010A03A4B800", aid=visa)
    assert "CVN 0A (CVN 10)" in found.nodes[0]["fields"]
    assert decode("06010A03A4B800", as_="9F10", aid=visa).fields == found.nodes[0]["fields"]
    assert (
        decode("06010A03A4B800", as_="iad", context=Context(aid=visa)).fields
        == (found.nodes[0]["fields"])
    )


def test_decode_kernel_decides_scoped_tags() -> None:
    names = {kernel: decode("9F6E0420700000", context=Context(kernel=kernel)).nodes[0]["name"]
             for kernel in (2, 3, 4)}  # fmt: skip
    assert len(set(names.values())) == 3
    assert names[3] == "Form Factor Indicator (FFI)"


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("country", "NL", "Netherlands"),
        ("country", "528", "Netherlands"),
        ("country", "0528", "Netherlands"),
        ("currency", "EUR", "978 EUR"),
        ("currency", "978", "978 EUR"),
        ("currency", "0978", "978 EUR"),
        ("language", "fr", "French"),
        ("mcc", "5411", "5411"),
        ("iso8859-5", "B1B2", "БВ"),
        ("tag-list", "9F029F36", "9F36"),
        ("sw", "6A82", "not found"),
        ("language", "656E", "en"),
    ],
)
def test_decode_codes_by_name(kind: str, text: str, words: str) -> None:
    assert words in " ".join(decode(text, as_=kind).lines)


def test_explain_names_every_scope_and_bit() -> None:
    found = explain("95")
    assert len(found["entries"]) == 1
    assert len(found["entries"][0]["bits"]) == 40
    lines = "\n".join(explain_lines(found))
    assert "byte 1 bit 8: offline data authentication was not performed" in lines
    scopes = [entry["scope"] for entry in explain("9F6E")["entries"]]
    assert len(scopes) >= 3
    assert len(set(scopes)) == len(scopes)
    assert "00  goods or services" in "\n".join(explain_lines(explain("9C")))
    assert explain("0x9f10")["tag"] == "9F10"
    for bad in ("nope", "DFFF7E"):
        with pytest.raises(ConfigError):
            explain(bad)


def test_explain_every_tag() -> None:
    for info in all_entries():
        assert explain_lines(explain(info.tag_hex))


def test_tags_search() -> None:
    amounts = {entry["tag"] for entry in search("amount")["entries"]}
    assert {"9F02", "9F03", "81"} <= amounts
    assert len(search("")["entries"]) == len(list(all_entries()))
    assert search("no such word")["entries"] == []


def test_decode_names_are_documented() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "decode.md"
    text = page.read_text(encoding="utf-8")
    for name in as_names():
        if not name.startswith("iso8859-"):
            assert f"`{name}`" in text, name
    assert "`iso8859-1`" in text


def test_decode_api_is_light() -> None:
    code = (
        "import sys, harness\n"
        "c = harness.Context(aid=bytes.fromhex('A0000000031010'))\n"
        "for text in ('9F100706010A03A4B800', '00A4040007A0000000031010\\n9000', '0x8010001D',"
        " '0002010102116304ABCD', '3B6500002063CB6800', '6A82'):\n"
        "    harness.decode(text, context=c).lines\n"
        "print([m for m in ('pydantic', 'click', 'rich', 'smartcard', 'pyemv', 'cryptography',"
        " 'tlv8') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def reads(data: str | bytes, kind: str | None = None) -> None:
    try:
        found = decode(data, as_=kind)
    except HarnessError:
        return
    assert isinstance("\n".join(found.lines), str)
    json.dumps(found.to_json())


LOGGY = st.lists(
    st.tuples(
        st.sampled_from(["", "> ", "< ", "A>> T=1 (4+0007) ", "SW: ", "APDU: ", "<- 9000: ",
                         "Outgoing APDU (9 bytes):\n", "ATR: ", "12:00:00 "]),
        st.one_of(st.binary(max_size=20).map(lambda raw: raw.hex(" ")), st.text(max_size=12)),
    ).map("".join),
    max_size=8,
).map("\n".join)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200), LOGGY))
@settings(max_examples=400, deadline=None)
def test_decode_never_raises_anything_else(data: str | bytes) -> None:
    reads(data)


@given(st.sampled_from(as_names()), st.one_of(st.text(max_size=60), st.binary(max_size=60), LOGGY))
@settings(max_examples=400, deadline=None)
def test_decode_as_anything_never_raises_anything_else(kind: str, data: str | bytes) -> None:
    reads(data, kind)


@pytest.mark.parametrize(
    "text",
    ["00" * 65536, "6F" * 65536, "> 00A4040007 " * 5000, "A" * 100_000, "9" * 100_001,
     "\n".join(["00B2010C00", "9000"] * 5000), "0002" + "01" * 400, ":" * 50_000, "AB " * 40_000,
     "0x" * 50_000, "%B1" + "^" * 20_000, "a://" * 20_000,
     "9F10" + " " * 50_000, "TVR:" * 20_000, "{0x" * 20_000, "9F36: 00\n" * 1900],
    ids=lambda text: f"{text[:6]!r}x{len(text)}",
)  # fmt: skip
def test_decode_of_much_text_ends_soon(text: str) -> None:
    within(6, lambda: reads(text))
