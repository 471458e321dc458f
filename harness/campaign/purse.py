"""A purse before and after: what it holds, a load by issuer script, a payment from it.

UnionPay electronic cash over its data objects: 9F79 balance, 9F77 limit, 9F78 limit of one payment,
9F6D reset threshold, 9F36 counter. Reading changes nothing. A payment and a load do, for good: over
PC/SC both need ``allow_state_change``, and a load beside it keys that are public
(``own_test_keys``), since no other card takes the script of the simulated issuer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from harness.campaign.purse_files import FilePurse, closed_loop
from harness.campaign.purse_judge import loaded, paid, readable
from harness.campaign.purse_report import (
    BALANCE,
    COUNTER,
    TAGS,
    PurseOrder,
    PurseReading,
    PurseReport,
)
from harness.checks.card.acquire import UNIONPAY
from harness.checks.finding import Finding, skip
from harness.codec.apdu import get_data, select
from harness.codec.tlv import parse
from harness.core.i18n import _
from harness.core.verdict import SkipReason
from harness.issuer.host import own_test_host
from harness.link.api import Link, Reader, ResetKind, is_virtual
from harness.link.session import CardSession
from harness.profiles.image import load_image
from harness.profiles.terminal_config import SchemeRisk, TerminalConfig, load_terminal
from harness.profiles.terminal_keys import key_store
from harness.terminal.amounts import currency
from harness.terminal.context import TransactionRequest
from harness.terminal.transaction import TransactionResult, run_transaction

AIDS = tuple(UNIONPAY + bytes.fromhex(pix) for pix in ("010106", "010101", "010102", "010103"))
"""Applications that may hold electronic cash, that of its own first."""

MAX_APPLICATIONS = 8


def purse_job(reader: Reader, emit: Callable[[object], None], *, order: PurseOrder) -> PurseReport:
    """Job function: read the purse of the card in ``reader``, and do what ``order`` wants and the
    policy allows. Raises a LinkError when the way to the card fails."""
    link = reader.connect()
    try:
        if reader.image and is_virtual(reader):
            image = load_image(reader.image)
            file = closed_loop(image)
            if file is not None:
                return FilePurse(link, order, image, file).run()
        return _Purse(link, order, virtual=is_virtual(reader), emit=emit).run()
    finally:
        link.close()


class _Purse:
    """One card."""

    def __init__(
        self, link: Link, order: PurseOrder, *, virtual: bool, emit: Callable[[object], None]
    ) -> None:
        self.link, self.order, self.virtual, self.emit = link, order, virtual, emit
        self.config = load_terminal(order.config)
        self.report = PurseReport()

    def run(self) -> PurseReport:
        """Before; load; after it; payment; after it."""
        self.report.aid = self._find()
        if not self.report.aid:
            why = _("no application of the card gives an electronic cash balance (9F79)")
            self._judge("EC-02", skip(SkipReason.NOT_APPLICABLE, why))
            return self.report
        before = self._read("before")
        self._judge("EC-02", readable(before))
        if self.order.load is not None and self._may("EC-LOAD", keys=True):
            before = self._load(before, self.order.load)
        if self.order.spend is not None and self._may("EC-08", keys=False):
            self._spend(before, self.order.spend)
        return self.report

    def _judge(self, name: str, finding: Finding) -> None:
        self.report.findings.append((name, finding))

    def _may(self, name: str, *, keys: bool) -> bool:
        """The policy (rule 8); what is refused is a SKIP that says which option permits it."""
        if self.virtual:
            return True
        if not self.order.allow_state_change:
            why = _("a payment or load changes the card for good (--allow-state-change)")
        elif keys and not self.order.own_test_keys:
            why = _("only a card with this project's test keys takes the script (--own-test-keys)")
        else:
            self.emit(_("about to change the card: transaction counter +1, balance"))
            return True
        self._judge(name, skip(SkipReason.STATE_CHANGE, why))
        return False

    # Reading

    def _find(self) -> bytes:
        """The first application with a balance: by name, else by what the RID alone selects."""
        session = CardSession(self.link)
        for aid in AIDS:
            if session.exchange(select(aid)).ok and self._has_balance(session):
                return aid
        for number in range(MAX_APPLICATIONS):
            answer = session.exchange(select(UNIONPAY, next_occurrence=number > 0))
            if not answer.ok:
                break
            name = parse(answer.data).find(0x84)
            if name is not None and self._has_balance(session):
                return name.value
        return b""

    @staticmethod
    def _has_balance(session: CardSession) -> bool:
        return session.exchange(get_data(BALANCE)).ok

    def _read(self, moment: str) -> PurseReading:
        """SELECT and GET DATA: no transaction number is used up."""
        self.link.reset(ResetKind.COLD)
        session = CardSession(self.link)
        session.exchange(select(self.report.aid))
        values: dict[int, int | None] = {}
        for tag in TAGS:
            answer = session.exchange(get_data(tag))
            node = parse(answer.data).find(tag) if answer.ok else None
            values[tag] = _number(tag, node.value) if node is not None else None
        made = PurseReading(moment, values)
        self.report.readings.append(made)
        return made

    # Changing

    def _load(self, before: PurseReading, balance: int) -> PurseReading:
        """An inquiry that goes online; the answer brings PUT DATA of the new balance."""
        request = TransactionRequest(
            Decimal(0),
            currency=self.order.currency,
            type="inquiry",
            aid=self.report.aid,
            force_online=True,
        )
        result = self._transact(self.config, request, script=f"load={balance}")
        self.report.did.append(("load", result.text))
        after = self._read("after load")
        self._judge("EC-LOAD", loaded(before, after, balance))
        return after

    def _spend(self, before: PurseReading, amount: int) -> None:
        request = TransactionRequest(
            Decimal(amount) / 100,
            currency=self.order.currency,
            aid=self.report.aid,
            electronic_cash=True,
        )
        result = self._transact(
            _offline(self.config, self.report.aid, amount, self.order.currency), request
        )
        self.report.did.append(("payment", result.text))
        after = self._read("after payment")
        self._judge("EC-08", paid(before, after, amount, result))

    def _transact(
        self, config: TerminalConfig, request: TransactionRequest, *, script: str = ""
    ) -> TransactionResult:
        self.link.reset(ResetKind.COLD)
        return run_transaction(
            self.link,
            config=config,
            keys=key_store(config, own_test=self.virtual or self.order.own_test_keys),
            host=own_test_host("approve", script=script),
            request=request,
            clock=self.order.clock,
            allow_state_change=True,
        )


def _number(tag: int, value: bytes) -> int | None:
    if tag == COUNTER:
        return int.from_bytes(value, "big")
    return int(value.hex()) if len(value) == 6 and value.hex().isdigit() else None


def _offline(config: TerminalConfig, aid: bytes, amount: int, money: str) -> TerminalConfig:
    """The configuration in the purse's currency, with a floor limit above the amount and nothing
    at random: a purse is for payments that do not go online."""
    risk: SchemeRisk = config.risk_for(aid)
    mine = replace(
        risk,
        rid=aid,
        floor_limit=max(risk.floor_limit, amount + 1),
        random_threshold=0,
        random_target=0,
        random_maximum=0,
    )
    others: Iterable[SchemeRisk] = (one for one in config.schemes if one.rid != aid)
    code = currency(money)
    return replace(config, currency=code.code, exponent=code.exponent, schemes=(mine, *others))
