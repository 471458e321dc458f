"""Offline data authentication as the terminal sees it: method, trust policy, bits, reasons."""

from __future__ import annotations

from typing import Any

import pytest
from termcards import OK, Answer, capable, config, context, link_of, record, said, tlv, with_risk
from termchain import (
    NUMBER,
    STATIC,
    BrokenStore,
    cautious,
    chain,
    dda_signature,
    records,
    trusted,
    without,
)

from harness.terminal import authentication
from harness.terminal.authentication import AIP_CDA, AIP_DDA, AIP_SDA, OdaResult
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

UN = b"\x11" * 4
SIGNED = tlv("80", dda_signature(UN)) + OK


def run(card: dict[int, str], aip: int, internal: Answer = SIGNED, **more: Any) -> Context:
    keys = more.pop("keys", None) or trusted()
    given = more.pop("records", None)
    ctx = context(card, aip=aip, table={"0088": internal}, **more)
    ctx.keys = keys
    ctx.records = records() if given is None else given
    authentication.run(ctx)
    assert Open.ODA not in ctx.tvr.open
    assert ctx.oda is not None
    return ctx


def oda(ctx: Context) -> OdaResult:
    assert ctx.oda is not None
    return ctx.oda


@pytest.mark.parametrize(
    ("aip", "capabilities", "method"),
    [
        (AIP_SDA | AIP_DDA | AIP_CDA, 0xC8, "CDA"),
        (AIP_SDA | AIP_DDA | AIP_CDA, 0xC0, "DDA"),
        (AIP_SDA | AIP_DDA | AIP_CDA, 0x80, "SDA"),
        (AIP_SDA | AIP_DDA | AIP_CDA, 0x00, ""),
        (AIP_SDA | AIP_DDA, 0xC8, "DDA"),
        (AIP_SDA, 0xC8, "SDA"),
        (AIP_CDA, 0x40, ""),
        (0, 0xC8, ""),
    ],
)
def test_the_best_method_that_both_have(aip: int, capabilities: int, method: str) -> None:
    ctx = context(aip=aip, terminal=capable(config(), 0xA8, capabilities))
    assert authentication.choose(ctx) == method


def test_no_method_in_common() -> None:
    ctx = run({}, 0)
    assert ctx.tvr.settled == TvrBit.ODA_NOT_PERFORMED.mask
    assert oda(ctx).state == "not-performed"
    assert not ctx.tsi.has(TsiBit.ODA)


def test_until_it_ran_it_counts_as_not_performed() -> None:
    assert context().tvr.has(TvrBit.ODA_NOT_PERFORMED)


def test_sda() -> None:
    ctx = run(chain(), AIP_SDA)
    assert oda(ctx).ok
    assert oda(ctx).text == "static signature verified under key A000000003/E1 (own-test)"
    assert ctx.tvr.settled == TvrBit.SDA_SELECTED.mask
    assert ctx.tsi.has(TsiBit.ODA)
    assert ctx.card.get(0x9F45) == b"\xda\xc0"
    assert link_of(ctx).sent == []


@pytest.mark.parametrize("form", ["80", "77"])
def test_dda(form: str) -> None:
    signature = dda_signature(UN)
    answer = tlv("80", signature) if form == "80" else tlv("77", tlv("9F4B", signature))
    ctx = run(chain(), AIP_DDA, answer + OK)
    assert oda(ctx).ok, oda(ctx).text
    assert oda(ctx).text == (
        "dynamic signature verified under key A000000003/E1 (own-test), "
        "unpredictable number 11111111"
    )
    assert ctx.tvr.settled == 0
    assert ctx.tsi.has(TsiBit.ODA)
    assert ctx.card.get(0x9F4C) == NUMBER
    assert link_of(ctx).sent == ["00880000041111111100"]
    assert (oda(ctx).key, oda(ctx).kind) == ("A000000003/E1", "own-test")
    assert "issuer certificate ok: serial 000123, expires 12/49" in said(ctx)


def test_nothing_is_ever_called_genuine() -> None:
    for card, aip in ((chain(), AIP_SDA), (chain(), AIP_DDA), (chain(), AIP_CDA)):
        text = said(run(card, aip)).lower()
        assert "genuine" not in text
        assert "authentic " not in text


def test_cda_recovers_the_keys_and_waits_for_the_cryptogram() -> None:
    ctx = run(chain(), AIP_CDA)
    assert oda(ctx).state == "pending"
    assert oda(ctx).icc_key is not None
    assert ctx.tvr.settled == 0
    assert not ctx.tsi.has(TsiBit.ODA)


def test_the_aip_is_covered_where_9f4a_says_so() -> None:
    assert oda(run({**chain(tag_list="82", aip="2000"), 0x82: "2000"}, AIP_DDA)).ok
    changed = run({**chain(tag_list="82", aip="2000"), 0x82: "6000"}, AIP_DDA)
    assert oda(changed).failure == "hash"


