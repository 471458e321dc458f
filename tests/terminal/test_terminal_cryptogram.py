"""GENERATE AC: what is asked, what may come back, and combined authentication."""

from __future__ import annotations

from typing import Any

import pytest
from termcards import OK, Answer, config, context, link_of, said, tlv, with_risk
from termchain import cda_answer, chain, records, trusted

from harness.terminal import authentication, cryptogram
from harness.terminal.authentication import AIP_CDA
from harness.terminal.bits import TsiBit, TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome

UN = b"\x11" * 4
CDOL1, CDOL2 = "9F020695059F3704", "8A029F3704"
CDOL1_DATA = "000000001234801080800011111111"
KIND_P1 = {"AAC": "00", "TC": "40", "ARQC": "80"}
CID = {"AAC": "00", "TC": "40", "ARQC": "80"}


def format_1(kind: str, more: str = "") -> str:
    return tlv("80", CID[kind], "0007", "AC" * 8, more) + OK


def format_2(kind: str, *more: str) -> str:
    parts = (tlv("9F27", CID[kind]), tlv("9F36", "0007"), tlv("9F26", "AC" * 8))
    return tlv("77", *parts, *more) + OK


def run(asked: str, answer: Answer, **more: Any) -> tuple[Context, Ending | None]:
    card = more.pop("card", {})
    ctx = context({0x8C: CDOL1, 0x8D: CDOL2, **card}, table={"80AE": answer}, **more)
    ctx.asked = asked
    return ctx, cryptogram.run_first(ctx)


@pytest.mark.parametrize("asked", ["AAC", "TC", "ARQC"])
@pytest.mark.parametrize("answer", [format_1("AAC"), format_2("AAC")])
def test_the_command_and_both_formats(asked: str, answer: str) -> None:
    ctx, ending = run(asked, answer)
    assert ending is None
    assert link_of(ctx).sent == [f"80AE{KIND_P1[asked]}000F{CDOL1_DATA}00"]
    assert ctx.first is not None
    assert (ctx.first.kind, ctx.first.atc, ctx.first.ac) == ("AAC", b"\0\x07", b"\xac" * 8)
    assert ctx.card.get(0x9F36) == b"\0\x07"
    assert ctx.tsi.has(TsiBit.CARD_RISK)
    assert any("ATC +1" in notice for notice in ctx.listener.notices)  # type: ignore[attr-defined]


@pytest.mark.parametrize("more", ["", "0601120380000"[:12], "00" * 32])
def test_issuer_application_data_of_format_1(more: str) -> None:
    ctx, _ending = run("ARQC", format_1("ARQC", more))
    assert ctx.first is not None
    assert ctx.first.iad.hex() == more


@pytest.mark.parametrize("asked", ["AAC", "TC", "ARQC"])
@pytest.mark.parametrize("returned", ["AAC", "TC", "ARQC"])
def test_a_card_may_answer_less_and_never_more(asked: str, returned: str) -> None:
    rank = ["AAC", "ARQC", "TC"]
    _ctx, ending = run(asked, format_2(returned))
    if rank.index(returned) <= rank.index(asked):
        assert ending is None
    else:
        assert ending is not None
        assert ending.outcome is Outcome.TERMINATED
        assert "more than it may" in ending.text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("6985", "GENERATE AC answered 6985"),
        (OK, "neither template 80 nor 77"),
        (tlv("70", "00") + OK, "neither template 80 nor 77"),
        (tlv("80", "80", "0007", "AC" * 7) + OK, "must be 11 to 43"),
        (tlv("80", "80", "0007", "AC" * 8, "00" * 33) + OK, "must be 11 to 43"),
        (tlv("80", "C0", "0007", "AC" * 8) + OK, "name no cryptogram"),
        (tlv("80", "01", "0007", "AC" * 8) + OK, "service not allowed"),
        (tlv("77", tlv("9F36", "0007"), tlv("9F26", "AC" * 8)) + OK, "9F27"),
        (tlv("77", tlv("9F27", "80"), tlv("9F26", "AC" * 8)) + OK, "9F36"),
        (tlv("77", tlv("9F27", "80"), tlv("9F36", "0007")) + OK, "no application cryptogram"),
        (format_2("ARQC", tlv("9F26", "00" * 8)), "9F26"),
        ("7755" + OK, "length 85"),
    ],
)
def test_answers_that_end_the_transaction(answer: str, why: str) -> None:
    _ctx, ending = run("ARQC", answer)
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
    assert why in ending.text


def test_the_gate() -> None:
    ctx, ending = run("ARQC", format_2("ARQC"), allow=False)
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert "GENERATE AC" in ending.text
    assert "--allow-state-change" in ending.text
    assert link_of(ctx).sent == []


def test_a_cdol_that_asks_for_too_much() -> None:
    ctx = context({0x8C: "9F02FF9F0201"})
    ctx.asked = "ARQC"
    ending = cryptogram.run_first(ctx)
    assert ending is not None
    assert "one command holds 255" in ending.text
    assert link_of(ctx).sent == []


