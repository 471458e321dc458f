"""The gate for commands that change a card, and what fails closed when something breaks."""

from __future__ import annotations

from decimal import Decimal
from typing import NoReturn

import pytest
from termcards import OK, Notes, ScriptedLink, context, link_of, tlv
from termchain import cda_answer, chain, records, trusted
from test_terminal_hostile import Meddler, run
from test_terminal_transaction import A1, A2, plain, scripted

from harness.codec.apdu import CommandApdu, get_challenge, read_record
from harness.core.clock import ManualClock
from harness.core.errors import CodecError, LinkError, LinkTimeout
from harness.issuer.messages import AuthorisationResponse, HostState
from harness.profiles.terminal_config import load_terminal
from harness.terminal import authentication, cryptogram, online
from harness.terminal.authentication import AIP_CDA
from harness.terminal.bits import TvrBit
from harness.terminal.channel import STATE_CHANGING, Channel, StateChangeRefused
from harness.terminal.context import Context
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import Runner, TransactionResult

FIVE = {"VERIFY", "EXTERNAL AUTHENTICATE", "PUT DATA", "PIN CHANGE/UNBLOCK", "GENERATE AC"}


def channel(*, allow: bool) -> tuple[ScriptedLink, Channel, Notes]:
    link, notes = ScriptedLink({"": OK}, default=OK), Notes()
    return link, Channel(link, ManualClock(), allow_state_change=allow, listener=notes), notes


def test_the_five_commands_of_the_rule_are_in_the_list() -> None:
    assert set(STATE_CHANGING.values()) >= FIVE


@pytest.mark.parametrize("ins", STATE_CHANGING)
@pytest.mark.parametrize("cla", [0x00, 0x04, 0x80, 0x84])
def test_the_gate(ins: int, cla: int) -> None:
    command = CommandApdu(cla, ins, 0, 0)
    link, shut, _notes = channel(allow=False)
    for send in (lambda: shut.send(command), lambda: shut.send_raw(command.to_bytes())):
        with pytest.raises(StateChangeRefused, match="--allow-state-change"):
            send()
    assert link.sent == []
    link, opened, _notes = channel(allow=True)
    assert opened.send(command).ok
    assert opened.send_raw(command.to_bytes()).ok
    assert len(link.sent) == 2


def test_other_commands_pass_a_shut_gate_and_are_told() -> None:
    link, shut, notes = channel(allow=False)
    shut.label("a step")
    shut.send(read_record(1, 1))
    shut.send(get_challenge())
    assert link.sent == ["00B2010C00", "0084000000"]
    assert notes.exchanges == shut.exchanges
    assert {exchange.step for exchange in shut.exchanges} == {"a step"}


def test_a_failure_is_told_too() -> None:
    notes = Notes()
    link = ScriptedLink({"00B2": LinkTimeout("no answer")})
    broken = Channel(link, ManualClock(), allow_state_change=False, listener=notes)
    with pytest.raises(LinkTimeout):
        broken.send(read_record(1, 1))
    assert len(notes.exchanges) == 1


def test_an_answer_too_short_for_a_status_word() -> None:
    short = Channel(ScriptedLink({"00B2": "90"}), ManualClock(), allow_state_change=False)
    with pytest.raises(LinkError, match="no status word"):
        short.send(read_record(1, 1))


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (StateChangeRefused("PUT DATA"), Outcome.STOPPED),
        (CodecError("odd bytes"), Outcome.TERMINATED),
    ],
)
def test_a_step_that_breaks_ends_as_a_decision(error: Exception, outcome: Outcome) -> None:
    def breaks(_ctx: Context) -> NoReturn:
        raise error

    runner = Runner(context())
    ending = runner.step("A step", breaks)
    assert ending is not None
    assert ending.outcome is outcome
    assert ("PUT DATA" in ending.text) or ("odd bytes" in ending.text)
    assert runner.steps[0].lines[-1] == ending.text


def test_cda_counts_as_failed_while_it_is_being_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = context(
        {**chain(), 0x8C: "9F3704"}, aip=AIP_CDA, table={"80AE": cda_answer(b"\x11" * 4, b"") + OK}
    )
    ctx.keys, ctx.records, ctx.asked = trusted(), records(), "ARQC"
    authentication.run(ctx)
    assert not ctx.tvr.has(TvrBit.CDA_FAILED)

    def breaks(*_args: object, **_kwargs: object) -> NoReturn:
        raise CodecError("broken in the middle")

    monkeypatch.setattr("harness.crypto.recover.verify_cda", breaks)
    with pytest.raises(CodecError):
        cryptogram.run_first(ctx)
    assert ctx.tvr.has(TvrBit.CDA_FAILED)


def test_issuer_authentication_counts_as_failed_until_the_card_answered() -> None:
    ctx = context(aip=online.AIP_ISSUER_AUTHENTICATION, table={"0082": LinkTimeout("no answer")})

    class Desk:
        name = "the desk"

        def authorise(self, request: object) -> AuthorisationResponse:
            return AuthorisationResponse(
                HostState.ANSWERED, arc="00", issuer_authentication_data=bytes(10)
            )

    ctx.host = Desk()
    with pytest.raises(LinkTimeout):
        online.run(ctx)
    assert ctx.tvr.has(TvrBit.ISSUER_AUTH_FAILED)


def test_the_next_application_starts_without_the_data_of_the_first() -> None:
    first = tlv("6F", tlv("84", A1), tlv("A5", tlv("50", "41"), tlv("9F38", "9F3704")))
    table = plain(
        **{
            f"00A4040007{A1}": first + OK,
            "80A8": ["6985", tlv("80", "0000", "08010100") + OK],
        }
    )
    link, result = scripted(table)
    asked = [sent for sent in link.sent if sent.startswith("80A8")]
    assert asked == ["80A8000006" + "8304" + "11" * 4 + "00", "80A8000002830000"]
    assert result.aid.hex().upper() == A2


def test_after_a_failed_cda_signature_the_issuer_is_not_asked() -> None:
    first_failures = [result for turn in range(10, 24) if (result := _signature_changed(turn))]
    assert first_failures
    for result in first_failures:
        assert result.outcome is Outcome.DECLINED_OFFLINE
        assert result.answer is None
        assert result.tvr[0] & 0x04
        assert "CDA failed" in result.text


def _signature_changed(turn: int) -> TransactionResult | None:
    """The transaction where answer number ``turn`` carries the signature of the first GENERATE AC
    and one byte of that is changed, None for another ``turn``."""
    link = Meddler("mastercard-debit", turn, 60, 0x00)
    result = run(link, load_terminal())
    link.close()
    spoilt = result.oda is not None and result.oda.text.startswith("CDA failed: dynamic signature")
    second = sum(exchange.command[1] == 0xAE for exchange in result.exchanges) == 2
    online = any(step.title == "Online processing" for step in result.steps)
    return result if spoilt and second and not (online and result.second) else None


def test_cashback_is_in_the_data_for_the_card() -> None:
    ctx = context({0x8C: "9F02069F0306"}, type="cashback", cashback=Decimal(5))
    assert cryptogram.cdol_data(ctx, ctx.card.get(0x8C) or b"").hex() == (
        "000000001234" + "000000000500"
    )
    assert link_of(ctx).sent == []
