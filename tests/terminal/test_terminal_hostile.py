"""Hostile cards: whatever they send, a transaction ends as a decision with a named reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from termcards import OK, config, steady, tlv
from test_terminal_transaction import A1, BOTH, plain

from harness.core.clock import ManualClock
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import own_test_host
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import TransactionResult, run_transaction

MAX_COMMANDS = 2000


class Endless:
    """A link that asks a function for every answer, and does not let a transaction run away."""

    protocol = "T=1"
    atr = b"\x3b\x00"

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.sent = 0

    def transmit(self, command: bytes) -> bytes:
        self.sent += 1
        assert self.sent <= MAX_COMMANDS, "the card makes the terminal run for ever"
        return self.answer(command)

    def reset(self, kind: object) -> bytes:
        return self.atr

    def close(self) -> None:
        pass


def run(link: object, terminal: object = None) -> TransactionResult:
    return run_transaction(
        link,  # type: ignore[arg-type]
        config=terminal or config(aids=BOTH),  # type: ignore[arg-type]
        keys=CaKeyStore.default(own_test=True),
        host=own_test_host("approve"),
        request=TransactionRequest(Decimal("12.34"), pin=lambda: "1234"),
        clock=ManualClock(),
        allow_state_change=True,
        entropy=steady(),
    )


def sane(result: TransactionResult) -> None:
    assert result.text
    assert result.steps
    assert len(result.tvr) == 5
    assert len(result.tsi) == 2
    assert result.outcome in Outcome


@pytest.mark.parametrize(
    "answer",
    [
        b"\x90\x00",
        b"\x61\x00",
        b"\x61\x10",
        b"\x6c\x10",
        b"\x6c\x00",
        b"\x62\x83",
        b"\x63\x00",
        b"\x70\x00\x90\x00",
        b"\xff" * 256 + b"\x90\x00",
        b"\x00" * 256 + b"\x90\x00",
        b"\x6f\x82" * 100 + b"\x90\x00",
        bytes.fromhex("6F" * 60) + b"\x90\x00",
        bytes.fromhex(tlv("6F", tlv("84", A1), tlv("A5", "")) + OK),
        b"",
        b"\x90",
    ],
)
def test_the_same_answer_for_ever(answer: bytes) -> None:
    link = Endless(lambda _command: answer)
    sane(run(link))


def test_the_command_sent_back() -> None:
    sane(run(Endless(lambda command: command + b"\x90\x00")))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=12), st.booleans())
def test_random_answers(answers: list[bytes], success: bool) -> None:
    turn = iter(range(10**6))
    ending = b"\x90\x00" if success else b""
    sane(run(Endless(lambda _command: answers[next(turn) % len(answers)] + ending)))


PLACES = sorted(plain())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), st.data())
def test_one_answer_of_a_plain_card_mutated(place: str, data: st.DataObject) -> None:
    table = {key: bytes.fromhex(str(value)) for key, value in plain().items()}
    whole = table[place]
    at = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
    byte = bytes((data.draw(st.integers(0, 255)),))
    table[place] = {
        "flip": whole[:at] + byte + whole[at + 1 :],
        "cut": whole[:at],
        "insert": whole[:at] + byte + whole[at:],
        "double": whole[:-2] + whole[at:-2] + whole[-2:],
    }[change]

    def answer(command: bytes) -> bytes:
        text = command.hex().upper()
        fits = [key for key in table if text.startswith(key)]
        return table[max(fits, key=len)] if fits else b"\x6d\x00"

    sane(run(Endless(answer)))


SIGNED_RECORD = 10
"""The answer of the Visa-like image that carries its signed record (SFI 2, record 1)."""


class Meddler:
    """Between terminal and a real virtual card: changes the answer number ``turn``."""

    def __init__(self, image: str, turn: int, at: int, byte: int) -> None:
        self._link = VirtualReader(image, LinkOptions(clock=ManualClock())).connect()
        self._turn, self._at, self._byte = turn, at, byte
        self._count = 0
        self.changed = False
        self.protocol = self._link.protocol
        self.atr = self._link.atr

    def transmit(self, command: bytes) -> bytes:
        answer = self._link.transmit(command)
        self._count += 1
        if self._count != self._turn or len(answer) <= 2:
            return answer
        at = self._at % (len(answer) - 2)
        changed = answer[:at] + bytes((self._byte,)) + answer[at + 1 :]
        self.changed = changed != answer
        return changed

    def reset(self, kind: object) -> bytes:
        return self.atr

    def close(self) -> None:
        self._link.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["visa-credit", "mastercard-debit"]),
    st.integers(1, 24),
    st.integers(0, 255),
    st.integers(0, 255),
)
def test_one_byte_changed_between_card_and_terminal(
    image: str, turn: int, at: int, byte: int
) -> None:
    link = Meddler(image, turn, at, byte)
    try:
        sane(run(link, load_terminal()))
    finally:
        link.close()


def test_a_changed_signed_record_never_passes_authentication() -> None:
    examined = 0
    for at in range(4, 60, 7):
        link = Meddler("visa-credit", SIGNED_RECORD, at, 0xEE)
        result = run(link, load_terminal())
        link.close()
        if link.changed and result.oda is not None:
            examined += 1
            assert result.oda.failure
            assert result.tvr[0] & 0x08
    assert examined > 2
