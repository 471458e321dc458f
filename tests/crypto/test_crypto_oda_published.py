"""Certificates and signatures of published test cards: an oracle that is not ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.codec.tlv import parse
from harness.crypto.capk import CaKeyStore
from harness.crypto.oda import OdaFailure
from harness.crypto.recover import (
    recover_icc_key,
    recover_issuer_key,
    verify_cda,
    verify_dda,
    verify_sda,
)
from harness.crypto.signed_data import cda_transaction_data, static_data_to_authenticate

FILES = ["oda-unionpay-dda.toml", "oda-amex-cda.toml", "oda-mastercard-sda.toml"]
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
Read = Callable[[str], dict[str, Any]]


def _hex(table: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(table[name]) for name in names]


def _issuer(case: dict[str, Any]):
    ca = CaKeyStore.default().find(bytes.fromhex(case["rid"]), int(case["index"], 16))
    assert ca is not None
    assert ca.kind == "test"
    certificate, remainder, exponent = _hex(case["issuer"], "certificate", "remainder", "exponent")
    return recover_issuer_key(
        ca, certificate, remainder, exponent, case["pan"], date.fromisoformat(case["today"])
    )


def _static(case: dict[str, Any]) -> bytes:
    records = [(entry["sfi"], bytes.fromhex(entry["data"])) for entry in case["signed_record"]]
    tag_list, aip = _hex(case, "tag_list", "aip")
    found = static_data_to_authenticate(records, tag_list, aip)
    assert found.ok
    return found.fields["static-data"]


def _icc(case: dict[str, Any], static: bytes):
    issuer = _issuer(case).key
    assert issuer is not None
    certificate, remainder, exponent = _hex(case["icc"], "certificate", "remainder", "exponent")
    today = date.fromisoformat(case["today"])
    return recover_icc_key(issuer, certificate, remainder, exponent, case["pan"], static, today)


@pytest.mark.parametrize("name", FILES)
def test_issuer_certificate(vector: Read, name: str) -> None:
    case = vector(name)
    found = _issuer(case)
    assert found.ok, found.steps[-1]
    assert found.key is not None
    assert found.key.bits == case["issuer"]["bits"]
    assert found.fields["serial"].hex().upper() == case["issuer"]["serial"]
    assert found.fields["expiry"].hex().upper() == case["issuer"]["expiry"]
    assert case["pan"].startswith(found.fields["identifier"].hex().rstrip("f"))


@pytest.mark.parametrize("name", FILES)
def test_static_signature(vector: Read, name: str) -> None:
    case = vector(name)
    issuer = _issuer(case).key
    assert issuer is not None
    found = verify_sda(issuer, bytes.fromhex(case["sda"]["signature"]), _static(case))
    assert found.ok, found.steps[-1]
    assert found.fields["dac"].hex().upper() == case["sda"]["dac"]


@pytest.mark.parametrize("name", FILES)
def test_card_certificate(vector: Read, name: str) -> None:
    case = vector(name)
    found = _icc(case, _static(case))
    assert found.ok, found.steps[-1]
    assert found.key is not None
    assert found.key.bits == case["icc"]["bits"]
    assert found.fields["serial"].hex().upper() == case["icc"]["serial"]


@pytest.mark.parametrize("name", FILES)
def test_aip_is_signed_where_the_tag_list_says_so(vector: Read, name: str) -> None:
    """Without the AIP, or with another one, the static signature does not hold."""
    case = vector(name)
    case["aip"] = "0000"
    assert _icc(case, _static(case)).failure is OdaFailure.HASH
    case["tag_list"] = ""
    records = [(entry["sfi"], bytes.fromhex(entry["data"])) for entry in case["signed_record"]]
    without = static_data_to_authenticate(records, None, b"").fields["static-data"]
    assert _icc(case, without).failure is OdaFailure.HASH


def test_dynamic_signature(vector: Read) -> None:
    case = vector("oda-unionpay-dda.toml")
    icc = _icc(case, _static(case)).key
    assert icc is not None
    terminal_data, signature, number = _hex(
        case["dda"], "terminal_data", "signature", "dynamic_number"
    )
    found = verify_dda(icc, signature, terminal_data)
    assert found.ok, found.steps[-1]
    assert found.fields["dynamic-number"] == number
    assert verify_dda(icc, signature, b"\0" + terminal_data[1:]).failure is OdaFailure.HASH


def test_combined_signature(vector: Read) -> None:
    case = vector("oda-amex-cda.toml")
    icc = _icc(case, _static(case)).key
    assert icc is not None
    pdol, cdol1, un, response, number, cryptogram = _hex(
        case["cda"],
        "pdol_data",
        "cdol1_data",
        "unpredictable_number",
        "response",
        "dynamic_number",
        "cryptogram",
    )
    signature = parse(response).find(0x9F4B)
    assert signature is not None

    def verify(cid: int, data: bytes):
        return verify_cda(
            icc, signature.value, unpredictable_number=un, cid=cid, transaction_data=data
        )

    good = cda_transaction_data(pdol, cdol1, b"", response)
    found = verify(0x80, good)
    assert found.ok, found.steps[-1]
    assert found.fields["dynamic-number"] == number
    assert found.fields["cryptogram"] == cryptogram
    assert verify(0x40, good).failure is OdaFailure.CID
    without_pdol = cda_transaction_data(b"", cdol1, b"", response)
    assert verify(0x80, without_pdol).failure is OdaFailure.TDH


def test_unionpay_transcript_beside_the_checkout() -> None:
    """The same chain straight out of the recorded exchange."""
    path = SHARED / "transcripts" / "contact-unionpay.txt"
    if not path.is_file():
        pytest.skip(f"dependency missing: the transcript {path} is not beside the checkout")
    lines = [bytes.fromhex(line) for line in path.read_text().split()]
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    records = {
        (command[3] >> 3, command[2]): answer[:-2]
        for command, answer in pairs
        if command[:2] == b"\x00\xb2" and answer[-2:] == b"\x90\x00"
    }
    tags = {
        node.tag: node.value
        for record in records.values()
        for node in parse(record).walk()
        if not node.constructed
    }
    gpo = next(answer for command, answer in pairs if command[1] == 0xA8)
    command, answer = next(pair for pair in pairs if pair[0][1] == 0x88)
    ca = CaKeyStore.default().find(bytes.fromhex("A000000333"), tags[0x8F][0])
    assert ca is not None
    pan, today = tags[0x5A].hex().rstrip("f"), date(2016, 3, 15)
    static = static_data_to_authenticate([(2, records[2, 1])], tags[0x9F4A], gpo[2:4])
    issuer = recover_issuer_key(ca, tags[0x90], tags[0x92], tags[0x9F32], pan, today)
    assert issuer.key is not None, issuer.failure
    data = static.fields["static-data"]
    assert verify_sda(issuer.key, tags[0x93], data).ok
    icc = recover_icc_key(issuer.key, tags[0x9F46], tags[0x9F48], tags[0x9F47], pan, data, today)
    assert icc.key is not None, icc.failure
    assert command[5:9] == bytes.fromhex("7863AFC6")
    assert verify_dda(icc.key, parse(answer[:-2]).nodes[0].value, command[5:9]).ok
