"""Offline data authentication of published test cards, as the terminal does it: their records and
signatures come over a link, their CA keys are the published test keys that are shipped."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from termcards import OK, config, context, record, tlv

from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.core.paths import vectors
from harness.crypto.capk import CaKeyStore
from harness.profiles.terminal_config import TerminalAid
from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.candidates import Candidate
from harness.terminal.context import Context
from harness.terminal.initiation import Processing

NAMES = ("unionpay-dda", "mastercard-sda", "amex-cda")


def case(name: str) -> dict[str, Any]:
    path = vectors() / "crypto" / f"oda-{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def prepared(published: dict[str, Any], method: int, answer: str = "6D00") -> Context:
    clock = ManualClock(datetime.fromisoformat(published["today"]).replace(tzinfo=UTC))
    ctx = context(table={"0088": answer, "80AE": answer}, terminal=config())
    ctx.clock = clock
    aid = bytes.fromhex(published["rid"]) + b"\x01"
    ctx.chosen = Candidate(aid, "PUBLISHED", 1, TerminalAid(aid, "", True, ()), "AID list")
    # The AIP counts twice: for what it says, and as static data. Here one method is picked.
    ctx.processing = Processing(b"", b"", method.to_bytes(2, "big"))
    ctx.card.add(0x82, bytes.fromhex(published["aip"]), "GPO")
    for one in published["signed_record"]:
        read = record(one["sfi"], one["record"], one["data"], signed=True)
        ctx.records.append(read)
        ctx.card.take(parse(read.data).nodes, read.name)
    for tag, where, what in (
        (0x90, "issuer", "certificate"),
        (0x92, "issuer", "remainder"),
        (0x9F32, "issuer", "exponent"),
        (0x9F46, "icc", "certificate"),
        (0x9F48, "icc", "remainder"),
        (0x9F47, "icc", "exponent"),
        (0x93, "sda", "signature"),
    ):
        ctx.card.replace(tag, bytes.fromhex(published[where][what]), "record")
    ctx.card.replace(0x8F, bytes.fromhex(published["index"]), "record")
    ctx.card.replace(0x9F49, bytes.fromhex("9F3704"), "record")
    ctx.card.replace(0x9F4A, bytes.fromhex(published["tag_list"]), "record")
    ctx.keys = CaKeyStore.default(own_test=False)
    return ctx


def ok(ctx: Context, published: dict[str, Any]) -> None:
    assert ctx.oda is not None
    assert ctx.oda.ok, ctx.oda.text
    assert ctx.oda.key == f"{published['rid']}/{published['index']}"
    assert ctx.oda.kind == "test"
    assert all(step.ok for step in ctx.oda.steps)


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
