"""More published test cards through the terminal's own authentication step, each under a CA key
whose published SHA-1 is checked first."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from termcards import OK, config, context, record, tlv

from harness.codec.tlv import parse
from harness.core.clock import ManualClock
from harness.core.paths import vectors
from harness.crypto.capk import CaKey, CaKeyStore, ca_key_hash
from harness.crypto.recover import recover_icc_key, recover_issuer_key
from harness.profiles.terminal_config import TerminalAid
from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.candidates import Candidate
from harness.terminal.context import Context
from harness.terminal.initiation import Processing

PARTS = (
    (0x90, "issuer", "certificate"),
    (0x92, "issuer", "remainder"),
    (0x9F32, "issuer", "exponent"),
    (0x9F46, "icc", "certificate"),
    (0x9F48, "icc", "remainder"),
    (0x9F47, "icc", "exponent"),
    (0x93, "sda", "signature"),
)
WITH_ICC_KEY = ("mastercard-cda", "visa-dynamic", "visa-long")
ALL = (*WITH_ICC_KEY, "visa-sda")


def case(name: str) -> dict[str, Any]:
    path = vectors() / "crypto" / f"oda-{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def ca_key(published: dict[str, Any]) -> CaKey:
    """The shipped key, intact by the SHA-1 that is published for it."""
    rid, index = bytes.fromhex(published["rid"]), int(published["index"], 16)
    found = CaKeyStore.default(own_test=False).find(rid, index)
    assert found is not None
    assert found.kind == "test"
    assert ca_key_hash(rid, index, found.key).hex().upper() == published["ca_sha1"]
    return found


def prepared(published: dict[str, Any], method: int, answer: str = "6D00") -> Context:
    """A terminal that has read this card. What is empty in the vector, the card does not have."""
    ca_key(published)
    ctx = context(table={"0088": answer, "80AE": answer}, terminal=config())
    ctx.clock = ManualClock(datetime.fromisoformat(published["today"]).replace(tzinfo=UTC))
    aid = bytes.fromhex(published["rid"]) + b"\x01"
    ctx.chosen = Candidate(aid, "PUBLISHED", 1, TerminalAid(aid, "", True, ()), "AID list")
    # The AIP counts twice: for what it says, and as static data. Here one method is picked.
    ctx.processing = Processing(b"", b"", method.to_bytes(2, "big"))
    ctx.card.add(0x82, bytes.fromhex(published["aip"]), "GPO")
    for one in published["signed_record"]:
        read = record(one["sfi"], one["record"], one["data"], signed=True)
        ctx.records.append(read)
        ctx.card.take(parse(read.data).nodes, read.name)
    for tag, where, what in PARTS:
        value = published.get(where, {}).get(what, "")
        if value:
            ctx.card.replace(tag, bytes.fromhex(value), "record")
    ctx.card.replace(0x8F, bytes.fromhex(published["index"]), "record")
    ctx.card.replace(0x9F49, bytes.fromhex("9F3704"), "record")
    if published["tag_list"]:
        ctx.card.replace(0x9F4A, bytes.fromhex(published["tag_list"]), "record")
    ctx.keys = CaKeyStore.default(own_test=False)
    return ctx


def ok(ctx: Context, published: dict[str, Any]) -> None:
    assert ctx.oda is not None
    assert ctx.oda.ok, ctx.oda.text
    assert ctx.oda.key == f"{published['rid']}/{published['index']}"
    assert all(step.ok for step in ctx.oda.steps)


def said(ctx: Context, what: str, part: dict[str, Any]) -> bool:
    """The log names the certificate with its published serial number and expiry date."""
    month, year = part["expiry"][:2], part["expiry"][2:]
    line = f"{what} ok: serial {part['serial']}, expires {month}/{year}"
    return line in ctx.lines


@pytest.mark.parametrize("name", WITH_ICC_KEY)
def test_certificates(name: str) -> None:
    published = case(name)
    ctx = prepared(published, AIP_CDA)
    authentication.run(ctx)
    assert ctx.oda is not None
    assert ctx.oda.state == "pending", ctx.oda.text
    assert said(ctx, "issuer certificate", published["issuer"]), ctx.lines
    assert said(ctx, "ICC certificate", published["icc"]), ctx.lines
    assert ctx.issuer_key is not None
    assert ctx.issuer_key.bits == published["issuer"]["bits"]
    assert ctx.oda.icc_key is not None
    assert ctx.oda.icc_key.bits == published["icc"]["bits"]


@pytest.mark.parametrize("name", WITH_ICC_KEY)
def test_changed_static_data_break_the_card_certificate(name: str) -> None:
    published = case(name)
    data = published["signed_record"][0]["data"]
    published["signed_record"][0]["data"] = data.replace("5F3401", "5F3402", 1)
    ctx = prepared({**published, "aip": "0000", "tag_list": "82"}, AIP_CDA)
    authentication.run(ctx)
    assert ctx.oda is not None
    assert ctx.oda.failure == "hash"


def test_static() -> None:
    published = case("visa-sda")
    ctx = prepared(published, AIP_SDA)
    authentication.run(ctx)
    ok(ctx, published)
    assert said(ctx, "issuer certificate", published["issuer"])
    assert ctx.card.get(0x9F45) == bytes.fromhex(published["sda"]["dac"])


def test_static_with_a_tag_list_that_the_card_does_not_have() -> None:
    ctx = prepared({**case("visa-sda"), "tag_list": "82"}, AIP_SDA)
    authentication.run(ctx)
    assert ctx.oda is not None
    assert ctx.oda.failure == "hash"


@pytest.mark.parametrize("good", [True, False])
def test_dynamic(monkeypatch: pytest.MonkeyPatch, good: bool) -> None:
    published = case("visa-dynamic")
    dda = published["dda"]
    data = bytes.fromhex(dda["terminal_data"])
    # What that terminal had signed is published; it is more than this terminal's DDOL asks for.
    sent = data if good else b"\0" + data[1:]
    monkeypatch.setattr(authentication, "ddol_data", lambda _ctx: sent)
    ctx = prepared(published, AIP_DDA, tlv("80", dda["signature"]) + OK)
    authentication.run(ctx)
    assert ctx.oda is not None
    if not good:
        assert ctx.oda.failure == "hash"
        return
    ok(ctx, published)
    assert ctx.card.get(0x9F4C) == bytes.fromhex(dda["dynamic_number"])


def test_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    published = case("mastercard-cda")
    cda = published["cda"]
    ctx = prepared(published, AIP_CDA, cda["response"] + OK)
    ctx.terminal[0x9F37] = bytes.fromhex(cda["unpredictable_number"])
    sent = bytes.fromhex(cda["cdol1_data"])
    monkeypatch.setattr(cryptogram, "cdol_data", lambda _ctx, _cdol: sent)
    ctx.asked = "TC"
    authentication.run(ctx)
    assert cryptogram.run_first(ctx) is None
    ok(ctx, published)
    assert ctx.first is not None
    assert ctx.first.kind == "TC"
    assert ctx.first.ac == bytes.fromhex(cda["cryptogram"])
    assert ctx.card.get(0x9F4C) == bytes.fromhex(cda["dynamic_number"])


@pytest.mark.parametrize("name", ALL)
def test_too_late_and_another_card(name: str) -> None:
    published = case(name)
    method = AIP_SDA if name == "visa-sda" else AIP_CDA
    late = prepared({**published, "today": "2049-01-01"}, method)
    authentication.run(late)
    assert late.oda is not None
    assert late.oda.failure == "expired"
    other = prepared(published, method)
    other.card.replace(0x5A, bytes.fromhex("6210948000000011"), "record")
    authentication.run(other)
    assert other.oda is not None
    assert other.oda.failure == "identifier"


@pytest.mark.parametrize("place", [0, 1])
def test_issuer_certificates_alone(place: int) -> None:
    published = case("issuer-certificates")["case"][place]
    certificate = bytes.fromhex("".join(published["certificate"].split()))
    exponent, today = bytes.fromhex(published["exponent"]), date.fromisoformat(published["today"])
    ca = ca_key(published)
    found = recover_issuer_key(ca, certificate, None, exponent, published["pan"], today)
    assert found.ok, found.steps[-1]
    assert found.key is not None
    assert found.key.bits == published["bits"]
    assert found.fields["serial"].hex().upper() == published["serial"]
    assert found.fields["expiry"].hex().upper() == published["expiry"]
    broken = certificate[:-1] + bytes((certificate[-1] ^ 1,))
    assert not recover_issuer_key(ca, broken, None, exponent, published["pan"], today).ok
    other = replace(ca, index=0x99)
    assert other.intact is False


@pytest.mark.parametrize("name", ALL)
def test_hash_algorithm_of_the_certificates(name: str) -> None:
    """Byte 12 of an issuer certificate, byte 18 of a card's: SHA-1, as the vector says."""
    published = case(name)
    ctx = prepared(published, AIP_CDA if name in WITH_ICC_KEY else AIP_SDA)
    authentication.run(ctx)
    issuer = bytes.fromhex(published["issuer"]["certificate"])
    opened = ca_key(published).key.recover(issuer)
    assert opened[11:12].hex().upper() == published["issuer"]["hash_algorithm"]
    if "icc" in published:
        assert ctx.issuer_key is not None
        opened = ctx.issuer_key.recover(bytes.fromhex(published["icc"]["certificate"]))
        assert opened[17:18].hex().upper() == published["icc"]["hash_algorithm"]


def test_an_icc_certificate_does_not_open_under_another_issuer() -> None:
    one, other = case("visa-dynamic"), case("mastercard-cda")
    ctx = prepared(other, AIP_CDA)
    authentication.run(ctx)
    assert ctx.issuer_key is not None
    icc = one["icc"]
    found = recover_icc_key(
        ctx.issuer_key,
        bytes.fromhex(icc["certificate"]),
        bytes.fromhex(icc["remainder"]),
        bytes.fromhex(icc["exponent"]),
        one["pan"],
        b"",
        date.fromisoformat(one["today"]),
    )
    assert not found.ok
