"""Cards that say of themselves, of their cryptograms or of the issuer what no card should."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from oddcards import asking, record, run
from termcards import (
    OK,
    ScriptedLink,
    config,
    context,
    link_of,
    said,
    steady,
    tlv,
    with_risk,
)
from test_terminal_transaction import BOTH, plain, text

from harness.core.clock import ManualClock
from harness.issuer.messages import HostState, NoticeKind
from harness.profiles.terminal_config import ActionCodes
from harness.terminal import completion, online
from harness.terminal.authentication import OdaResult
from harness.terminal.bits import TvrBit
from harness.terminal.context import TransactionRequest
from harness.terminal.initiation import Processing
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import run_transaction

# What a card says beforehand about itself


def test_recovered_values_count_and_not_what_a_record_claims() -> None:
    from test_terminal_published_more import AIP_SDA, case, prepared

    from harness.terminal import authentication

    published = case("visa-sda")
    ctx = prepared(published, AIP_SDA)
    ctx.card.add(0x9F45, b"\xff\xff", "record 1.1")
    authentication.run(ctx)
    assert ctx.card.get(0x9F45) == bytes.fromhex(published["sda"]["dac"])


def test_issuer_data_of_a_record_do_not_stand_in_for_those_of_the_cryptogram() -> None:
    result = run(asking(**{"00B2010C": record(t9F10="06010A03A00000")}))
    assert result.card.get(0x9F10) is None
    iad = tlv("80", "80", "0001", "AC" * 8, "0102") + OK
    other = run(asking(**{"00B2010C": record(t9F10="06010A03A00000"), "80AE80": iad}))
    assert other.exchanges
    assert "0102" in {value.hex() for value in (other.first.iad,)}  # type: ignore[union-attr]


# Cryptograms


@pytest.mark.parametrize(
    ("size", "outcome"), [(32, Outcome.APPROVED_ONLINE), (33, Outcome.TERMINATED)]
)
def test_issuer_application_data_are_not_longer_than_the_books_say(
    size: int, outcome: Outcome
) -> None:
    answer = tlv(
        "77",
        tlv("9F27", "80"),
        tlv("9F36", "0001"),
        tlv("9F26", "AC" * 8),
        tlv("9F10", "00" * size),
    )
    assert run(asking(**{"80AE80": answer + OK})).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"t8C": "9F02"}, "CDOL1 or TDOL: the DOL ends after tag 9F02"),
        ({"t8D": "8A"}, "CDOL2 or TDOL: the DOL ends after tag 8A"),
        ({"t8C": "9814", "t97": "9F02"}, "CDOL1 or TDOL: the DOL ends after tag 9F02"),
        ({"t8C": "9F02FF9F03FF"}, "CDOL1 asks for 510 bytes"),
    ],
)
def test_lists_that_cannot_be_filled_are_named(changes: dict[str, str], why: str) -> None:
    result = run(asking(**{"00B2010C": record(**changes)}))
    assert result.outcome is Outcome.TERMINATED
    assert why in result.text
    due = [NoticeKind.REVERSAL] if "CDOL2" in why else []
    assert [one.kind for one in result.follow_ups] == due


@pytest.mark.parametrize(("atc", "warned"), [("0001", False), ("0009", True)])
def test_a_counter_that_runs_on_within_one_transaction_is_named(atc: str, warned: bool) -> None:
    result = run(asking(**{"80AE40": tlv("80", "40", atc, "BB" * 8) + OK}))
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert ("warning: the card counted on" in text(result)) is warned


# The issuer's proof


@pytest.mark.parametrize(
    ("aip", "cdol2", "arpc"),
    [
        (0x0000, "910A8A02", "ARPC given to the card with the second GENERATE AC"),
        (0x0000, "8A02", ""),
        (0x0000, "8A", ""),
        (0x0400, "8A02", "ARPC accepted by the card"),
    ],
)
def test_the_arpc_goes_where_the_card_asks_for_it(aip: int, cdol2: str, arpc: str) -> None:
    ctx = context({0x8D: cdol2}, table={"0082": OK})
    ctx.processing = Processing(b"", b"", aip.to_bytes(2, "big"))
    assert online.authenticate_issuer(ctx, bytes(10)) is None
    assert ctx.arpc == arpc
    assert link_of(ctx).count("0082") == (aip == 0x0400)
    assert ("is not used" in said(ctx)) is (arpc == "")


# Currency


@pytest.mark.parametrize(
    ("currency", "amount", "exceeded"),
    [("EUR", "5.00", False), ("JPY", "5", True), ("KWD", "0.005", True), ("978", "5", False)],
)
def test_a_floor_limit_in_another_currency_is_exceeded(
    currency: str, amount: str, exceeded: bool
) -> None:
    terminal = with_risk(config(aids=BOTH), floor_limit=2000, random_target=99, random_maximum=99)
    table = asking(**{"80A8": tlv("80", "0800", "08010100") + OK})
    result = run(table, terminal, currency=currency, amount=amount)
    assert bool(result.tvr[3] & 0x80) is exceeded
    assert bool(result.tvr[3] & 0x10) is not exceeded  # selected at random, where it can be


# Action codes that the terminal does not have


def test_terminal_action_codes_that_are_absent_are_zeros(tmp_path: Any) -> None:
    from harness.core.paths import data
    from harness.profiles.terminal_config import load_terminal

    shipped = (data("terminals") / "attended-eu.toml").read_text(encoding="utf-8")
    kept = [line for line in shipped.splitlines() if not line.startswith("tac.")]
    path = tmp_path / "bare.toml"
    path.write_text("\n".join(kept), encoding="utf-8")
    tac = load_terminal(path).schemes[0].tac
    assert (tac.denial, tac.online, tac.default) == (bytes(5), bytes(5), bytes(5))
    assert load_terminal().schemes[0].tac.online != bytes(5)


@pytest.mark.parametrize(("failed", "code"), [(True, b"Z1"), (False, b"Z3")])
def test_a_failed_combined_signature_with_an_arqc_is_declined_as_z1(
    failed: bool, code: bytes
) -> None:
    ctx = context({0x8D: "8A02"}, table={"80AE00": tlv("80", "00", "0001", "DD" * 8) + OK})
    if failed:
        ctx.cda_sent = True
        ctx.oda = OdaResult("CDA", "failed", "CDA failed: dynamic signature", "hash")
        ctx.tvr = ctx.tvr.set(TvrBit.CDA_FAILED)
    ctx.tvr = ctx.tvr.set(TvrBit.ODA_NOT_PERFORMED)
    ending = completion.run(ctx)
    assert ending is not None
    assert ending.outcome is Outcome.DECLINED_OFFLINE
    assert link_of(ctx).sent == ["80AE000002" + code.hex().upper() + "00"]


# Terminals that are never online


@pytest.mark.parametrize(("kind", "state"), [(23, HostState.UNREACHABLE), (22, HostState.ANSWERED)])
def test_an_offline_only_terminal_does_not_ask_the_issuer_whatever_the_card_wants(
    kind: int, state: HostState
) -> None:
    terminal = with_risk(config(aids=BOTH, terminal_type=kind), tac=ActionCodes(*[bytes(5)] * 3))
    arqc, tc = (tlv("80", cid, "0001", "AC" * 8) + OK for cid in ("80", "40"))
    result = run(asking(**{"00B2010C": record(t9F0D="0000000000"), "80AE40": [arqc, tc]}), terminal)
    assert result.answer is not None
    assert result.answer.state is state
    never = "an offline-only terminal cannot ask" in text(result)
    assert never is (kind == 23)
    ended = Outcome.APPROVED_OFFLINE if never else Outcome.APPROVED_ONLINE
    assert result.outcome is ended
    assert NoticeKind.REVERSAL not in [one.kind for one in result.follow_ups]


def test_what_the_terminal_decided_is_in_the_capture() -> None:
    from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, Notice

    told: list[Notice] = []

    class Taker:
        name = "taker"

        def authorise(self, request: AuthorisationRequest) -> AuthorisationResponse:
            raise AssertionError("nobody is to be asked")

        def notify(self, notice: Notice) -> bool:
            told.append(notice)
            return True

    tac = ActionCodes(*[bytes(5)] * 3)
    result = run_transaction(
        ScriptedLink(plain()),
        config=with_risk(config(aids=BOTH), tac=tac),
        keys=None,
        host=Taker(),
        request=TransactionRequest(Decimal("1.00")),
        clock=ManualClock(),
        allow_state_change=True,
        entropy=steady(),
    )
    assert result.outcome is Outcome.APPROVED_OFFLINE
    assert [notice.kind for notice in told] == [NoticeKind.CAPTURE]
    assert told[0].data["8A"] == b"Y1"


@pytest.mark.parametrize(("answers", "endless"), [(["63C3"], True), (["63C3", OK], False)])
def test_a_card_whose_pin_counter_stands_still_is_asked_a_bounded_number_of_times(
    answers: list[str], endless: bool
) -> None:
    pins = iter(f"{number:04d}" for number in range(100))
    table = asking(
        **{
            "80A8": tlv("80", "1000", "08010100") + OK,
            "00B2010C": record(t8E="00" * 8 + "0100"),
            "80CA9F17": "9F170103" + OK,
            "0020": answers,
        }
    )
    result = run(table, pin=lambda: next(pins))
    assert ("the card still counts" in text(result)) is endless
    assert sum(one.command[1] == 0x20 for one in result.exchanges) == (15 if endless else 2)
