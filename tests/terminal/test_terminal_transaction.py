"""Whole transactions: both images in process, and scripted cards from end to end."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from termcards import OK, PSE, Answer, Notes, ScriptedLink, config, fci, steady, tlv, with_risk

from harness.core.clock import ManualClock
from harness.core.errors import CardRemoved, ConfigError, LinkTimeout
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import TerminalAid, load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import TransactionResult, run_transaction


def virtual(
    image: str, online: str = "approve", *, own: bool = True, **more: Any
) -> TransactionResult:
    clock = ManualClock()
    allow = more.pop("allow", True)
    listener = more.pop("listener", None)
    terminal = more.pop("terminal", None) or load_terminal()
    link = more.pop("link", None) or VirtualReader(image, LinkOptions(clock=clock)).connect()
    amount = more.pop("amount", "12.34")
    more.setdefault("pin", lambda: "1234")
    return run_transaction(
        link,
        config=terminal,
        keys=CaKeyStore.default(own_test=own),
        host=own_test_host(online),
        request=TransactionRequest(Decimal(amount), **more),
        clock=clock,
        allow_state_change=allow,
        listener=listener,
    )


def text(result: TransactionResult) -> str:
    return "\n".join(line for step in result.steps for line in step.lines)


def test_visa_credit_dda_approved_online() -> None:
    result = virtual("visa-credit")
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert result.text.startswith(
        "approved by the simulated issuer (00); ARPC accepted by the card; TC "
    )
    assert result.oda is not None
    assert (result.oda.method, result.oda.ok) == ("DDA", True)
    assert result.tvr == bytes(5)
    assert result.tsi.hex() == "f800"
    assert result.aid.hex().upper() == "A0000000031010"
    assert result.answer is not None
    assert result.answer.cryptogram_ok is True
    assert result.link_error is None
    assert "ARQC verified (Visa CVN 12)" in text(result)


def test_mastercard_debit_cda_approved_online() -> None:
    result = virtual("mastercard-debit")
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert result.oda is not None
    assert (result.oda.method, result.oda.ok) == ("CDA", True)
    assert result.tvr == bytes(5)
    assert result.tsi.hex() == "e800"
    assert result.answer is not None
    assert result.answer.cryptogram_ok is True
    assert result.terminal[0x9F34].hex() == "410302"  # PIN verified by the card
    assert "ARQC verified (Mastercard CVN 14)" in text(result)
    assert [step.title for step in result.steps][:3] == [
        "Application selection",
        "Final selection",
        "Initiate application processing",
    ]


@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit"])
@pytest.mark.parametrize(
    ("online", "force", "outcome"),
    [
        ("decline", False, Outcome.DECLINED_ONLINE),
        ("unreachable", False, Outcome.APPROVED_OFFLINE),
        ("approve", True, Outcome.APPROVED_ONLINE),
        ("decline", True, Outcome.DECLINED_ONLINE),
    ],
)
def test_what_the_issuer_says(image: str, online: str, force: bool, outcome: Outcome) -> None:
    result = virtual(image, online, force_online=force)
    assert result.outcome is outcome
    assert result.second is not None
    assert result.outcome.approved == ("TC" in result.text)


def test_unreachable_and_over_the_floor_limit_is_declined() -> None:
    result = virtual("visa-credit", "unreachable", amount="120.00")
    assert result.outcome is Outcome.DECLINED_OFFLINE
    assert result.tvr.hex() == "0000008000"
    assert "unable to go online" in result.text


@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit"])
def test_an_untrusted_test_key_fails_authentication_and_says_what_the_option_means(
    image: str,
) -> None:
    result = virtual(image, own=False)
    assert result.oda is not None
    assert "CA key not trusted" in result.oda.text
    assert "--own-test-keys" in result.oda.text
    assert result.tvr[0] in (0x08, 0x04)
    assert result.outcome is Outcome.APPROVED_ONLINE  # the issuer still may


@pytest.mark.parametrize(
    ("image", "command"), [("visa-credit", "GENERATE AC"), ("mastercard-debit", "VERIFY")]
)
def test_without_permission_it_stops_before_the_first_command_that_changes_the_card(
    image: str, command: str
) -> None:
    result = virtual(image, allow=False)
    assert result.outcome is Outcome.STOPPED
    assert result.text.startswith(f"stopped before {command}: state change not allowed")
    assert "--allow-state-change" in result.text
    sent = {exchange.command[1] for exchange in result.exchanges}
    assert not sent & {0x20, 0x82, 0xDA, 0x24, 0xAE}
    assert result.oda is not None


def test_the_listener_hears_everything_in_order() -> None:
    notes = Notes()
    result = virtual("mastercard-debit", listener=notes)
    assert tuple(notes.steps) == result.steps
    assert tuple(notes.exchanges) == result.exchanges
    assert any("ATC +1" in notice for notice in notes.notices)


def test_every_step_is_numbered_cites_its_clauses_and_knows_its_exchanges() -> None:
    result = virtual("visa-credit")
    assert [step.number for step in result.steps] == list(range(1, len(result.steps) + 1))
    assert all(step.spec for step in result.steps)
    covered = [index for step in result.steps for index in range(*step.exchanges)]
    assert covered == list(range(len(result.exchanges)))
    assert all(step.lines for step in result.steps)
    labels = {exchange.step for exchange in result.exchanges}
    assert labels <= {step.title for step in result.steps}


@pytest.mark.parametrize("image", ["visa-credit", "mastercard-debit"])
def test_no_line_holds_the_pan_the_name_or_the_pin(image: str) -> None:
    result = virtual(image)
    shown = text(result) + result.text
    for secret in ("4761739001010119", "5413330089020011", "TESTCARD", "PIN 1234"):
        assert secret not in shown
    assert "******" in shown


def test_a_result_survives_the_way_from_a_worker_process() -> None:
    result = virtual("mastercard-debit")
    again = pickle.loads(pickle.dumps(result))
    assert again.steps == result.steps
    assert again.card.where(0x5A) == result.card.where(0x5A)


def test_provenance() -> None:
    result = virtual("visa-credit")
    assert result.card.where(0x5A).startswith("record 2.1 offset ")
    assert result.card.where(0x9F26).startswith("GENERATE AC 2")
    assert [candidate.source for candidate in result.candidates] == ["PSE"]


def test_an_expired_card_is_seen_by_the_clock() -> None:
    clock = ManualClock(datetime(2050, 1, 1, tzinfo=UTC))
    reader = VirtualReader("visa-credit", LinkOptions(clock=clock))
    result = run_transaction(
        reader.connect(),
        config=load_terminal(),
        keys=CaKeyStore.default(own_test=True),
        host=own_test_host("approve"),
        request=TransactionRequest(Decimal(1)),
        clock=clock,
        allow_state_change=True,
    )
    assert result.tvr[1] & 0x40


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "1.234"},
        {"amount": "-1"},
        {"type": "loan"},
        {"currency": "XXX"},
        {"cashback": Decimal(20)},
    ],
)
def test_a_request_that_makes_no_sense_is_refused_before_the_card_is_touched(
    wrong: dict[str, Any],
) -> None:
    link = ScriptedLink({})
    with pytest.raises(ConfigError):
        virtual("", link=link, **wrong)
    assert link.sent == []


A1, A2 = "A0000000031010", "A0000000032010"
BOTH = (
    TerminalAid(bytes.fromhex(A1), "visa", False, (b"\x00\xa0",)),
    TerminalAid(bytes.fromhex(A2), "visa", False, (b"\x00\xa0",)),
)


def plain(**changes: Answer) -> dict[str, Answer]:
    """A card without any cryptography: two applications, one record, TC at once."""
    record = tlv(
        "70",
        tlv("5A", "4761739001010119"),
        tlv("5F24", "491231"),
        tlv("8C", "9F0206"),
        tlv("8D", "8A02"),
        tlv("9F0E", "0000000000"),
        tlv("9F0F", "0000000000"),
    )
    table: dict[str, Answer] = {
        PSE: "6A82",
        f"00A4040007{A1}": fci(A1) + OK,
        f"00A4040007{A2}": fci(A2) + OK,
        "80A8": tlv("80", "0000", "08010100") + OK,
        "00B2010C": record + OK,
        "80AE": tlv("80", "40", "0001", "AC" * 8) + OK,
    }
    return {**table, **changes}


def scripted(table: dict[str, Answer]) -> tuple[ScriptedLink, TransactionResult]:
    link = ScriptedLink(table)
    tac = load_terminal().schemes[0].tac
    terminal = with_risk(config(aids=BOTH), tac=type(tac)(bytes(5), bytes(5), bytes(5)))
    clock = ManualClock()
    result = run_transaction(
        link,
        config=terminal,
        keys=CaKeyStore.default(own_test=False),
        host=None,
        request=TransactionRequest(Decimal("1.00")),
        clock=clock,
        allow_state_change=True,
        entropy=steady(),
    )
    return link, result


def test_the_exact_dialogue_with_a_plain_card() -> None:
    link, result = scripted(plain())
    assert link.sent == [
        PSE + "00",
        f"00A4040007{A1}00",
        f"00A4040007{A2}00",
        f"00A4040007{A1}00",
        "80A8000002830000",
        "00B2010C00",
        "80AE400006" + "000000000100" + "00",
    ]
    assert result.outcome is Outcome.APPROVED_OFFLINE
    assert result.text == "TC returned (offline): TC ACACACACACACACAC"
    assert result.tvr.hex() == "8000000000"  # no offline data authentication
    assert result.tsi.hex() == "2000"


def test_conditions_of_use_lead_to_the_next_application() -> None:
    link, result = scripted(plain(**{"80A8": ["6985", tlv("80", "0000", "08010100") + OK]}))
    assert result.outcome is Outcome.APPROVED_OFFLINE
    assert result.aid.hex().upper() == A2
    assert link.count("80A8") == 2


LEFT = {
    "Offline data authentication": ((), ("offline data authentication",), "0000000000", "8000"),
    "Processing restrictions": ((), (), "0000000000", "8000"),
    "Cardholder verification": ((), ("cardholder verification",), "0000000000", "c000"),
    "Terminal risk management": (
        ("byte 4 bit 8: transaction exceeds the floor limit",),
        ("terminal risk management",),
        "0000008000",
        "c800",
    ),
    "Terminal action analysis": ((), (), "0000008000", "c800"),
    "First GENERATE AC": ((), ("card risk management",), "0000008000", "e800"),
    "Online processing": ((), ("issuer authentication",), "0000008000", "f800"),
}


def test_each_step_says_what_it_left() -> None:
    result = virtual("visa-credit", amount="500.00")
    steps = {step.title: step for step in result.steps}
    for title, (tvr_set, tsi_set, tvr, tsi) in LEFT.items():
        step = steps[title]
        assert step.tvr_set == tvr_set
        assert step.tsi_set == tuple(f"{what} was performed" for what in tsi_set)
        assert (step.tvr.hex(), step.tsi.hex()) == (tvr, tsi)
        assert bool(step.details) is (title == "Offline data authentication")
    assert result.first is not None
    assert result.first.kind == "ARQC"


def test_each_application_gets_its_own_data_of_the_terminal() -> None:
    """Floor limit and version are those of the application that is being initiated."""
    more = tlv("9F38", "9F1B049F09029F0607")
    link, _result = scripted(plain(**{f"00A4040007{A1}": fci(A1, more=more) + OK}))
    limit = load_terminal().schemes[0].floor_limit
    asked = next(sent for sent in link.sent if sent.startswith("80A8"))
    assert asked == f"80A800000F830D{limit:08X}00A0{A1}00"


def test_the_time_of_the_issuer_is_counted_by_itself() -> None:
    clock = ManualClock()
    clock.advance(5)
    host = own_test_host("approve")

    class Slow:
        name = host.name

        def authorise(self, request: Any) -> Any:
            clock.advance(0.25)
            return host.authorise(request)

    result = run_transaction(
        VirtualReader("visa-credit", LinkOptions(clock=clock)).connect(),
        config=load_terminal(),
        keys=CaKeyStore.default(own_test=True),
        host=Slow(),
        request=TransactionRequest(Decimal("12.34"), pin=lambda: "1234"),
        clock=clock,
        allow_state_change=True,
    )
    assert result.outcome is Outcome.APPROVED_ONLINE
    assert result.issuer_ms == pytest.approx(250, abs=0.01)
    assert result.elapsed_ms == pytest.approx(250 + result.card_ms, abs=0.01)
    offline = scripted(plain())[1]
    assert (offline.issuer_ms, offline.elapsed_ms) == (0.0, 0.0)


def test_conditions_of_use_everywhere() -> None:
    link, result = scripted(plain(**{"80A8": "6985"}))
    assert result.outcome is Outcome.NOT_COMPLETED
    assert "6985" in result.text
    assert link.count("80A8") == 2


@pytest.mark.parametrize("at", [PSE, "80A8", "00B2010C", "80AE"])
@pytest.mark.parametrize("error", [LinkTimeout("no answer in 5,000 ms"), CardRemoved("pulled")])
def test_a_failing_link_ends_it_with_every_step_until_then(at: str, error: Any) -> None:
    link, result = scripted(plain(**{at: error}))
    assert result.link_error is error
    assert result.outcome is Outcome.NOT_COMPLETED
    assert error.what in result.text
    assert "the link failed" in result.steps[-1].lines[-1]
    assert len(result.exchanges) == len(link.sent)
    assert result.exchanges[-1].response is None
    assert result.tvr[1] & 0x10 or at == "80AE"  # what did not run counts as failed


def test_an_answer_without_status_word_is_a_link_failure() -> None:
    _link, result = scripted(plain(**{"80A8": "90"}))
    assert result.link_error is not None
    assert "no status word" in result.text