def test_the_second_may_be_no_arqc() -> None:
    ctx = context({0x8C: CDOL1, 0x8D: CDOL2}, table={"80AE": format_2("ARQC")})
    ctx.terminal[0x8A] = b"00"
    ending = cryptogram.run_second(ctx, "TC")
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED
    assert link_of(ctx).sent == ["80AE400006" + "3030" + "11111111" + "00"]


@pytest.mark.parametrize(("tdol", "bit"), [("9F0206", False), (None, True)])
def test_the_tc_hash_and_whose_tdol_made_it(tdol: str | None, bit: bool) -> None:
    card = {0x8C: "9814"} if tdol is None else {0x8C: "9814", 0x97: tdol}
    terminal = with_risk(config(), default_tdol=bytes.fromhex("9F0206"))
    ctx = context(card, table={"80AE": format_2("AAC")}, terminal=terminal)
    ctx.asked = "TC"
    cryptogram.run_first(ctx)
    # SHA-1 of 000000001234
    assert link_of(ctx).sent == ["80AE400014" + "D63B4EDEA972C6DE8D985F106491C491A93C48F8" + "00"]
    assert ctx.tvr.has(TvrBit.DEFAULT_TDOL) is bit


def with_cda(answer: Answer, asked: str = "ARQC") -> tuple[Context, Ending | None]:
    ctx = context({**chain(), 0x8C: CDOL1, 0x8D: CDOL2}, aip=AIP_CDA, table={"80AE": answer})
    ctx.keys, ctx.records, ctx.asked = trusted(), records(), asked
    authentication.run(ctx)
    return ctx, cryptogram.run_first(ctx)


CDA_DATA = bytes.fromhex("000000001234001080800011111111")


def test_cda_is_verified_at_generate_ac() -> None:
    ctx, ending = with_cda(cda_answer(UN, CDA_DATA, iad="0102") + OK)
    assert ending is None
    assert ctx.oda is not None
    assert ctx.oda.ok, ctx.oda.text
    assert not ctx.tvr.has(TvrBit.CDA_FAILED)
    assert ctx.tsi.has(TsiBit.ODA)
    assert ctx.first is not None
    assert ctx.first.ac == b"\xac" * 8  # out of the signature
    assert ctx.card.get(0x9F26) == b"\xac" * 8
    assert link_of(ctx).sent[-1].startswith("80AE9000")


CDA_FAULTS = [
    (cda_answer(UN, CDA_DATA + b"!"), "tdh"),
    (cda_answer(b"\x12" * 4, CDA_DATA), "hash"),
    (
        cda_answer(UN, CDA_DATA).replace("9f270180", "9f270180").replace("9F270180", "9F270140"),
        "cid",
    ),
    (format_2("ARQC")[:-4], "missing"),
    (format_1("ARQC")[:-4], "missing"),
    (tlv("77", tlv("9F27", "80"), tlv("9F36", "0001"), tlv("9F4B", "00" * 128)), "trailer"),
    (tlv("77", tlv("9F27", "80"), tlv("9F36", "0001"), tlv("9F4B", "00")), "length"),
]


@pytest.mark.parametrize(("answer", "failure"), CDA_FAULTS)
def test_cda_failures(answer: str, failure: str) -> None:
    ctx, ending = with_cda(answer + OK, "TC")
    assert ending is None
    assert ctx.oda is not None
    assert ctx.oda.failure == failure
    assert ctx.tvr.has(TvrBit.CDA_FAILED)
    assert ctx.tsi.has(TsiBit.ODA)
    assert not cryptogram.wants_cda(ctx)


def test_an_aac_needs_no_signature() -> None:
    ctx, ending = with_cda(format_2("AAC"))
    assert ending is None
    assert not ctx.tvr.has(TvrBit.CDA_FAILED)
    assert not ctx.tsi.has(TsiBit.ODA)


def test_no_signature_is_asked_for_with_an_aac() -> None:
    ctx, _ending = with_cda(format_2("AAC"), "AAC")
    assert link_of(ctx).sent[-1].startswith("80AE0000")
    assert not ctx.tvr.has(TvrBit.CDA_FAILED)


def test_no_signature_is_asked_for_where_the_keys_failed() -> None:
    ctx = context(
        {**chain(), 0x8F: "77", 0x8C: CDOL1}, aip=AIP_CDA, table={"80AE": format_2("ARQC")}
    )
    ctx.keys, ctx.records, ctx.asked = trusted(), records(), "ARQC"
    authentication.run(ctx)
    assert cryptogram.run_first(ctx) is None
    assert link_of(ctx).sent[-1].startswith("80AE8000")
    assert ctx.tvr.has(TvrBit.CDA_FAILED)
    assert "signature" not in said(ctx)
