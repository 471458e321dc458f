"""The decoder's engine: what an input is, the published JSON, masking, errors."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import harness
from harness.codec.bits import fields
from harness.codec.decode import FIELD_TAGS, as_names, decode
from harness.codec.detect import detect
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex

FCI = "6F1A840E315041592E5359532E4444463031A5088801025F2D02656E"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3B6500002063CB6800", "atr"),
        ("3F600000", "atr"),
        ("3BE000FF81317C4193", "atr"),
        ("3B8880", "atr"),
        ("9000", "sw"),
        ("6283", "sw"),
        ("63C2", "sw"),
        ("6F00", "sw"),
        (FCI, "tlv"),
        (FCI + "9000", "response"),
        (FCI + "6283", "response"),
        ("9F360200019000", "response"),
        ("9F36020001", "tlv"),
        ("800E1C00080101001001010018030400", "tlv"),
        ("800E1C000801010010010100180304009000", "response"),
        ("840E315041592E5359532E4444463031", "tlv"),
        ("00A404000E315041592E5359532E444446303100", "command"),
        ("00A4040007A0000000031010", "command"),
        ("80A8000002830000", "command"),
        ("80CA9F3600", "command"),
        ("00B2010C00", "command"),
        ("0084000000", "command"),
        ("80AE80001D00000000100000000000000000368000008000003612031600D3173A1F00", "command"),
        ("0020008008241234FFFFFFFFFF", "command"),
        ("FFCA000000", "command"),
        ("5A0847617390010101", "tlv"),
        ("70105A08", "tlv"),
        ("1122334455667788 9000", "response"),
    ],
)
def test_what_it_is(text: str, kind: str) -> None:
    assert detect(parse_hex(text)) == kind
    assert decode(text).kind == kind


@pytest.mark.parametrize(
    "text", ["9f27 01 80", "0x9F 0x27 0x01 0x80", "9F:27:01:80", " 9F27\n0180 \t", "9f-27-01-80"]
)
def test_hex_in_any_dress(text: str) -> None:
    found = decode(text)
    assert (found.kind, found.nodes[0]["tag"], found.nodes[0]["value"]) == ("tlv", "9F27", "80")


def test_the_published_shape() -> None:
    found = decode(FCI, as_="tlv").to_json()
    assert list(found) == ["schema", "kind", "nodes", "errors"]
    assert (found["schema"], found["kind"], found["errors"]) == (1, "tlv", [])
    top = found["nodes"][0]
    assert list(top) == ["tag", "name", "offset", "length", "value", "children", "fields"]
    assert (top["tag"], top["offset"], top["length"]) == ("6F", 0, 26)
    assert top["value"] == FCI[4:]
    first, second = top["children"]
    assert list(first) == ["tag", "name", "offset", "length", "value", "fields"]
    assert (first["offset"], first["value"]) == (2, "315041592E5359532E4444463031")
    assert [child["tag"] for child in second["children"]] == ["88", "5F2D"]
    assert json.loads(json.dumps(found)) == found


def test_errors_have_offset_message_path_and_rule() -> None:
    found = decode("6F0484031020 9F36020001", as_="tlv").to_json()
    assert found["errors"] == [
        {
            "offset": 2,
            "message": "tag 84 has length 3, only 2 bytes are left",
            "path": "6F",
            "rule": "overrun",
        }
    ]
    assert [node["tag"] for node in found["nodes"]] == ["6F", "9F36"]
    assert not decode("6F0484031020").ok


def test_repeats_keep_every_instance() -> None:
    found = decode("7016 6109 4F07A0000000031010 6109 4F07A0000000041010").to_json()
    assert [child["offset"] for child in found["nodes"][0]["children"]] == [2, 13]
    assert found["errors"] == []


def test_masked_in_the_node_and_in_everything_around() -> None:
    text = "7016 5A084761739001010119 5F24032712315F3401 01 9C0100"
    found = decode(text).to_json()
    record = found["nodes"][0]
    pan, expiry = record["children"][0], record["children"][1]
    assert pan["value"] == "476173******0119"
    assert pan["masked"] is True
    assert record["masked"] is True
    assert record["value"].startswith("5A08476173******01195F2403271231")
    assert "masked" not in expiry
    assert "4761739001010119" not in json.dumps(found)
    assert "900101" not in " ".join(decode(text).lines)
    opened = decode(text, mask=False).to_json()
    assert opened["nodes"][0]["children"][0]["value"] == "4761739001010119"
    assert "masked" not in json.dumps(opened)


def test_track2_and_name_are_masked_everywhere() -> None:
    text = "702057104761340000000050D1712201125234515F200B4341524420352F56495341 9C00".replace(
        " ", ""
    )
    whole = json.dumps(decode(text).to_json()) + "\n".join(decode(text).lines)
    assert "476134******0050D***************" in whole
    assert "4341524420352F56495341" not in whole
    assert "CARD 5" not in whole


def test_certificates_are_shown() -> None:
    found = decode("9F4602ABCD")
    assert found.nodes[0]["value"] == "ABCD"


def test_context_decides_scoped_tags() -> None:
    text = "9F6E0420700000"
    visa = decode(text, aid=bytes.fromhex("A0000000031010"))
    assert visa.nodes[0]["name"] == "Form Factor Indicator (FFI)"
    mastercard = decode(text, aid=bytes.fromhex("A0000000041010"))
    assert mastercard.nodes[0]["name"] == "Third Party Data"
    guessed = decode(text)
    assert any("depends on the scheme" in line for line in guessed.nodes[0]["fields"])
    own = decode("6F13 8407A0000000041010 A508 BF0C05 9F6C020001")
    node = own.nodes[0]["children"][1]["children"][0]["children"][0]
    assert node["name"] == "Mag-stripe Application Version Number, card"


def test_amounts_use_the_currency_beside_them() -> None:
    found = decode("9F02060000000012345F2A020392").to_json()
    assert found["nodes"][0]["fields"] == ["1234 JPY"]


def test_notes_are_no_errors() -> None:
    found = decode("9F0205000000001 2".replace(" ", ""))
    assert found.errors == []
    assert any("dictionary says 6" in line for line in found.nodes[0]["fields"])
    misplaced = decode("6F04 5F340101")
    assert any("not expected in template 6F" in line for line in str(misplaced.lines).split("'"))


def test_wrong_form_of_a_known_tag_is_an_error() -> None:
    found = decode("BF10020000", as_="tlv")
    assert found.errors == [
        {
            "offset": 0,
            "message": "tag BF10 is 9F10 in constructed form",
            "path": "",
            "rule": "wrong-form",
        }
    ]


def test_atr_shows_two_verdicts() -> None:
    other = decode("3B602500", as_="atr").to_json()
    assert other["iso"] == []
    assert [item["severity"] for item in other["emv_cold"]] == ["fail"]
    assert other["emv_warm"] == []
    memory = decode("3B8F8001804F0CA000000306030001000000006A").to_json()
    assert (memory["contactless"], memory["emv_applies"]) == (True, False)


@pytest.mark.parametrize("name", sorted(FIELD_TAGS))
def test_every_name_decodes(name: str) -> None:
    found = decode("0000000000", as_=name)
    assert found.kind == "field"
    assert found.to_json()["tag"] == f"{FIELD_TAGS[name]:02X}"
    assert found.lines


def test_as_accepts_kinds_names_and_tags() -> None:
    assert decode("8000048000", as_="TVR").fields[0].endswith("was not performed")
    assert decode("8000048000", as_="95").fields == decode("8000048000", as_="tvr").fields
    assert decode("6283", as_="sw").body["by_command"] == {
        "SELECT": "application blocked (FCI returned)"
    }
    assert decode("9F02069F03", as_="dol").errors == [
        {"offset": 3, "message": "the DOL ends after tag 9F03: no length"}
    ]
    assert decode("00A40400", as_="apdu").kind == "command"
    assert decode("9000", as_="response").body["sw"] == "9000"
    assert decode("90", as_="sw").errors
    assert decode("90", as_="response").errors
    assert decode("00A4", as_="command").errors
    assert decode("80000480", as_="tvr").errors
    assert {"tlv", "atr", "sw", "dol", "apdu", "tvr", "tsi", "aip", "cvm", "ttq"} <= set(as_names())


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", None), ("zz", None), ("9F2", None), ("9F27", "nonsense"), ("9F27", "DFFF")],
)
def test_wrong_use_is_a_config_error(text: str, kind: str | None) -> None:
    with pytest.raises(ConfigError):
        decode(text, as_=kind)


def test_format_1_answers_are_explained() -> None:
    gpo = decode("800E1C000801010010010100180304009000").lines
    assert "as an answer to GET PROCESSING OPTIONS:" in gpo
    assert "  94  Application File Locator (AFL)  080101001001010018030400" in gpo
    assert not any("GENERATE AC" in line for line in gpo)
    ac = decode("8012400029BB31D191BCED0CF206010A0364BC009000").lines
    assert "as an answer to GENERATE AC:" in ac
    assert "  9F27  Cryptogram Information Data (CID)  40  TC" in ac
    assert "  9F10  Issuer Application Data (IAD)  06010A0364BC00" in ac
    assert not any("GET PROCESSING" in line for line in ac)  # what follows is no AFL
    assert len(decode("8006010203040506 9000").lines) == 3  # neither


def test_command_fields() -> None:
    body = decode("00A4040007A000000003101000").to_json()
    assert (body["name"], body["summary"], body["case"], body["le"]) == (
        "SELECT",
        "A0000000031010",
        "4S",
        256,
    )
    pin = json.dumps(decode("0020008008241234FFFFFFFFFF").to_json())
    assert "1234" not in pin
    assert "241234" not in "".join(decode("0020008008241234FFFFFFFFFF").lines)


def test_re_exported_and_light() -> None:
    assert harness.decode is decode
    with pytest.raises(AttributeError):
        _ = harness.nothing_like_that  # type: ignore[attr-defined]
    code = (
        "import sys, harness; harness.decode('9F270180').lines;"
        "print([m for m in ('pydantic','click','rich','pyemv','cryptography','smartcard','tomllib')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_of_bit_fields_are_known_to_the_decoder() -> None:
    assert {"aip", "auc", "tvr", "tsi", "ttq", "ctq"} <= set(fields())
