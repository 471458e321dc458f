"""The dictionary: its source and its fast form agree, scoped tags, completeness."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.codec.aid import Aid, kernel_of, product_of, scheme_of
from harness.codec.bits import fields
from harness.codec.codes import country, currency
from harness.codec.data import SOURCES, section
from harness.codec.redact import SENSITIVE
from harness.codec.show import _LATE, _SENSITIVE, _SHOWERS
from harness.codec.show_k2 import VIEWS
from harness.codec.tags import all_entries, lookup, meanings
from harness.core.errors import CodecError
from harness.core.paths import data, vectors

ROOT = Path(__file__).resolve().parents[2]
VISA = bytes.fromhex("A0000000031010")
MASTERCARD = bytes.fromhex("A0000000041010")
UNIONPAY = bytes.fromhex("A000000333010102")
AMEX = bytes.fromhex("A00000002501")
ENTRIES = list(all_entries())


def test_the_fast_form_is_the_source() -> None:
    spec = importlib.util.spec_from_file_location("build", ROOT / "scripts/build_codec_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.build() == data("codec.json").read_text(encoding="utf-8")
    for name in SOURCES:
        with data(f"{name}.toml").open("rb") as stream:
            assert section(name) == tomllib.load(stream)


@pytest.mark.parametrize(
    ("tag", "aid", "name"),
    [
        (0x9F6E, VISA, "Form Factor Indicator (FFI)"),
        (0x9F6E, MASTERCARD, "Third Party Data"),
        (0x9F6E, AMEX, "Enhanced Contactless Reader Capabilities"),
        (0x9F5D, VISA, "Available Offline Spending Amount (AOSA)"),
        (0x9F5D, MASTERCARD, "Application Capabilities Information"),
        (0x9F5D, UNIONPAY, "Available Offline Spending Amount"),
        (0x9F66, VISA, "Terminal Transaction Qualifiers (TTQ)"),
        (0x9F66, MASTERCARD, "PUNATC (Track 2)"),
        (0x9F66, None, "Terminal Transaction Qualifiers (TTQ)"),
        (0x9F6C, VISA, "Card Transaction Qualifiers (CTQ)"),
        (0x9F6C, MASTERCARD, "Mag-stripe Application Version Number, card"),
        (0x9F6D, UNIONPAY, "Electronic Cash Reset Threshold"),
        (0x9F6D, MASTERCARD, "Mag-stripe Application Version Number, reader"),
        (0x9F77, UNIONPAY, "Electronic Cash Balance Limit"),
        (0x9F78, UNIONPAY, "Electronic Cash Single Transaction Limit"),
        (0x9F79, UNIONPAY, "Electronic Cash Balance"),
        (0x9F77, MASTERCARD, "Unprotected Data Envelope 3"),
        (0x9F79, MASTERCARD, "Unprotected Data Envelope 5"),
        (0x9F61, UNIONPAY, "Cardholder Identification Number"),
        (0x9F61, MASTERCARD, "CVC3 (Track 2)"),
        (0x9F62, UNIONPAY, "Cardholder Identification Type"),
        (0x5A, None, "Application Primary Account Number (PAN)"),
    ],
)
def test_scoped_meanings(tag: int, aid: bytes | None, name: str) -> None:
    found = lookup(tag, aid=aid)
    assert found is not None
    assert found.name == name


def test_a_kernel_decides_over_the_rid() -> None:
    found = lookup(0x9F6E, aid=VISA, kernel=2)
    assert found is not None
    assert found.name == "Third Party Data"


def test_a_guess_is_marked() -> None:
    guessed = lookup(0x9F6E)
    assert guessed is not None
    assert guessed.guess
    fitting = lookup(0x9F6E, length=4)
    assert fitting is not None
    assert (fitting.name, fitting.guess) == ("Form Factor Indicator (FFI)", True)
    certain = lookup(0x9F6E, aid=VISA)
    assert certain is not None
    assert not certain.guess
    plain = lookup(0x5A)
    assert plain is not None
    assert not plain.guess
    assert lookup(0xDFFF7F) is None
    assert len(meanings(0x9F6E)) >= 4


@pytest.mark.parametrize("info", ENTRIES, ids=lambda info: f"{info.tag_hex}-{info.scope[:10]}")
def test_every_entry_is_sound(info: Any) -> None:
    assert info.name
    assert info.name == info.name.strip()
    assert info.format in ("b", "n", "cn", "an", "ans", "var")
    assert info.source in ("", "card", "terminal", "issuer")
    assert info.max_len is None or 0 <= info.min_len <= info.max_len
    assert info.spec.document
    kind, colon, name = info.show.partition(":")
    if colon:
        known = {"bits": fields(), "code": section("bitfields")["codes"], "k2": VIEWS}
        assert name in known[kind]
    elif kind:
        assert kind in {*_SHOWERS, *_SENSITIVE, *_LATE, "iad", "dol", "tags"}
    for template in info.templates:
        assert lookup(template) is not None


def test_what_is_masked_is_sensitive_in_the_dictionary() -> None:
    for tag in SENSITIVE:
        assert any(info.sensitive for info in meanings(tag)), f"{tag:X}"
    for info in ENTRIES:
        if info.sensitive and not info.scope:
            assert info.tag in SENSITIVE, info.tag_hex


BOOK_3 = (
    "42 4F 50 57 5A 5F20 5F24 5F25 5F28 5F2A 5F2D 5F30 5F34 5F36 5F50 5F53 5F54 5F55 5F56 61 "
    "6F 70 71 72 73 77 80 81 82 83 84 86 87 88 89 8A 8C 8D 8E 8F 90 91 92 93 94 95 97 98 99 "
    "9A 9B 9C 9D 9F01 9F02 9F03 9F04 9F05 9F06 9F07 9F08 9F09 9F0B 9F0D 9F0E 9F0F 9F10 9F11 "
    "9F12 9F13 9F14 9F15 9F16 9F17 9F18 9F1A 9F1B 9F1C 9F1D 9F1E 9F1F 9F20 9F21 9F22 9F23 "
    "9F26 9F27 9F2D 9F2E 9F2F 9F32 9F33 9F34 9F35 9F36 9F37 9F38 9F39 9F3A 9F3B 9F3C 9F3D "
    "9F40 9F41 9F42 9F43 9F44 9F45 9F46 9F47 9F48 9F49 9F4A 9F4B 9F4C 9F4D 9F4E 9F4F A5 BF0C "
    "9F19 9F24 9F25 "
)


@pytest.mark.parametrize("text", BOOK_3.split())
def test_every_tag_of_the_books_is_known(text: str) -> None:
    assert lookup(int(text, 16)) is not None


def test_every_tag_of_images_and_vectors_is_known() -> None:
    wanted: set[str] = set()
    for path in [*vectors().glob("cards/*.toml"), *vectors().glob("apdu/*.toml")]:
        text = path.read_text(encoding="utf-8")
        wanted.update(re.findall(r'^"?([0-9A-F]{2}|[0-9A-F]{4})"?\s*=', text, re.MULTILINE))
    for path in (vectors() / "dol").glob("*.toml"):
        with path.open("rb") as stream:
            for case in tomllib.load(stream)["case"]:
                wanted.update(entry.split("/")[0] for entry in case["entries"])
    unknown = {text for text in wanted if lookup(int(text, 16)) is None}
    assert unknown <= {"DF7F", "7F8101", "6F"}


def test_aids() -> None:
    assert (scheme_of(VISA), product_of(VISA)) == ("visa", "Visa credit or debit")
    assert scheme_of(bytes.fromhex("A00000000305076010")) == "elo"
    assert scheme_of(bytes.fromhex("A000000003FFFF")) == "visa"
    assert scheme_of(bytes.fromhex("F0000000010001")) == ""
    assert product_of(b"") == ""
    assert scheme_of(b"A" * 100_000) == ""
    assert kernel_of(MASTERCARD) == 2
    assert kernel_of(b"\xf0" * 5) is None
    aid = Aid("A0000000031010")
    assert (aid.rid.hex(), aid.pix.hex(), str(aid)) == ("a000000003", "1010", "A0000000031010")
    for bad in ("A00000", "A0" * 17, "XY"):
        with pytest.raises(CodecError):
            Aid(bad)


def test_countries_and_currencies() -> None:
    assert country("276") == ("DE", "Germany")
    assert country("999") is None
    found = currency("978")
    assert found is not None
    assert (found.code, found.exponent) == ("EUR", 2)
    for code, places in (("392", 0), ("414", 3), ("990", 4), ("156", 2), ("840", 2)):
        money = currency(code)
        assert money is not None
        assert money.exponent == places
    assert len(json.dumps(section("countries"))) > 5000
