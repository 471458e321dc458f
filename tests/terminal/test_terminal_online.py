"""Online processing: what is sent, what comes back, and issuer authentication."""

from __future__ import annotations

import pytest
from termcards import Answer, context, link_of, said

from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, HostState
from harness.terminal import online
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, Outcome

AUTH = online.AIP_ISSUER_AUTHENTICATION
ARPC = bytes.fromhex("00112233445566773030")
CARD = {
    0x5A: "4761739001010119",
    0x5F34: "01",
    0x9F26: "AC" * 8,
    0x9F36: "0007",
    0x84: "A0000000031010",
}


class Desk:
    """A host that answers as it was told."""

    name = "the desk"

    def __init__(self, answer: AuthorisationResponse) -> None:
        self.answer = answer
        self.seen: list[AuthorisationRequest] = []

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        self.seen.append(request)
        return self.answer


def answered(arc: str = "00", data: bytes = b"") -> AuthorisationResponse:
    return AuthorisationResponse(
        HostState.ANSWERED, arc=arc, issuer_authentication_data=data, log=("a line",)
    )


def run(
    answer: AuthorisationResponse | None,
    *,
    aip: int = AUTH,
    external: Answer = "9000",
    allow: bool = True,
    card: dict[int, str] | None = None,
) -> tuple[Context, Ending | None]:
    ctx = context(CARD if card is None else card, aip=aip, table={"0082": external}, allow=allow)
    ctx.host = Desk(answer) if answer else None
    return ctx, online.run(ctx)


def test_the_request() -> None:
    ctx, ending = run(answered())
    assert ending is None
    assert isinstance(ctx.host, Desk)
    request = ctx.host.seen[0]
    assert (request.pan, request.psn) == ("4761739001010119", 1)
    assert request.aid.hex().upper() == "A0000000031010"
    assert request.data["9F26"] == b"\xac" * 8
    assert request.data["9F02"].hex() == "000000001234"
    assert request.data["95"] == ctx.tvr.value
    assert request.data["84"].hex().upper() == "A0000000031010"
    assert set(request.data) >= {"9F37", "9F36", "9A", "9C", "5F2A", "9F1A", "9F03", "9F33", "9F34"}
    assert "5A" not in request.data
    assert ctx.terminal[0x8A] == b"00"
    assert "a line" in said(ctx)


@pytest.mark.parametrize(
    ("card", "pan", "psn"),
    [
        ({}, "", None),
        ({0x5A: "47AA", 0x5F34: "0101"}, "", None),
        ({0x5A: "476173FF", 0x5F34: "AA"}, "476173", None),
    ],
)
def test_a_request_about_a_strange_card(card: dict[int, str], pan: str, psn: int | None) -> None:
    ctx = context(card)
    request = online.request(ctx)
    assert (request.pan, request.psn) == (pan, psn)
    assert request.data["84"] == ctx.aid


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (None, HostState.UNREACHABLE),
        (AuthorisationResponse(HostState.UNREACHABLE), HostState.UNREACHABLE),
        (AuthorisationResponse(HostState.MALFORMED), HostState.MALFORMED),
        (answered(""), HostState.MALFORMED),
        (answered("000"), HostState.MALFORMED),
        (answered("0é"), HostState.MALFORMED),
        (answered("0 "), HostState.MALFORMED),
    ],
)
def test_unable_to_go_online(answer: AuthorisationResponse | None, state: HostState) -> None:
    ctx, ending = run(answer)
    assert ending is None
    assert ctx.answer is not None
    assert ctx.answer.state is state
    assert 0x8A not in ctx.terminal
    assert "unable to go online" in said(ctx)
    assert link_of(ctx).sent == []


def test_issuer_authentication_succeeds() -> None:
    ctx, ending = run(answered("00", ARPC))
    assert ending is None
    assert link_of(ctx).sent == ["008200000A" + ARPC.hex().upper()]
    assert not ctx.tvr.has(TvrBit.ISSUER_AUTH_FAILED)
    assert ctx.tsi.has(TsiBit.ISSUER_AUTH)
    assert ctx.terminal[0x91] == ARPC
    assert ctx.arpc == "ARPC accepted by the card"


@pytest.mark.parametrize(
    ("data", "external"),
    [(ARPC, "6300"), (ARPC, "6985"), (ARPC[:7], "9000"), (bytes(17), "9000")],
)
def test_issuer_authentication_fails(data: bytes, external: str) -> None:
    ctx, ending = run(answered("00", data), external=external)
    assert ending is None
    assert ctx.tvr.has(TvrBit.ISSUER_AUTH_FAILED)
    assert Open.ISSUER_AUTH not in ctx.tvr.open
    assert ctx.tsi.has(TsiBit.ISSUER_AUTH)
    assert link_of(ctx).count("0082") == (1 if 8 <= len(data) <= 16 else 0)


def test_without_data_nothing_is_authenticated() -> None:
    ctx, _ending = run(answered())
    assert link_of(ctx).sent == []
    assert not ctx.tvr.has(TvrBit.ISSUER_AUTH_FAILED)
    assert not ctx.tsi.has(TsiBit.ISSUER_AUTH)


def test_a_card_that_takes_them_with_cdol2() -> None:
    ctx, _ending = run(answered("00", ARPC), aip=0)
    assert link_of(ctx).sent == []
    assert ctx.terminal[0x91] == ARPC
    assert not ctx.tsi.has(TsiBit.ISSUER_AUTH)


def test_the_gate() -> None:
    ctx, ending = run(answered("00", ARPC), allow=False)
    assert ending is not None
    assert ending.outcome is Outcome.STOPPED
    assert "EXTERNAL AUTHENTICATE" in ending.text
    assert link_of(ctx).sent == []


def test_the_request_carries_pin_block_terminal_and_reference() -> None:
    ctx = context(CARD)
    ctx.pin_block = bytes(range(8))
    request = online.request(ctx)
    assert request.pin_block == bytes(range(8))
    assert request.terminal == ctx.config.terminal_id == "HARNESS1"
    assert request.reference == "111111110007"
    del ctx.terminal[0x9F37]
    assert online.request(ctx).reference == "0007"


@pytest.mark.parametrize(("arc", "approved"), [("00", True), ("10", True), ("05", False)])
def test_from_the_answer_on_it_is_known_whether_the_issuer_has_approved(
    arc: str, approved: bool
) -> None:
    ctx, _ending = run(answered(arc))
    assert ctx.approved_by_issuer is approved
    assert {online.SPEC_ONLINE, online.SPEC_REQUEST} <= set(ctx.specs)


def test_a_malformed_answer_still_names_its_host() -> None:
    ctx, _ending = run(AuthorisationResponse(HostState.ANSWERED, arc="?", name="the desk"))
    assert ctx.answer is not None
    assert (ctx.answer.state, ctx.answer.name) == (HostState.MALFORMED, "the desk")
