"""The transaction itself, as a job that may run in a worker process."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from harness.core.clock import Clock
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.issuer.messages import AuthorisationRequest, NoticeKeeper
from harness.link.api import Reader, is_virtual
from harness.link.recording import recording_of, trusts_own_keys
from harness.records.exchange import Exchange
from harness.terminal.steps import StepRecord

if TYPE_CHECKING:
    from harness.issuer.messages import Host
    from harness.issuer.tls import TlsFiles
    from harness.terminal.transaction import TransactionResult


@dataclass(frozen=True, slots=True)
class Order:
    """What the user wants. ``pin`` is empty where nobody enters one; ``online`` is an issuer rule
    and ``script`` an issuer script; ``host`` HOST:PORT instead of the simulated issuer, by ``tls``;
    ``referral`` approve, decline or None; ``ca_keys`` a file; ``aid`` None: the first candidate;
    ``confirm`` is the cardholder's word for an application that asks for it. ``seed`` makes the
    unpredictable numbers repeatable; empty: the system's."""

    amount: Decimal
    cashback: Decimal
    currency: str | None
    type: str
    online: str
    pin: str
    aid: bytes | None
    force_online: bool
    config: str
    own_test_keys: bool
    allow_state_change: bool
    last_pin_try: bool
    clock: Clock
    script: str = ""
    host: str | None = None
    referral: str | None = None
    ca_keys: str | None = None
    tls: TlsFiles | None = None
    confirm: bool = True
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The card answered its reset."""

    reader: str
    kind: str
    atr: bytes
    protocol: str


@dataclass(frozen=True, slots=True)
class Owed:
    """What the host has to be told if this job is killed now: ``request`` is to be reversed for
    this reason; an empty one: nothing. It is for the process that started the job, not for show."""

    request: AuthorisationRequest
    reason: str


class _Forwarder:
    """Passes steps and exchanges on as they come."""

    def __init__(self, emit: Callable[[object], None]) -> None:
        self._emit = emit

    def step(self, record: StepRecord) -> None:
        """A step is over."""
        self._emit(record)

    def exchange(self, exchange: Exchange) -> None:
        """A command crossed the link."""
        self._emit(exchange)

    def notice(self, text: str) -> None:
        """Something is about to happen."""
        self._emit(text)


def transact(reader: Reader, emit: Callable[[object], None], *, order: Order) -> TransactionResult:
    """Job function: one transaction on ``reader``.

    Emits ``Begun``, then exchanges and step records, then the texts of notices. With a card in
    this process state changes and own test keys are implied: nothing outlives the run; a
    transcript is played with the terminal data that were recorded. Raises
    LinkError when the card cannot be reached at all, ConfigError for a wrong order.
    """
    from harness.profiles.terminal_config import load_terminal
    from harness.profiles.terminal_keys import key_store
    from harness.terminal.recorded import as_recorded, terminal_values
    from harness.terminal.transaction import TransactionRequest, run_transaction

    recording = recording_of(reader)
    virtual = is_virtual(reader) or recording is not None
    config = load_terminal(order.config)
    told = recording.recorded.exchanges if recording else ()
    if recording:
        config = as_recorded(config, told)
    pin = order.pin
    request = TransactionRequest(
        amount=order.amount,
        currency=order.currency,
        type=order.type,
        pin=(lambda: pin) if pin else None,
        aid=order.aid,
        cashback=order.cashback,
        force_online=order.force_online,
        risk_last_pin_try=order.last_pin_try,
        referral=(lambda _code: order.referral == "approve") if order.referral else None,
        confirm=lambda _name: order.confirm,
        sequence=int(f"{order.clock.now():%H%M%S}"),
        journal=lambda asked, reason: emit(Owed(asked, reason)),
        recorded=terminal_values(told),
    )
    host = issuer(order, config.terminal_id)
    own = trusts_own_keys(reader) or order.own_test_keys
    keys = key_store(config, own_test=own, path=order.ca_keys)
    link = reader.connect()
    try:
        emit(Begun(reader.name, reader.kind, link.atr, link.protocol))
        return run_transaction(
            link,
            config=config,
            keys=keys,
            host=host,
            request=request,
            clock=order.clock,
            listener=_Forwarder(emit),
            allow_state_change=virtual or order.allow_state_change,
            entropy=Random(order.seed).randbytes if order.seed else os.urandom,
        )
    finally:
        link.close()
        end(host, emit)


def end(host: Host, emit: Callable[[object], None]) -> None:
    """Close the way to a host; what it has not acknowledged is said, because nothing keeps it."""
    if not isinstance(host, NoticeKeeper):
        return
    if host.flush():
        emit(
            _("{name} has not acknowledged every notice: tell its operator").format(name=host.name)
        )
    host.close()


def issuer(order: Order, terminal: str) -> Host:
    """The issuer that is asked. Raises ConfigError."""
    if order.host:
        from harness.issuer.client import TcpHost, parse_address

        address = parse_address(order.host)
        return TcpHost(address, terminal=terminal, clock=order.clock, tls=order.tls)
    from harness.issuer.host import own_test_host

    return own_test_host(order.online, script=order.script)
