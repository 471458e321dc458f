"""A transaction that is interrupted at every one of its APDUs: card pulled, card mute, Ctrl-C.

Each time: a clean end, the right words, a reversal where the issuer may have booked something and
nowhere else, and nothing left running.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import cache

import pytest
from termcards import Notes

from harness.core.clock import ManualClock
from harness.core.errors import CardRemoved, LinkTimeout
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import IssuerHost
from harness.issuer.ledger import Fate, Ledger
from harness.link.api import Link, LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.terminal_config import load_terminal
from harness.terminal.context import TransactionRequest
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import TransactionResult, run_transaction

# EXTERNAL AUTHENTICATE and DDA; CDA and PIN; and a script before and after the final cryptogram.
SCRIPTS = {"visa-credit": "counter:71", "mastercard-debit": "counter:72", "unionpay-debit": ""}


class Interrupting:
    """A link on which the user presses Ctrl-C while command number ``at`` is under way."""

    def __init__(self, link: Link, at: int) -> None:
        self._link, self._left = link, at
        self.atr, self.protocol = link.atr, link.protocol

    def transmit(self, command: bytes) -> bytes:
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt
        return self._link.transmit(command)

    def reset(self, kind: object) -> bytes:
        return self._link.reset(kind)  # type: ignore[arg-type]

    def close(self) -> None:
        self._link.close()


class Run:
    """One transaction; ``result`` is None where Ctrl-C ended it."""

    def __init__(self, image: str, *, fault: str = "", ctrl_c: int = 0) -> None:
        clock = ManualClock()
        self.ledger, self.notes = Ledger(), Notes()
        self.result: TransactionResult | None = None
        faults = (fault,) if fault else ()
        options = LinkOptions(clock=clock, faults=faults, deadline_s=0.5)
        link: Link = VirtualReader(image, options).connect()
        if ctrl_c:
            link = Interrupting(link, ctrl_c)
        try:
            self.result = run_transaction(
                link,
                config=load_terminal(),
                keys=CaKeyStore.default(own_test=True),
                host=IssuerHost("approve", script=SCRIPTS[image], ledger=self.ledger),
                request=TransactionRequest(Decimal("12.34"), pin=lambda: "1234", force_online=True),
                clock=clock,
                allow_state_change=True,
                listener=self.notes,
            )
        except KeyboardInterrupt:
            pass
        finally:
            link.close()

    @property
    def fates(self) -> list[Fate]:
        return [entry.fate for entry in self.ledger.entries.values()]


@cache
def whole(image: str) -> TransactionResult:
    """The same transaction without an interruption."""
    result = Run(image).result
    assert result is not None
    assert result.outcome is Outcome.APPROVED_ONLINE
    return result


@cache
def authorised_before(image: str) -> int:
    """How many APDUs there are until the issuer has answered."""
    step = next(step for step in whole(image).steps if step.title == "Online processing")
    return step.exchanges[0]


@cache
def decided_before(image: str) -> int:
    """How many APDUs there are until the card has given its last cryptogram."""
    final = [n for n, one in enumerate(whole(image).exchanges, 1) if one.command[1] == 0xAE]
    last = final[-1]
    after = whole(image).exchanges[last:]
    return last + (1 if after and after[0].command[1] == 0xC0 else 0)


POINTS = [
    (image, number) for image in SCRIPTS for number in range(1, len(whole(image).exchanges) + 1)
]


@pytest.mark.parametrize(("image", "number"), POINTS)
@pytest.mark.parametrize("fault", ["removed", "mute"])
def test_card_pulled_or_mute(image: str, number: int, fault: str) -> None:
    threads = threading.active_count()
    run = Run(image, fault=f"{fault}@{number}")
    result = run.result
    assert result is not None
    if number > decided_before(image):
        assert result.outcome is Outcome.APPROVED_ONLINE
        assert result.tvr[4] & 0x10  # the script failed, the transaction did not
        assert run.fates == [Fate.APPROVED]
    else:
        assert result.outcome is Outcome.NOT_COMPLETED
        assert isinstance(result.link_error, CardRemoved if fault == "removed" else LinkTimeout)
        assert result.link_error.what in result.text
        due = number > authorised_before(image)
        assert run.fates == ([Fate.REVERSED] if due else [])
        assert [follow.kind.value for follow in result.follow_ups] == ["reversal"] * due
    assert len(result.exchanges) == number
    assert tuple(run.notes.steps) == result.steps
    assert threading.active_count() == threads


@pytest.mark.parametrize(("image", "number"), POINTS)
def test_ctrl_c(image: str, number: int) -> None:
    threads = threading.active_count()
    run = Run(image, ctrl_c=number)
    assert run.result is None
    due = number > authorised_before(image)
    assert run.fates == ([Fate.REVERSED] if due else [])
    last = run.notes.steps[-2 if due else -1]
    assert "interrupted" in last.lines  # type: ignore[attr-defined]
    assert threading.active_count() == threads


def test_the_points_cover_what_they_should() -> None:
    names = {whole(image).exchanges[number - 1].command[1] for image, number in POINTS}
    assert names >= {0xA4, 0xA8, 0xB2, 0x88, 0x20, 0xAE, 0x82, 0xDA}
    assert all(0 < authorised_before(image) < decided_before(image) for image in SCRIPTS)
