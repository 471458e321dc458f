"""The end: who decided, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
from termcards import OK, Answer, context, link_of, tlv

from harness.issuer.messages import AuthorisationResponse, HostState
from harness.terminal import completion
from harness.terminal.authentication import OdaResult
from harness.terminal.bits import ALWAYS_DUE, TvrBit
from harness.terminal.context import Context
from harness.terminal.cryptogram import Cryptogram, Kind
from harness.terminal.outcome import Ending, Outcome

CID = {"AAC": "00", "TC": "40", "ARQC": "80"}
AC1, AC2 = b"\xac" * 8, b"\xbd" * 8


def second(kind: str) -> str:
    return tlv("80", CID[kind], "0007", "BD" * 8) + OK


def context_after(kind: Kind, table: dict[str, Answer] | None = None, **more: Any) -> Context:
    ctx = context({0x8D: "8A02"}, table=table or {}, **more)
    for step in ALWAYS_DUE:
        ctx.settle(step)
    ctx.asked = "ARQC"
    ctx.first = Cryptogram(kind, int(CID[kind], 16), b"\0\x07", AC1, b"", b"")
    return ctx


def cda_failure(ctx: Context) -> None:
    ctx.cda_sent = True
    ctx.oda = OdaResult("CDA", "failed", "CDA failed: dynamic signature", "hash")
    ctx.tvr = ctx.tvr.set(TvrBit.CDA_FAILED)


def test_an_arqc_goes_on() -> None:
    assert completion.after_first(context_after("ARQC")) is None


def test_a_tc_offline() -> None:
    ending = completion.after_first(context_after("TC"))
    assert ending == Ending(Outcome.APPROVED_OFFLINE, "TC returned (offline): TC ACACACACACACACAC")


@pytest.mark.parametrize(("asked", "who"), [("AAC", "by the terminal"), ("TC", "by the card")])
def test_an_aac_offline_says_who_wanted_it(asked: str, who: str) -> None:
    ctx = context_after("AAC")
    ctx.asked = asked
    ending = completion.after_first(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.DECLINED_OFFLINE
    assert who in ending.text


def test_a_tc_whose_signature_failed_is_declined_without_a_second_command() -> None:
    ctx = context_after("TC")
    cda_failure(ctx)
    ending = completion.after_first(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.DECLINED_OFFLINE
    assert "CDA failed" in ending.text
    assert link_of(ctx).sent == []


def test_keys_that_failed_before_do_not_decline_what_action_analysis_allowed() -> None:
    ctx = context_after("TC")
    ctx.oda = OdaResult("CDA", "failed", "CDA failed: issuer certificate", "hash")
    ctx.tvr = ctx.tvr.set(TvrBit.CDA_FAILED)
    ending = completion.after_first(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.APPROVED_OFFLINE


def test_an_arqc_whose_signature_failed_gets_an_aac() -> None:
    ctx = context_after("ARQC", {"80AE": second("AAC")})
    cda_failure(ctx)
    assert completion.cda_failed(ctx)
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.DECLINED_OFFLINE
    assert link_of(ctx).sent[0].startswith("80AE00")


def answer(arc: str, *scripts: bytes) -> AuthorisationResponse:
    return AuthorisationResponse(
        HostState.ANSWERED, arc=arc, scripts=scripts, name="the simulated issuer"
    )


@pytest.mark.parametrize(
    ("arc", "returned", "asked", "outcome", "words"),
    [
        (
            "00",
            "TC",
            "40",
            Outcome.APPROVED_ONLINE,
            "by the simulated issuer (00); TC BDBD",
        ),
        ("10", "TC", "40", Outcome.APPROVED_ONLINE, "approved by the simulated issuer (10)"),
        ("11", "TC", "40", Outcome.APPROVED_ONLINE, "approved by the simulated issuer (11)"),
        ("00", "AAC", "40", Outcome.DECLINED_ONLINE, "declined by the card, though"),
        ("05", "AAC", "00", Outcome.DECLINED_ONLINE, "declined by the simulated issuer (05)"),
        ("01", "AAC", "00", Outcome.DECLINED_ONLINE, "declined by the simulated issuer (01)"),
        ("00", "ARQC", "40", Outcome.TERMINATED, "second GENERATE AC with an ARQC"),
        ("05", "TC", "00", Outcome.TERMINATED, "more than it may"),
    ],
)
def test_after_an_answer(arc: str, returned: str, asked: str, outcome: Outcome, words: str) -> None:
    ctx = context_after("ARQC", {"80AE": second(returned)})
    ctx.terminal[0x8A] = arc.encode()
    ctx.answer = answer(arc)
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is outcome
    assert words in ending.text
    assert link_of(ctx).sent == [f"80AE{asked}0002{arc.encode().hex()}00".upper()]


def test_the_word_approved_stands_only_where_it_was() -> None:
    for arc, returned in (("05", "AAC"), ("00", "AAC")):
        ctx = context_after("ARQC", {"80AE": second(returned)})
        ctx.answer = answer(arc)
        ending = completion.run(ctx)
        assert ending is not None
        assert "approved" not in ending.text


def test_what_became_of_the_arpc_is_said() -> None:
    ctx = context_after("ARQC", {"80AE": second("TC")})
    ctx.answer, ctx.arpc = answer("00"), "ARPC accepted by the card"
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.text == (
        "approved by the simulated issuer (00); ARPC accepted by the card; TC BDBDBDBDBDBDBDBD"
    )


@pytest.mark.parametrize(
    ("returned", "bits", "asked", "outcome"),
    [
        ("TC", (), "40", Outcome.APPROVED_OFFLINE),
        ("AAC", (), "40", Outcome.DECLINED_OFFLINE),
        ("AAC", (TvrBit.FLOOR_LIMIT,), "00", Outcome.DECLINED_OFFLINE),
    ],
)
@pytest.mark.parametrize("given", [None, AuthorisationResponse(HostState.UNREACHABLE)])
def test_unable_to_go_online(
    given: AuthorisationResponse | None,
    returned: str,
    bits: tuple[TvrBit, ...],
    asked: str,
    outcome: Outcome,
) -> None:
    ctx = context_after("ARQC", {"80AE": second(returned)})
    ctx.card.add(0x9F0D, bytes.fromhex("0000008000"), "test")
    ctx.tvr = ctx.tvr.set(*bits)
    ctx.answer = given
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is outcome
    assert "unable to go online" in ending.text
    arc = "5933" if asked == "40" else "5A33"
    assert link_of(ctx).sent == [f"80AE{asked}0002{arc}00"]


def test_scripts_run_before_and_after_the_second_command() -> None:
    before = bytes.fromhex(tlv("71", tlv("86", "8424000000")))
    after = bytes.fromhex(tlv("72", tlv("86", "841E000000")))
    ctx = context_after("ARQC", {"80AE": second("TC"), "84": "9000"})
    ctx.answer = answer("00", after, before)
    completion.run(ctx)
    assert [sent[:4] for sent in link_of(ctx).sent] == ["8424", "80AE", "841E"]


def test_a_refused_second_command_ends_it() -> None:
    ctx = context_after("ARQC", {"80AE": "6985"})
    ctx.answer = answer("00")
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.TERMINATED


def test_the_gate_closes_before_the_second_command_too() -> None:
    ctx = context_after("ARQC", {"80AE": second("TC")}, allow=False)
    ctx.answer = answer("00")
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert link_of(ctx).sent == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (AuthorisationResponse(HostState.ANSWERED, arc="00"), Outcome.DECLINED_ONLINE),
        (AuthorisationResponse(HostState.UNREACHABLE), Outcome.DECLINED_OFFLINE),
    ],
)
def test_a_signature_that_fails_with_the_second_cryptogram_declines(
    answer: AuthorisationResponse, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context_after("ARQC")
    ctx.answer = answer

    def returns_a_tc(ctx: Context, _kind: str) -> None:
        ctx.second = Cryptogram("TC", 0x40, b"\0\x07", AC2, b"", b"")
        cda_failure(ctx)

    monkeypatch.setattr(completion.cryptogram, "run_second", returns_a_tc)
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is outcome
    assert "CDA failed: dynamic signature" in ending.text
    assert completion.SPEC_CDA_FAILURE in ctx.specs
