"""What the steps of one transaction share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING

from harness.codec.dol import DolEntry, build_dol, parse_dol
from harness.core.clock import Clock
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse, Host
from harness.terminal.amounts import Currency
from harness.terminal.bits import Open, Tsi, TsiBit, Tvr, TvrBit
from harness.terminal.carddata import CardData
from harness.terminal.channel import Channel
from harness.terminal.steps import Listener

if TYPE_CHECKING:
    from harness.crypto.capk import CaKeyStore
    from harness.crypto.rsa import RsaPublicKey
    from harness.profiles.terminal_config import SchemeRisk, TerminalConfig
    from harness.terminal.authentication import OdaResult
    from harness.terminal.candidates import Candidate
    from harness.terminal.cryptogram import Cryptogram
    from harness.terminal.initiation import Processing
    from harness.terminal.pse import Directory
    from harness.terminal.records import RecordRead
    from harness.terminal.sales_log import SalesLog

TYPES = {
    "goods": 0x00,
    "services": 0x00,
    "cash": 0x01,
    "cashback": 0x09,
    "refund": 0x20,
    "inquiry": 0x31,
}
"""Tag 9C: the first two digits of the ISO 8583 processing code."""


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """What the user wants.

    ``currency`` None: the terminal's. ``type`` is a key of ``TYPES``. ``pin`` is called when a
    PIN is needed and returns its digits, or an empty string where the cardholder enters none;
    None: nobody can enter one. ``aid`` chooses an application. ``cashback`` is part of
    ``amount``. ``risk_last_pin_try`` lets VERIFY use the last PIN try, or run where the remaining
    tries cannot be read. ``referral`` is asked where the issuer wants to be called (response
    codes 01 and 02), and says whether it approved on the telephone; None: nobody can call.
    ``electronic_cash`` tells the card that the terminal takes it (9F7A, UnionPay).
    ``confirm`` is asked, with its name, for an application that must not be used without the
    cardholder's word, where the terminal can ask for it; None: yes.
    ``sales_log`` gives the minor units of an earlier sale to the same card that count with this
    one. ``sequence`` is 9F41. ``journal`` is told, with the request, why it would have to be
    reversed if this process ended now, and an empty text once it would not (see ``owed``).
    ``recorded`` are data elements that the terminal of a recorded session sent, by instruction
    byte and tag: they take the place of this terminal's own.
    """

    amount: Decimal
    currency: str | None = None
    type: str = "goods"
    pin: Callable[[], str] | None = None
    aid: bytes | None = None
    cashback: Decimal = Decimal(0)
    force_online: bool = False
    risk_last_pin_try: bool = False
    referral: Callable[[str], bool] | None = None
    confirm: Callable[[str], bool] | None = None
    sales_log: SalesLog | None = None
    sequence: int = 1
    electronic_cash: bool = False
    journal: Callable[[AuthorisationRequest, str], None] | None = None
    recorded: Mapping[int, Mapping[int, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class Context:
    """State of one transaction. Steps read it, decide, and write their results here."""

    channel: Channel
    config: TerminalConfig
    request: TransactionRequest
    clock: Clock
    listener: Listener
    keys: CaKeyStore | None = None
    host: Host | None = None
    entropy: Callable[[int], bytes] = os.urandom
    money: Currency = field(default_factory=lambda: Currency(978, 2, "EUR"))
    amount: int = 0
    cashback: int = 0
    card: CardData = field(default_factory=CardData)
    terminal: dict[int, bytes] = field(default_factory=dict)
    tvr: Tvr = field(default_factory=Tvr)
    tsi: Tsi = field(default_factory=Tsi)
    lines: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    specs: list[Spec] = field(default_factory=list)
    directory: Directory | None = None
    candidates: list[Candidate] = field(default_factory=list)
    chosen: Candidate | None = None
    processing: Processing | None = None
    records: list[RecordRead] = field(default_factory=list)
    oda: OdaResult | None = None
    first: Cryptogram | None = None
    second: Cryptogram | None = None
    answer: AuthorisationResponse | None = None
    arpc: str = ""
    asked: str = ""
    sent: AuthorisationRequest | None = None
    pin_block: bytes = b""
    pin_bypassed: bool = False
    issuer_key: RsaPublicKey | None = None
    approved_by_issuer: bool = False
    cda_sent: bool = False
    cdol1_data: bytes = b""
    cdol2_data: bytes = b""

    @property
    def aid(self) -> bytes:
        """DF name of the selected application, empty before selection."""
        return self.chosen.aid if self.chosen else b""

    @property
    def risk(self) -> SchemeRisk:
        """The terminal's risk parameters and action codes for the selected application."""
        return self.config.risk_for(self.aid)

    @property
    def aip(self) -> int:
        """Application Interchange Profile as a number of two bytes; 0 before GPO."""
        return self.processing.aip_number if self.processing else 0

    def say(self, text: str) -> None:
        """Add one line to the log of the running step."""
        self.lines.append(text)

    def cite(self, *specs: Spec) -> None:
        """The running step follows these clauses."""
        self.specs.extend(specs)

    def settle(self, step: Open, *bits: TvrBit) -> None:
        """Close ``step`` with the bits that it leaves."""
        self.tvr = self.tvr.settle(step, *bits)

    def performed(self, bit: TsiBit) -> None:
        """Set a TSI bit."""
        self.tsi = self.tsi.performed(bit)

    def values(self) -> dict[int, bytes]:
        """Everything that a DOL may ask for; the terminal's own data first."""
        found = self.card.values()
        found.update(self.terminal)
        found[0x95] = self.tvr.value
        found[0x9B] = self.tsi.value
        return found

    def dol_data(self, dol: bytes | Iterable[DolEntry], *, early: bool = False) -> bytes:
        """Data for a DOL. ``early``: before the steps are due, so that the TVR shows only what is
        settled. Raises CodecError for a malformed DOL."""
        entries = parse_dol(dol) if isinstance(dol, bytes) else tuple(dol)
        values = self.values()
        if early:
            values[0x95] = self.tvr.so_far
        missing = [f"{e.tag:02X}" for e in entries if e.tag not in values]
        if missing:
            self.say(
                _("the DOL asks for {tags}, which this terminal does not have: zeros").format(
                    tags=" ".join(missing)
                )
            )
        return build_dol(entries, values)
