"""Every card against every behaviour of the issuer: what came out, and what the books give.

The expectation is worked out from the card image's data and the terminal configuration alone, by
the few rules of EMV 4.4 Book 3, 10.7 and 10.9 to 10.11 and Book 4, 12.2.1. It shares no code with
the terminal, so that a mistake there cannot agree with itself.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.plain import dataclass
from harness.crypto.capk import CaKeyStore
from harness.issuer.host import IssuerHost
from harness.issuer.messages import NoticeKind
from harness.link.api import LinkOptions
from harness.link.virtual import VirtualReader
from harness.profiles.image import Application, CardImage
from harness.profiles.terminal_config import TerminalConfig
from harness.terminal.outcome import Outcome
from harness.terminal.transaction import TransactionRequest, TransactionResult, run_transaction

AMOUNT = Decimal("12.34")
MINOR = 1234

# The TVR as one number: the bits that a sound card may have here (EMV 4.4 Book 3, Annex C5).
NO_ODA, SDA_SELECTED, VERSIONS, EXPIRED, NOT_YET = 1 << 39, 1 << 33, 1 << 31, 1 << 30, 1 << 29
FLOOR_LIMIT, ISSUER_AUTH, SCRIPT_BEFORE = 1 << 15, 1 << 6, 1 << 5
EXTERNAL_AUTHENTICATE, ANY_ODA, DDA_OR_CDA, SDA = 0x0400, 0x6100, 0x2100, 0x4000
RISK_MANAGEMENT, CARDHOLDER = 0x0800, 0x1000
CVM_FAILED, PIN_PAD, ONLINE_PIN = 1 << 23, 1 << 20, 1 << 18
CVM_NEEDS: dict[int, tuple[str, ...]] = {
    0x01: ("plaintext_pin",),
    0x02: ("online_pin",),
    0x03: ("plaintext_pin", "signature"),
    0x04: ("enciphered_pin",),
    0x05: ("enciphered_pin", "signature"),
    0x1E: ("signature",),
    0x1F: ("no_cvm",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One behaviour of the issuer: a rule, and a script that goes with its answer."""

    id: str
    rule: str
    script: str = ""


