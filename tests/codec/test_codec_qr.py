"""QR codes: every case of vectors/qr, and the codes that are nobody's but their network's."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codec.decode import decode
from harness.codec.payer_codes import FORMS, form_of
from harness.codec.qr import crc16, parse_qr
from harness.core.errors import ConfigError
from harness.core.paths import vectors


def load(name: str) -> list[dict[str, Any]]:
    with (vectors() / "qr" / name).open("rb") as stream:
        found: list[dict[str, Any]] = tomllib.load(stream)["case"]
    return found


MERCHANT, CONSUMER = load("merchant.toml"), load("consumer.toml")


@pytest.mark.parametrize("case", MERCHANT, ids=lambda case: case["id"])
def test_qr_merchant_case(case: dict[str, Any]) -> None:
    code = parse_qr(case["text"])
    assert [f"{item.id}/{len(item.value)}" for item in code.objects] == case["ids"]
    assert code.crc_computed == case["crc"]
    assert len(code.faults) == len(case["faults"]), code.faults
    for fault, (offset, words) in zip(code.faults, case["faults"], strict=True):
        assert fault.offset == offset, fault
        assert words in fault.message
    found = decode(case["text"], as_=None if len(case["text"]) > 6 else "qr")
    assert found.kind == "qr-merchant"
    assert len(found.errors) == len(case["faults"])


@pytest.mark.parametrize("case", CONSUMER, ids=lambda case: case["id"])
def test_qr_consumer_case(case: dict[str, Any]) -> None:
    found = decode(case["text"])
    assert found.kind == "qr-consumer"
    assert [node["tag"] for node in found.nodes] == case["tags"]
    assert len(found.errors) == case["errors"], found.errors
    whole = json.dumps(found.to_json()) + "\n".join(found.lines)
    if case["pan"]:
        assert case["pan"] not in whole
        assert case["pan"] in json.dumps(decode(case["text"], mask=False).to_json())


def test_qr_malformed_cases_are_a_quarter_at_least() -> None:
    cases = [*MERCHANT, *CONSUMER]
    assert 4 * sum(bool(case.get("faults") or case.get("errors")) for case in cases) >= len(cases)


def test_qr_sample_in_words() -> None:
    text = "\n".join(decode(MERCHANT[0]["text"]).lines)
    for words in (
        "00 Payload Format Indicator  01",
        "dynamic: one code a transaction",
        "54 Transaction Amount  23.72",
        "23.72 CNY",
        "01 Merchant Name - Alternate Language  最佳运输",
        "07 Terminal Label  A6008667",
        "mobile number, e-mail address",
        "63 CRC  A13A",
    ):
        assert words in text


def test_qr_crc_by_a_known_value() -> None:
    assert crc16(b"123456789") == 0x29B1  # CRC-16/IBM-3740, check value of the CRC catalogue


def test_qr_merchant_account_number_is_masked() -> None:
    text = "000201021647617390010101195204581253033605802ID5901A6001B"
    text += f"6304{crc16((text + '6304').encode()):04X}"
    found = decode(text)
    assert found.errors == []
    assert "4761739001010119" not in json.dumps(found.to_json()) + "".join(found.lines)
    assert found.body["objects"][1]["masked"] is True


def test_qr_all_digits_of_a_code_are_no_hex() -> None:
    text = "000201021547617390010101952045812530336058020059011600126304"
    text += "1234"
    assert decode(text).kind == "qr-merchant"


@pytest.mark.parametrize(
    ("text", "network", "role"),
    [
        ("134567890123456784", "WeChat Pay", "payer"),
        ("281234567890123456", "Alipay", "payer"),
        ("6212345678901234567", "UnionPay", "payer"),
        ("https://qr.alipay.com/fkx12345abcdef", "Alipay", "collection"),
        ("wxp://f2f0AbCdEf123", "WeChat Pay", "collection"),
        ("weixin://wxpay/bizpayurl?pr=abc", "WeChat Pay", "collection"),
        ("https://qr.95516.com/00010000/6221", "UnionPay", "collection"),
        ("https://example.org/x", "", "collection"),
    ],
)
def test_qr_opaque_codes(text: str, network: str, role: str) -> None:
    found = decode(text)
    assert found.kind == "payer-code"
    body = found.to_json()
    assert (body["network"], body["role"], body["opaque"]) == (network, role, True)
    assert "acquirer alone" in " ".join(found.lines)
    if role == "payer":
        assert text not in json.dumps(body)
        assert text in json.dumps(decode(text, mask=False).to_json())


@pytest.mark.parametrize("text", ["164567890123456784", "13456789012345678", "abc"])
def test_qr_not_a_payer_code(text: str) -> None:
    assert form_of(text) is None
    with pytest.raises(ConfigError):
        decode(text, as_="payer-code")


def test_qr_every_form_has_its_rule() -> None:
    assert all(form.rule and form.role in ("payer", "collection") for form in FORMS)


@given(st.text(max_size=300))
def test_qr_any_text(text: str) -> None:
    code = parse_qr("0002" + text)
    for fault in code.faults:
        assert 0 <= fault.offset <= len(text) + 4 + 512
