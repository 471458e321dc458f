"""One contact transaction from the first SELECT to the outcome (EMV 4.4 Book 3, 8 to 10)."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.core.clock import Clock
from harness.core.errors import CodecError, ConfigError, LinkError, ReplayMismatch
from harness.core.i18n import N_, _
from harness.core.plain import dataclass
from harness.issuer.messages import AuthorisationResponse, Host
from harness.link.api import Link
from harness.records.exchange import Exchange
from harness.terminal import (
    action,
    amounts,
    authentication,
    cardholder,
    completion,
    cryptogram,
    followup,
    initiation,
    online,
    outcome,
    owed,
    reading,
    recorded,
    restrictions,
    risk,
    selection,
    terminal_data,
)
from harness.terminal.authentication import OdaResult
from harness.terminal.bits import Tsi, Tvr, named_bits
from harness.terminal.candidates import Candidate
from harness.terminal.carddata import CardData
from harness.terminal.channel import Channel, StateChangeRefused
from harness.terminal.context import TYPES, Context, TransactionRequest
from harness.terminal.cryptogram import Cryptogram
from harness.terminal.followup import FollowUp
from harness.terminal.outcome import Ending, Outcome
from harness.terminal.steps import Listener, Silent, StepRecord

if TYPE_CHECKING:
    from harness.crypto.capk import CaKeyStore
    from harness.profiles.terminal_config import TerminalConfig

Step = Callable[[Context], "Ending | None"]


@dataclass(frozen=True, slots=True)
class TransactionResult:
    """What happened. ``tvr`` (5 bytes) and ``tsi`` (2) are the last values, steps that did not
    run counted as failed in ``tvr``; ``link_error`` is set where the link ended it; ``candidates``
    are all that card and terminal had in common; ``terminal`` holds the terminal's data by tag;
    ``follow_ups`` are the reversals, advices and captures that were due."""

    outcome: Outcome
    text: str
    steps: tuple[StepRecord, ...]
    tvr: bytes
    tsi: bytes
    card: CardData
    terminal: dict[int, bytes]
    aid: bytes
    oda: OdaResult | None
    exchanges: tuple[Exchange, ...]
    candidates: tuple[Candidate, ...]
    first: Cryptogram | None = None
    second: Cryptogram | None = None
    answer: AuthorisationResponse | None = None
    link_error: LinkError | None = None
    elapsed_ms: float = 0.0
    issuer_ms: float = 0.0
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def card_ms(self) -> float:
        """Time that the card and the link took, in ms."""
        return sum(exchange.elapsed_ms for exchange in self.exchanges)


def run_transaction(
    link: Link,
    *,
    config: TerminalConfig,
    keys: CaKeyStore | None,
    host: Host | None,
    request: TransactionRequest,
    clock: Clock,
    allow_state_change: bool,
    listener: Listener | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
) -> TransactionResult:
    """Run one transaction over an open ``link``.

    ``keys`` decides which CA keys are trusted, ``host`` authorises (None: there is none),
    ``entropy`` gives the unpredictable numbers. A failing link does not raise: it is in
    ``link_error``, with every step until then. Ctrl-C passes through, after a reversal where one
    is due. Raises ConfigError for a request that makes no sense (amount, currency, type), before
    the card is touched.
    """
    channel = Channel(link, clock, allow_state_change=allow_state_change, listener=listener)
    ctx = Context(
        channel=channel,
        config=config,
        request=request,
        clock=clock,
        listener=listener or Silent(),
        keys=keys,
        host=host,
        entropy=entropy,
    )
    _check(ctx)
    terminal_data.fill(ctx)
    return Runner(ctx).run()


def _check(ctx: Context) -> None:
    """Turn the request into numbers. Raises ConfigError."""
    request = ctx.request
    if request.type not in TYPES:
        raise ConfigError(
            _("unknown transaction type: {type!r}").format(type=request.type),
            where=_("transaction type"),
            todo=_("known: {all}").format(all=", ".join(TYPES)),
        )
    ctx.money = (
        amounts.currency(request.currency)
        if request.currency
        else amounts.by_number(ctx.config.currency, ctx.config.exponent)
    )
    ctx.amount = ctx.money.minor(Decimal(request.amount))
    ctx.cashback = ctx.money.minor(Decimal(request.cashback))
    if ctx.cashback > ctx.amount:
        raise ConfigError(_("the cashback is more than the amount that it is part of"))


class Runner:
    """Runs the steps of one transaction and writes their records."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.steps: list[StepRecord] = []
        self.candidates: tuple[Candidate, ...] = ()
        self.link_error: LinkError | None = None
        self.issuer_ms = 0.0
        self.follow_ups: tuple[FollowUp, ...] = ()

    def run(self) -> TransactionResult:
        """All steps, then the result."""
        started = self.ctx.clock.monotonic()
        try:
            ending = self._sequence()
        except LinkError as error:
            self.link_error = error
            ending = outcome.not_completed(error.what)
        except KeyboardInterrupt:
            self._follow_up(outcome.interrupted())
            owed.settled(self.ctx)
            raise
        self._follow_up(ending)
        owed.settled(self.ctx)
        if self.ctx.request.sales_log and ending.outcome.approved:
            self.ctx.request.sales_log.add(risk.pan(self.ctx), self.ctx.amount)
        return self._result(ending, (self.ctx.clock.monotonic() - started) * 1000)

    def _sequence(self) -> Ending:
        ctx = self.ctx
        ending = self._select()
        if ending:
            return ending
        for title, step in STEPS:
            ending = self.step(title, step)
            if ending:
                return ending
        ending = self.step(N_("Card action analysis"), completion.after_first)
        if ending:
            return ending
        if not completion.cda_failed(ctx):
            before = ctx.clock.monotonic()
            ending = self.step(N_("Online processing"), online.run)
            self.issuer_ms = (ctx.clock.monotonic() - before) * 1000
            if ending:
                return ending
        return self.step(N_("Completion"), completion.run) or outcome.terminated(
            _("the transaction did not come to an end")
        )

    def _select(self) -> Ending | None:
        """Selection and initiation, again with the next candidate where one refuses GPO."""
        ctx = self.ctx
        ending = self.step(N_("Application selection"), selection.build_list)
        self.candidates = tuple(ctx.candidates)
        while not ending:
            ending = self.step(N_("Final selection"), selection.select_next)
            if ending:
                break
            terminal_data.selected(ctx)
            ending = self.step(N_("Initiate application processing"), initiation.run)
            if not isinstance(ending, initiation.NotHere):
                break
            refused, ending = ending, None
            if not ctx.candidates:
                return outcome.not_completed(refused.text)
            ctx.card = CardData()
            ctx.chosen = None
        return ending

    def step(self, title: str, step: Step) -> Ending | None:
        """Run one step: malformed card data and a closed gate become endings. Raises LinkError,
        after the step has been recorded as far as it came."""
        ctx = self.ctx
        ctx.lines, ctx.specs, ctx.details = [], [], []
        ctx.channel.label(title)
        tvr, tsi, first = ctx.tvr, ctx.tsi, len(ctx.channel.exchanges)
        try:
            ending = step(ctx)
        except CodecError as error:
            ending = outcome.terminated(
                _("malformed data: {what}").format(what=error.what.splitlines()[0])
            )
        except StateChangeRefused as error:
            ending = outcome.stopped(error.command)
        except ReplayMismatch as error:
            other = recorded.differences(error, ctx)
            if other:
                ctx.say(other)
            ending = outcome.not_recorded(error.what)
        except LinkError as error:
            ctx.say(_("the link failed: {what}").format(what=error.what))
            self._record(title, tvr, tsi, first)
            raise
        except KeyboardInterrupt:
            ctx.say(_("interrupted"))
            self._record(title, tvr, tsi, first)
            raise
        if ending and ending.text:
            ctx.say(ending.text)
        self._record(title, tvr, tsi, first)
        return ending

    def _follow_up(self, ending: Ending) -> None:
        """Tell the host what it has to know, as a step of its own where there is something."""
        notices = followup.due(self.ctx, ending)
        if not notices:
            return

        def tell(ctx: Context) -> None:
            self.follow_ups = followup.send(ctx, notices)

        self.step(N_("Follow-up to the host"), tell)

    def _record(self, title: str, tvr: Tvr, tsi: Tsi, first: int) -> None:
        ctx = self.ctx
        new = ctx.tvr.settled & ~tvr.settled
        record = StepRecord(
            number=len(self.steps) + 1,
            title=_(title),
            lines=tuple(ctx.lines),
            tvr_set=tuple(f"{bit.place}: {_(bit.text)}" for bit in named_bits(new)) if new else (),
            tsi_set=()
            if ctx.tsi is tsi
            else tuple(_(bit.text) for bit in Tsi(ctx.tsi.number & ~tsi.number).bits),
            tvr=ctx.tvr.so_far,
            tsi=ctx.tsi.value,
            spec=tuple(dict.fromkeys(ctx.specs)),
            exchanges=(first, len(ctx.channel.exchanges)),
            details=tuple(ctx.details),
        )
        self.steps.append(record)
        ctx.listener.step(record)

    def _result(self, ending: Ending, elapsed_ms: float) -> TransactionResult:
        ctx = self.ctx
        return TransactionResult(
            outcome=ending.outcome,
            text=ending.text,
            steps=tuple(self.steps),
            tvr=ctx.tvr.value,
            tsi=ctx.tsi.value,
            card=ctx.card,
            terminal=dict(ctx.terminal),
            aid=ctx.aid,
            oda=ctx.oda,
            exchanges=tuple(ctx.channel.exchanges),
            candidates=self.candidates,
            first=ctx.first,
            second=ctx.second,
            answer=ctx.answer,
            link_error=self.link_error,
            elapsed_ms=elapsed_ms,
            issuer_ms=self.issuer_ms,
            follow_ups=self.follow_ups,
        )


def _action(ctx: Context) -> None:
    ctx.asked = action.decide(ctx)


STEPS: tuple[tuple[str, Step], ...] = (
    (N_("Read application data"), reading.run),
    (N_("Offline data authentication"), authentication.run),
    (N_("Processing restrictions"), restrictions.run),
    (N_("Cardholder verification"), cardholder.run),
    (N_("Terminal risk management"), risk.run),
    (N_("Terminal action analysis"), _action),
    (N_("First GENERATE AC"), cryptogram.run_first),
)

__all__ = ["TransactionRequest", "TransactionResult", "run_transaction"]
