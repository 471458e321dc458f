"""Pasted logs: every case of vectors/paste, the context that a log establishes, the masking."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.codec.decode import Context, decode
from harness.codec.paste import read_paste
from harness.codec.tlv import encode
from harness.codec.trace import Turn, pair
from harness.core.errors import ConfigError
from harness.core.paths import vectors

with (vectors() / "paste" / "logs.toml").open("rb") as stream:
    CASES: list[dict[str, Any]] = tomllib.load(stream)["case"]

PAN = "4761739001010119"
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"


def tlv(tag: str, value: str) -> str:
    return encode(int(tag, 16), bytes.fromhex(value)).hex().upper()


def session() -> str:
    """SELECT with a PDOL, GPO, one record with PAN and CDOLs, and a first GENERATE AC."""
    own = tlv("50", "56495341") + tlv("9F38", "9F1A029F3501")
    fci = tlv("6F", tlv("84", "A0000000031010") + tlv("A5", own))
    lists = tlv("8C", CDOL1) + tlv("8D", "8A02" + CDOL1)
    record = tlv("70", tlv("5A", PAN) + tlv("5F24", "271231") + lists)
    lines = [
        "00A4040007A000000003101000",
        fci + "9000",
        "80A80000058303082622 00",
        "800E1C000801010010010100180304009000",
        "00B2010C00",
        record + "9000",
        "80AE80001D" + TERMINAL_DATA + "00",
        "801240002901020304050607080" + "6010A03A4B8009000",
    ]
    return "\n".join(lines) + "\n"


TERMINAL_DATA = "0000000012340000000000000826000000800009782611210012345678"
SESSION = session()


def texts(turn: Turn) -> list[str]:
    if turn.atr is not None:
        return ["ATR", turn.atr.hex().upper()]
    return [turn.command.hex().upper(), turn.response.hex().upper() if turn.response else "-"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_paste_case(case: dict[str, Any]) -> None:
    paste = read_paste(case["text"])
    assert paste is not None
    assert paste.form == case["form"]
    assert [texts(turn) for turn in pair(paste.pieces)] == case["turns"]
    found = decode(case["text"])
    assert found.kind == "trace"
    assert len(found.body["exchanges"]) == len(case["turns"])


def test_paste_windows_line_ends() -> None:
    for case in CASES:
        paste = read_paste(case["text"].replace("\n", "\r\n"))
        assert paste is not None
        assert [texts(turn) for turn in pair(paste.pieces)] == case["turns"]


def test_paste_context_takes_later_data_apart() -> None:
    found = decode(SESSION)
    assert found.kind == "trace", found.kind
    select, gpo, _record, first_ac = found.body["exchanges"]
    assert select["aid"] == "A0000000031010"
    assert any("PDOL" in text for text in select["context"])
    asked = gpo["command"]["data_elements"]
    assert [(item["tag"], item["value"]) for item in asked] == [("9F1A", "0826"), ("9F35", "22")]
    parts = gpo["response"]["data_elements"]
    assert [item["tag"] for item in parts] == ["82", "94"]
    amount = first_ac["command"]["data_elements"][0]
    assert (amount["tag"], amount["fields"]) == ("9F02", ["12.34 EUR"])
    answer = {item["tag"]: item for item in first_ac["response"]["data_elements"]}
    assert answer["9F27"]["fields"] == ["TC"]
    assert "CVN 0A (CVN 10)" in answer["9F10"]["fields"]


def test_paste_pan_is_masked_everywhere() -> None:
    later = f"00CB3FFF{len(PAN) // 2 + 2:02X}5A08{PAN}\n9000\n"
    plain = f"0088000008{PAN}\n9000\n"
    found = decode(SESSION + later + plain)
    whole = json.dumps(found.to_json()) + "\n".join(found.lines)
    assert PAN not in whole
    assert PAN in json.dumps(decode(SESSION, mask=False).to_json())


def test_paste_pin_is_never_shown() -> None:
    found = decode("0020008008241234FFFFFFFFFF\n9000\n")
    assert "241234" not in json.dumps(found.to_json()) + "\n".join(found.lines)


def test_paste_faults_name_their_exchange() -> None:
    found = decode("00B2010C00\n7005 5A02 4761 9000\n")
    assert [(item["exchange"], item["offset"]) for item in found.errors] == [(1, 0)]


def test_paste_one_line_is_what_it_is() -> None:
    command = decode("A>> T=1 (4+0007) 00A40400 07 A0000000031010 00")
    assert (command.kind, command.body["summary"]) == ("command", "A0000000031010")
    assert decode("SW: 6A 82 ").kind == "response"
    assert decode("< 6A 82 : File not found").kind == "response"


def test_paste_wrapped_hex_is_one_object() -> None:
    found = decode("6F1A840E315041592E5359\n532E4444463031A5088801\n025F2D02656E\n")
    assert (found.kind, found.errors) == ("tlv", [])


@pytest.mark.parametrize("text", ["hello world\nno hex here", "", "> \n< \n", "{}\n{}", "{"])
def test_paste_nothing_in_it(text: str) -> None:
    assert read_paste(text) is None
    with pytest.raises(ConfigError):
        decode(text, as_="trace")


def test_paste_second_generate_ac_is_read_by_cdol2() -> None:
    second = f"80AE40001F3030{TERMINAL_DATA}00\n8012400029010203040506070806010A03A4B8009000\n"
    found = decode(SESSION + second).body["exchanges"][-1]
    assert found["command"]["data_elements"][0]["tag"] == "8A"


def test_paste_log_records_are_read_by_the_log_format() -> None:
    text = (
        "00A4040007A000000003101000\n6F188407A0000000031010A50DBF0C0A9F4D020B0A9F4F00DF01009000\n"
    )
    text = (
        "00A4040007A000000003101000\n6F148407A0000000031010A509BF0C069F4D020B0A5000 9000\n"
        "80CA9F4F00\n9F4F069A039F02065000 9000\n"
    )
    text = text.replace("A509BF0C069F4D020B0A5000", "A508BF0C059F4D020B0A").replace("6F14", "6F13")
    text = text.replace("9F4F069A039F02065000", "9F4F059A039F0206")
    text += "00B2015C00\n261121000000001234 9000\n"
    rows = decode(text).body["exchanges"][-1]["response"]["data_elements"]
    assert [(item["tag"], item["value"]) for item in rows] == [
        ("9A", "261121"),
        ("9F02", "000000001234"),
    ]


def test_paste_context_of_the_caller() -> None:
    context = Context(pdol=bytes.fromhex("9F1A029F3501"), aid=bytes.fromhex("A0000000031010"))
    found = decode("80A800000583030826 2200".replace(" ", ""), context=context)
    assert [item["tag"] for item in found.body["data_elements"]] == ["9F1A", "9F35"]
    answer = decode(
        "800E1C000801010010010100180304009000", context=Context(command=b"\x80\xa8\0\0")
    )
    assert [item["tag"] for item in answer.body["data_elements"]] == ["82", "94"]


TRANSCRIPTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "transcripts"


@pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason="transcripts lie beside the checkout only")
@pytest.mark.parametrize("name", ["contact-visa", "contact-unionpay", "amex-magstripe-mode-mobile"])
def test_paste_real_transcripts(name: str) -> None:
    text = (TRANSCRIPTS / f"{name}.txt").read_text()
    found = decode(text)
    assert found.kind == "trace"
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(found.body["exchanges"]) == len(lines) // 2
    for row in found.body["exchanges"]:
        assert "command" in row
        assert "response" in row or row["note"] in ("lost", "none")


@pytest.mark.parametrize(
    "text",
    [
        f"00DA9F5008{PAN}\n9000\n",
        f"> 00DA9F5008{PAN}",
        f"00DA9F5010{PAN.encode().hex()}\n9000\n",
        f"00B2010C00\n{PAN}9000\n",
        f"00B2010C00\n7009 5A08{PAN} 9000\n",
    ],
)
def test_paste_pan_in_data_without_structure_is_masked(text: str) -> None:
    found = decode(text)
    whole = (json.dumps(found.to_json()) + "\n".join(found.lines)).lower()
    assert PAN not in whole
    assert PAN.encode().hex() not in whole