METHOD_BITS = [
    (AIP_SDA, TvrBit.SDA_FAILED.mask | TvrBit.SDA_SELECTED.mask),
    (AIP_DDA, TvrBit.DDA_FAILED.mask),
    (AIP_CDA, TvrBit.CDA_FAILED.mask),
]
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"card": {**chain(), 0x8F: "77"}}, "ca-key"),
    ({"card": {**chain(), 0x8F: "E1E1"}}, "ca-key"),
    ({"keys": cautious()}, "ca-key-not-trusted"),
    ({"keys": BrokenStore()}, "ca-key"),
    ({"card": {**chain(), 0x90: chain()[0x90][:-2]}}, "length"),
    ({"card": {**chain(), 0x9F32: "010001"}}, "hash"),
    ({"card": {**chain(), 0x5A: "5413330089020011"}}, "identifier"),
    ({"card": chain(expiry="1025")}, "expired"),
    ({"card": {**chain(), 0x9F4A: "8295"}}, "tag-list"),
    ({"records": [record(1, 1, STATIC, signed=True)]}, "static-data"),
    ({"records": []}, "hash"),
]


@pytest.mark.parametrize(("fault", "failure"), FAULTS, ids=lambda item: str(item)[:24])
@pytest.mark.parametrize(("aip", "bits"), METHOD_BITS, ids=["SDA", "DDA", "CDA"])
def test_each_fault_is_named_and_fails_the_method(
    aip: int, bits: int, fault: dict[str, Any], failure: str
) -> None:
    arguments = {"card": chain(), **fault}
    ctx = run(arguments.pop("card"), aip, **arguments)
    assert oda(ctx).failure == failure
    assert ctx.tvr.settled == bits
    assert ctx.tsi.has(TsiBit.ODA)
    assert oda(ctx).text in said(ctx)


@pytest.mark.parametrize(
    ("aip", "tag"),
    [
        *((AIP_SDA, tag) for tag in authentication.REQUIRED["SDA"]),
        *((AIP_DDA, tag) for tag in authentication.REQUIRED["DDA"]),
        *((AIP_CDA, tag) for tag in authentication.REQUIRED["CDA"]),
    ],
)
def test_missing_card_data(aip: int, tag: int) -> None:
    ctx = run(without(chain(), tag), aip)
    assert ctx.tvr.has(TvrBit.ICC_DATA_MISSING)
    assert oda(ctx).failure == "icc-data-missing"
    assert f"{tag:02X}" in oda(ctx).text


def test_what_another_method_needs_is_not_missed() -> None:
    assert oda(run(without(chain(), 0x93), AIP_DDA)).ok
    assert oda(run(without(chain(), 0x9F46, 0x9F47), AIP_SDA)).ok


def test_the_option_is_explained_where_the_key_is_not_trusted() -> None:
    text = oda(run(chain(), AIP_DDA, keys=cautious())).text
    assert "CA key not trusted" in text
    assert "--own-test-keys" in text
    assert "public" in text


def test_a_run_without_keys() -> None:
    ctx = context(chain(), aip=AIP_DDA)
    authentication.run(ctx)
    assert ctx.tvr.has(TvrBit.DDA_FAILED)


DDA_FAULTS: list[tuple[Answer, str]] = [
    ("6985", "status"),
    (OK, "missing"),
    (tlv("80", dda_signature(b"\x12" * 4)) + OK, "hash"),
    (tlv("80", dda_signature(UN)[:-2]) + OK, "length"),
    (tlv("77", tlv("9F4C", "00")) + OK, "missing"),
    (tlv("9F4B", dda_signature(UN)) + OK, "missing"),
    (tlv("80", "00" * 128) + OK, "trailer"),
]


@pytest.mark.parametrize(("answer", "failure"), DDA_FAULTS)
def test_dda_answers(answer: Answer, failure: str) -> None:
    ctx = run(chain(), AIP_DDA, answer)
    assert oda(ctx).failure == failure
    assert ctx.tvr.settled == TvrBit.DDA_FAILED.mask


def test_a_card_without_ddol_gets_the_terminals_own() -> None:
    ctx = run(without(chain(), 0x9F49), AIP_DDA)
    assert oda(ctx).ok
    assert "default" in said(ctx)


@pytest.mark.parametrize("ddol", ["", "9F0206", "9F37", "9F3700"])
def test_a_ddol_without_the_unpredictable_number_fails(ddol: str) -> None:
    ctx = run({**chain(), 0x9F49: ddol}, AIP_DDA)
    assert oda(ctx).failure == "ddol"
    assert link_of(ctx).sent == []


def test_a_default_ddol_that_is_no_use_fails() -> None:
    terminal = with_risk(config(), default_ddol=b"")
    assert oda(run(without(chain(), 0x9F49), AIP_DDA, terminal=terminal)).failure == "ddol"


def test_a_ddol_with_the_tvr_gets_only_what_is_settled() -> None:
    ctx = run({**chain(), 0x9F49: "9F37049505"}, AIP_DDA)
    assert link_of(ctx).sent == ["0088000009" + "11111111" + "0000000000" + "00"]