COLUMNS = (
    Column("approve", "approve"),
    Column("decline", "decline"),
    Column("unreachable", "unreachable"),
    Column("wrong-arpc", "wrong-arpc"),
    Column("script-ok", "approve", "counter:71"),
    Column("script-failing", "approve", "failing:71"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a transaction left: its outcome, whether a reversal was due, the TVR, and the first
    digit of the script results (2 successful, 1 failed, empty: no script)."""

    outcome: Outcome
    reversal: bool = False
    tvr: int | None = None
    script: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One card under one behaviour."""

    image: str
    column: str
    seen: Seen
    expected: Seen
    text: str

    @property
    def ok(self) -> bool:
        """Is it what the books give?"""
        return self.seen == self.expected


def expect(image: CardImage, column: Column, config: TerminalConfig, clock: Clock) -> Seen:
    """What has to come out."""
    usable = [app for app in image.applications if _usable(app, config)]
    if not usable:
        return Seen(Outcome.NOT_COMPLETED)
    app = min(usable, key=lambda one: one.priority & 0x0F or 16)
    tvr = _tvr(app, config, clock)
    tac = config.risk_for(app.aid).tac
    if tvr & (_number(tac.denial) | _number(app.iac_denial)):
        return Seen(Outcome.DECLINED_OFFLINE, tvr=tvr)
    wanted = _number(tac.online) | _number(app.iac_online)
    asks = bool(tvr & wanted) or app.risk.new_card_online or _above(app)
    if not asks and not config.online_only:
        return Seen(Outcome.APPROVED_OFFLINE, tvr=tvr)
    if column.id == "unreachable":
        refused = tvr & (_number(tac.default) | _number(app.iac_default))
        outcome = Outcome.DECLINED_OFFLINE if refused else Outcome.APPROVED_OFFLINE
        return Seen(outcome, tvr=tvr)
    if column.id == "decline":
        return Seen(Outcome.DECLINED_ONLINE, tvr=tvr)
    if column.id == "wrong-arpc":
        told = int.from_bytes(app.aip, "big") & EXTERNAL_AUTHENTICATE
        return Seen(Outcome.DECLINED_ONLINE, True, tvr | (ISSUER_AUTH if told else 0))
    if column.id == "script-failing":
        return Seen(Outcome.APPROVED_ONLINE, tvr=tvr | SCRIPT_BEFORE, script="1")
    return Seen(Outcome.APPROVED_ONLINE, tvr=tvr, script="2" if column.script else "")


def _usable(app: Application, config: TerminalConfig) -> bool:
    """Not blocked, known to the terminal, and found where the directory says it is."""
    known = any(aid.matches(app.aid) for aid in config.aids)
    return known and not app.blocked and app.listed in (b"", app.aid)


def _tvr(app: Application, config: TerminalConfig, clock: Clock) -> int:
    aip = int.from_bytes(app.aip, "big")
    versions = config.versions_for(app.aid)
    today = clock.today()
    limit = config.risk_for(app.aid).floor_limit
    bits = {
        NO_ODA: not aip & ANY_ODA,
        SDA_SELECTED: bool(aip & SDA) and not aip & DDA_OR_CDA,
        VERSIONS: app.data.get(0x9F08) not in (None, *versions),
        EXPIRED: app.expiry < today,
        NOT_YET: app.effective is not None and app.effective > today,
        FLOOR_LIMIT: bool(aip & RISK_MANAGEMENT) and limit <= MINOR,
    }
    found = sum(bit for bit, is_set in bits.items() if is_set)
    return found | (_cvm(app, config) if aip & CARDHOLDER else 0)


def _cvm(app: Application, config: TerminalConfig) -> int:
    """Bits of byte 3 for a purchase with the right PIN (EMV 4.4 Book 3, 10.5 and Annex C3)."""
    bits, limits = 0, app.cvm_list[:8]
    rules = app.cvm_list[8:]
    for code, condition in zip(rules[::2], rules[1::2], strict=False):
        method = code & 0x3F
        can = method in CVM_NEEDS and all(config.can(name) for name in CVM_NEEDS[method])
        if not _applies(app, config, condition, limits, can=can):
            continue
        if can:
            return bits | (ONLINE_PIN if method == 0x02 else 0)
        if method in (1, 2, 3, 4, 5):
            bits |= PIN_PAD
        if not code & 0x40:
            break
    return bits | CVM_FAILED


def _applies(
    app: Application, config: TerminalConfig, condition: int, limits: bytes, *, can: bool
) -> bool:
    if condition in (6, 7, 8, 9):
        limit = _number(limits[:4] if condition < 8 else limits[4:])
        right = app.currency == config.currency
        return right and (limit > MINOR if condition in (6, 8) else limit < MINOR)
    return {0: True, 2: True, 3: can}.get(condition, False)


def _above(app: Application) -> bool:
    limit = app.risk.offline_amount_limit
    return bool(limit) and limit < MINOR


def _number(codes: bytes) -> int:
    return int.from_bytes(codes, "big")


def run_matrix(
    images: list[CardImage],
    config: TerminalConfig,
    clock: Clock,
    on_cell: Callable[[Cell], None] | None = None,
) -> list[Cell]:
    """Every image under every column, in process, each with a card that is new."""
    cells = []
    for image in images:
        for column in COLUMNS:
            result = _run(image, column, config, clock)
            expected = expect(image, column, config, clock)
            cell = Cell(image.id, column.id, _seen(result, expected), expected, result.text)
            cells.append(cell)
            if on_cell is not None:
                on_cell(cell)
    return cells


def _run(
    image: CardImage, column: Column, config: TerminalConfig, clock: Clock
) -> TransactionResult:
    link = VirtualReader(str(image.path or image.id), LinkOptions(clock=clock)).connect()
    pin = next((app.pin for app in image.applications if app.pin), "")
    try:
        return run_transaction(
            link,
            config=config,
            keys=CaKeyStore.default(own_test=True),
            host=IssuerHost(column.rule, script=column.script),
            request=TransactionRequest(AMOUNT, pin=(lambda: pin) if pin else None),
            clock=clock,
            allow_state_change=True,
        )
    finally:
        link.close()


def _seen(result: TransactionResult, expected: Seen) -> Seen:
    return Seen(
        outcome=result.outcome,
        reversal=any(follow.kind is NoticeKind.REVERSAL for follow in result.follow_ups),
        tvr=None if expected.tvr is None else _number(result.tvr),
        script=result.terminal.get(0x9F5B, b"").hex()[:1],
    )
