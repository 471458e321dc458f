"""Offline data authentication of published test cards, as the terminal does it: their records and
signatures come over a link, their CA keys are the published test keys that are shipped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from publishedcards import case, ok, prepared
from termcards import OK, tlv

from harness.crypto.capk import CaKeyStore
from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.initiation import Processing

NAMES = ("unionpay-dda", "mastercard-sda", "amex-cda")


@pytest.mark.parametrize("name", NAMES)
def test_static(name: str) -> None:
    published = case(name)
    ctx = prepared(published, AIP_SDA)
    authentication.run(ctx)
    ok(ctx, published)
    assert ctx.card.get(0x9F45) == bytes.fromhex(published["sda"]["dac"])


def test_dynamic() -> None:
    published = case("unionpay-dda")
    ctx = prepared(published, AIP_DDA, tlv("80", published["dda"]["signature"]) + OK)
    ctx.terminal[0x9F37] = bytes.fromhex(published["dda"]["terminal_data"])
    authentication.run(ctx)
    ok(ctx, published)
    assert ctx.card.get(0x9F4C) == bytes.fromhex(published["dda"]["dynamic_number"])


def test_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    published = case("amex-cda")
    cda = published["cda"]
    ctx = prepared(published, AIP_CDA, cda["response"] + OK)
    ctx.processing = Processing(b"", bytes.fromhex(cda["pdol_data"]), AIP_CDA.to_bytes(2, "big"))
    ctx.terminal[0x9F37] = bytes.fromhex(cda["unpredictable_number"])
    # What that terminal sent is published; its values by tag are not.
    sent = bytes.fromhex(cda["cdol1_data"])
    monkeypatch.setattr(cryptogram, "cdol_data", lambda _ctx, _cdol: sent)
    ctx.asked = "ARQC"
    authentication.run(ctx)
    assert cryptogram.run_first(ctx) is None
    ok(ctx, published)
    assert ctx.first is not None
    assert ctx.first.ac == bytes.fromhex(cda["cryptogram"])


@pytest.mark.parametrize("name", NAMES)
def test_another_day_or_another_card_is_refused(name: str) -> None:
    published = case(name)
    late = prepared({**published, "today": "2049-01-01"}, AIP_SDA)
    authentication.run(late)
    assert late.oda is not None
    assert late.oda.failure == "expired"
    other = prepared(published, AIP_SDA)
    other.card.replace(0x5A, bytes.fromhex("4761739001010119"), "record")
    authentication.run(other)
    assert other.oda is not None
    assert other.oda.failure == "identifier"


@pytest.mark.parametrize(("date", "warned"), [("2016-03-14", True), ("2016-03-15", False)])
def test_a_ca_key_past_its_date_is_a_warning_and_no_failure(
    date: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = case("unionpay-dda")
    ctx = prepared(published, AIP_SDA)
    assert ctx.keys is not None
    key = ctx.keys.find(bytes.fromhex(published["rid"]), int(published["index"], 16))
    assert key is not None
    monkeypatch.setattr(CaKeyStore, "find", lambda *_: replace(key, expiry=date))
    authentication.run(ctx)
    ok(ctx, published)
    assert any("was to be retired" in line for line in ctx.lines) is warned
