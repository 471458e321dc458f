"""Inputs as payment engineers paste them: what each must say, and what it must not."""

from __future__ import annotations

import json

import pytest

from harness.codec import paste, trace
from harness.codec.decode import decode

SELECT, FCI = "00A4040007A0000000031010", "6F1A8407A0000000031010A50F5004564953418701019F38039F1A02"
INITIALIZE = "80500000081122334455667788"
KEY_ANSWER = "00001122334455667788FF02A1B2C3D4E5F60718293A4B5C6D7E8F90"
ATS = "0578807002"


def said(text: str) -> str:
    return "\n".join(decode(text).lines)


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        # a template with a meaning of its own for tags that EMV uses otherwise
        ("621682050241002603 83026F3A 8A0105 8B036F0602 80020078", "records of at most 38", "AIP"),
        ("620482024100", "File Descriptor", "Application Interchange"),
        ("82024100", "Application Interchange", "File Descriptor"),
        ("7F490A81030100018203BBCCDD", "Modulus", "Amount"),
        ("8104000003E8", "Amount", "Modulus"),
        ("6615731306072A864886FC6B01600806062A864886FC6B", "GlobalPlatform", "unknown tag"),
        ("731306072A864886FC6B01", "Directory Discretionary", "Card Recognition"),
        ("7F21087F4E055F29010042", "Certificate Profile", "Transaction"),
        # bytes that are no data objects, although their first might be a tag
        (ATS, "frames of at most 256 bytes", "unknown tag"),
        ("0678807003", "Verification Results", "frames of at most"),
        ("8000048000", "offline data authentication was not performed", "no data object"),
        # Kernel 2 objects of a wrong length are not taken apart
        ("DF81290810F0F00010F0FF00", "status: approved", "the dictionary says"),
        ("DF8129050000000000", "the dictionary says 8", "status: approved"),
        # an address of payment says its own parameters; another one is opaque
        ("upi://pay?pa=a@b&am=1.50", "payee address: a@b", "opaque"),
        ("https://qr.95516.com/00010000/6221", "opaque", "payee"),
        # historical bytes of a reader for a storage card
        ("3B8F8001804F0CA0000003060300030000000068", "MIFARE Ultralight", "Classic"),
        ("3B8F8001804F0CA000000306030001000000006A", "MIFARE Classic 1K", "Ultralight"),
    ],
)
def test_says(text: str, shown: str, hidden: str) -> None:
    found = said(text)
    assert shown in found
    assert hidden not in found


@pytest.mark.parametrize("cla", ["00", "04", "0C", "80", "84"])
@pytest.mark.parametrize("pin", ["241234FFFFFFFFFF", "241234FFFF", "31323335"])
def test_pin_is_masked_however_the_command_is_broken(cla: str, pin: str) -> None:
    whole = decode(f"{cla}20008008{pin}")
    assert "1234" not in json.dumps(whole.to_json()) + said(f"{cla}20008008{pin}")
    assert "31323335" not in json.dumps(whole.to_json())
    assert whole.lines[0].startswith("VERIFY")
    assert bool(whole.errors) == (len(pin) < 16)


@pytest.mark.parametrize("head", ["80D80081", "80D80101"])
def test_keys_are_masked(head: str) -> None:
    key = "00112233445566778899AABBCCDDEEFF"
    text = f"{head}14018010{key}00"
    assert key not in json.dumps(decode(text).to_json())
    assert key not in said(text)
    assert key[20:] in said(f"80E2{head[4:]}14018010{key}00")  # STORE DATA of the same bytes


def test_damage_hides_no_value_that_is_understood() -> None:
    damaged = said("62168205024100260383026F3A8A01058B036F06028002")
    assert "0241002603" in damaged
    assert "6F3A" in damaged
    card = said("7016820239005A0847617390010101198002")
    assert "3900" in card
    assert "4761739001010119" not in card


def test_answer_of_plain_bytes() -> None:
    found = decode(f"{INITIALIZE}\n{KEY_ANSWER}9000\n")
    assert found.errors == []
    assert "unknown tag" not in "\n".join(found.lines)
    other = decode(f"{SELECT}\n{KEY_ANSWER}9000\n")  # a SELECT's answer is data objects
    assert other.errors


def test_repeated_object_is_said_once() -> None:
    card = decode("70085F20014A5F20014B")
    assert [error["rule"] for error in card.errors] == ["repeat"]
    assert decode("E006C00101C00102").errors == []  # a list of keys


def test_long_log_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a log of megabytes a part is decoded, and the rest is counted."""
    monkeypatch.setattr(paste, "MAX_LINES", 100)
    monkeypatch.setattr(trace, "MAX_EXCHANGES", 20)
    pair = f"> {SELECT}\n< {FCI}9000\n"
    found = decode(pair * 60)
    assert len(found.body["exchanges"]) == 20
    assert found.body["left_out"] == {"exchanges": 30, "lines": 20}
    assert "30 more exchanges" in found.lines[1]
    short = decode(pair * 3)
    assert "left_out" not in short.body
    assert len(short.body["exchanges"]) == 3


def test_asn1_inside_a_sequence_only() -> None:
    inside = said("30140101FF02020101060355040316034142430A0102")
    assert "BOOLEAN" in inside
    assert "257" in inside
    assert '"ABC"' in inside
    assert "2.5.4.3" in inside
    assert "BOOLEAN" not in said("0101FF")
