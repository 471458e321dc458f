"""More published test cards through the terminal's own authentication step, each under a CA key
whose published SHA-1 is checked first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from publishedcards import case, ok, prepared
from termcards import OK, tlv

from harness.crypto.capk import CaKey, CaKeyStore, ca_key_hash
from harness.crypto.recover import recover_icc_key, recover_issuer_key
from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA
from harness.terminal.context import Context

WITH_ICC_KEY = ("mastercard-cda", "visa-dynamic", "visa-long")
ALL = (*WITH_ICC_KEY, "visa-sda")


def ca_key(published: dict[str, Any]) -> CaKey:
    """The shipped key, intact by the SHA-1 that is published for it."""
    rid, index = bytes.fromhex(published["rid"]), int(published["index"], 16)
    found = CaKeyStore.default(own_test=False).find(rid, index)
    assert found is not None
    assert found.kind == "test"
    assert ca_key_hash(rid, index, found.key).hex().upper() == published["ca_sha1"]
    return found


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


@pytest.mark.parametrize("name", ALL)
def test_its_ca_key_is_the_published_one(name: str) -> None:
    assert ca_key(case(name)).intact


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
