"""Referral, reversal, advice, capture: what the host is told, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from termcards import OK, Answer, Notes, ScriptedLink, config, fci, steady, tlv, with_risk

from harness.core.clock import ManualClock
from harness.core.errors import CardRemoved, LinkError
from harness.crypto.capk import CaKeyStore
from harness.issuer.messages import (
    AuthorisationRequest,
    AuthorisationResponse,
    HostState,
    Notice,
    NoticeKind,
)
from harness.profiles.terminal_config import ActionCodes
from harness.terminal.context import TransactionRequest
from harness.terminal.followup import SPEC_ADVICE
from harness.terminal.outcome import Outcome
from harness.terminal.sales_log import SalesLog
from harness.terminal.transaction import TransactionResult, run_transaction

VISA = "A0000000031010"
RECORD = tlv(
    "70",
    tlv("5A", "4761739001010119"),
    tlv("5F24", "491231"),
    tlv("5F34", "01"),
    tlv("8C", "9F0206"),
    tlv("8D", "8A02"),
    *(tlv(tag, "0000000000") for tag in ("9F0D", "9F0E", "9F0F")),
)
LENIENT = with_risk(config(), tac=ActionCodes(bytes(5), bytes(5), bytes(5)))


def cryptogram(cid: str) -> str:
    return tlv("80", cid, "0007", "AC" * 8) + OK


ARQC, TC = cryptogram("80"), cryptogram("40")


def card(first: Answer = ARQC, second: Answer = TC) -> ScriptedLink:
    return ScriptedLink(
        {
            "00A404000E": "6A82",
            f"00A4040007{VISA}": fci(VISA) + OK,
            "80A8": tlv("80", "0000", "08010100") + OK,
            "00B2010C": RECORD + OK,
            "80AE80": first,
            "80AE40": second,
            "80AE00": cryptogram("00"),
        }
    )


@dataclass
class Taker:
    """A host that takes notices, or cannot."""

    answer: AuthorisationResponse | BaseException
    takes: bool = True
    name: str = "the desk"
    notices: list[Notice] = field(default_factory=list)

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def notify(self, notice: Notice) -> bool:
        self.notices.append(notice)
        return self.takes


def answered(arc: str) -> AuthorisationResponse:
    return AuthorisationResponse(HostState.ANSWERED, arc=arc)


def run(link: ScriptedLink, host: Any, **more: Any) -> TransactionResult:
    notes = more.pop("notes", None)
    return run_transaction(
        link,
        config=more.pop("terminal", None) or config(),
        keys=CaKeyStore.default(own_test=False),
        host=host,
        request=TransactionRequest(Decimal("12.34"), **{"force_online": True, **more}),
        clock=ManualClock(),
        allow_state_change=True,
        entropy=steady(),
        listener=notes,
    )


@pytest.mark.parametrize("arc", ["01", "02"])
@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (None, Outcome.DECLINED_ONLINE),
        (lambda arc: False, Outcome.DECLINED_ONLINE),
        (lambda arc: True, Outcome.APPROVED_ONLINE),
    ],
)
def test_referral(arc: str, call: Any, outcome: Outcome) -> None:
    link = card()
    result = run(link, Taker(answered(arc)), referral=call)
    assert result.outcome is outcome
    assert link.count("80AE40") == int(outcome is Outcome.APPROVED_ONLINE)
    assert result.terminal[0x8A] == arc.encode()


def test_nobody_is_called_for_another_response_code() -> None:
    asked: list[str] = []
    result = run(card(), Taker(answered("05")), referral=lambda arc: bool(asked.append(arc)))
    assert result.outcome is Outcome.DECLINED_ONLINE
    assert asked == []


def kinds(host: Taker) -> list[NoticeKind]:
    return [notice.kind for notice in host.notices]


GONE = CardRemoved("the card was removed")


@pytest.mark.parametrize(
    ("answer", "second", "due"),
    [
        (answered("00"), cryptogram("40"), False),
        (answered("05"), cryptogram("40"), False),
        (answered("05"), GONE, False),
        (answered("00"), cryptogram("00"), True),
        (answered("00"), "6985", True),
        (answered("00"), "9000", True),
        (answered("00"), GONE, True),
        (AuthorisationResponse(HostState.UNREACHABLE), cryptogram("40"), False),
        (AuthorisationResponse(HostState.NO_ANSWER), cryptogram("40"), True),
        (AuthorisationResponse(HostState.MALFORMED), cryptogram("00"), True),
        (AuthorisationResponse(HostState.ANSWERED, arc="?"), cryptogram("00"), True),
    ],
)
def test_a_reversal_where_the_issuer_may_have_booked_what_did_not_happen(
    answer: AuthorisationResponse, second: Answer, due: bool
) -> None:
    host = Taker(answer)
    result = run(card(second=second), host)
    assert (NoticeKind.REVERSAL in kinds(host)) is due
    if due:
        assert host.notices[0].request.reference == "11111111" + "0007"
        assert result.follow_ups[0].delivered is True
        assert result.follow_ups[0].kind is NoticeKind.REVERSAL
        assert result.follow_ups[0].reason == host.notices[0].reason != ""
        assert host.notices[0].reason in "\n".join(result.steps[-1].lines)
        assert "EMV 4.4 Book 4" in {spec.document for spec in result.steps[-1].spec}
        assert "reversal due" in "\n".join(result.steps[-1].lines)
    else:
        assert all(step.title != "Follow-up to the host" for step in result.steps) or kinds(host)


def test_a_reversal_that_is_not_acknowledged_is_said_to_be_kept() -> None:
    result = run(card(second=cryptogram("00")), Taker(answered("00"), takes=False))
    assert result.follow_ups[0].delivered is False
    assert "sent again" in "\n".join(result.steps[-1].lines)


def test_a_host_that_takes_none() -> None:
    class Plain:
        name = "plain"

        def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
            return answered("00")

    result = run(card(second=cryptogram("00")), Plain())
    assert [follow.delivered for follow in result.follow_ups] == [None]


def test_interrupted_while_the_issuer_thinks() -> None:
    host, notes = Taker(KeyboardInterrupt()), Notes()
    with pytest.raises(KeyboardInterrupt):
        run(card(), host, notes=notes)
    assert kinds(host) == [NoticeKind.REVERSAL]
    titles = [step.title for step in notes.steps]  # type: ignore[attr-defined]
    assert titles[-2:] == ["Online processing", "Follow-up to the host"]


@pytest.mark.parametrize(
    ("cid", "why"),
    [("08", "no information"), ("0A", "PIN try limit"), ("0B", "issuer authentication failed")],
)
def test_an_advice_where_the_card_asks_for_it(cid: str, why: str) -> None:
    host = Taker(answered("00"))
    result = run(card(first=cryptogram(cid)), host)
    assert result.outcome is Outcome.DECLINED_OFFLINE
    assert kinds(host) == [NoticeKind.ADVICE]
    assert why in host.notices[0].reason
    assert SPEC_ADVICE in result.steps[-1].spec
    assert host.notices[0].data["9F27"].hex().upper() == cid
    assert host.notices[0].request.reference == "111111110007"
    assert host.notices[0].request.pan == "4761739001010119"


def test_no_advice_where_it_does_not() -> None:
    host = Taker(answered("00"))
    assert run(card(first=cryptogram("00")), host).follow_ups == ()
    assert host.notices == []


def test_an_offline_approval_is_captured() -> None:
    host = Taker(answered("00"))
    link = card(first=cryptogram("40"))
    link.table["80AE40"] = cryptogram("40")
    result = run(link, host, terminal=LENIENT, force_online=False)
    assert result.outcome is Outcome.APPROVED_OFFLINE
    assert kinds(host) == [NoticeKind.CAPTURE]
    assert host.notices[0].request.pan == "4761739001010119"


def test_the_link_that_fails_before_anything_was_sent_needs_no_reversal() -> None:
    host = Taker(answered("00"))
    result = run(card(first=LinkError("gone")), host)
    assert result.outcome is Outcome.NOT_COMPLETED
    assert host.notices == []


def test_approved_sales_go_into_the_sales_log_and_count_with_the_next() -> None:
    log = SalesLog()
    assert run(card(), Taker(answered("00")), sales_log=log).outcome.approved
    assert log.recent("4761739001010119") == 1234
    declined = SalesLog()
    run(card(), Taker(answered("05")), sales_log=declined)
    assert declined.recent("4761739001010119") == 0


def test_the_sales_log_forgets_the_oldest_card_and_shows_no_pan() -> None:
    log = SalesLog(capacity=2)
    for pan in ("1", "2", "1", "3"):
        log.add(pan, int(pan))
    log.add("", 9)
    assert [log.recent(pan) for pan in "123"] == [1, 0, 3]
    assert repr(log) == "SalesLog(2 cards)"


def test_a_balance_inquiry_has_its_own_type_and_no_amount() -> None:
    link = card()
    result = run_transaction(
        link,
        config=config(),
        keys=None,
        host=Taker(answered("00")),
        request=TransactionRequest(Decimal(0), type="inquiry", force_online=True, sequence=42),
        clock=ManualClock(),
        allow_state_change=True,
        entropy=steady(),
    )
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert result.terminal[0x9C] == b"\x31"
    assert result.terminal[0x9F41].hex() == "00000042"
