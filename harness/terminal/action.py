"""Terminal action analysis: EMV 4.4 Book 3, 10.7; Book 4, 6.3.6."""

from __future__ import annotations

from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal.bits import TvrBit, named_bits
from harness.terminal.context import Context

SPEC_ACTION = Spec("EMV 4.4 Book 3", "10.7")
SPEC_RESPONSE = Spec("EMV 4.4 Book 4", "6.3.6 and Annex A6", verified=True)

SPEC_UNABLE = Spec("EMV 4.4 Book 4", "12.2.1", verified=True)

IAC_DEFAULT, IAC_DENIAL, IAC_ONLINE = 0x9F0D, 0x9F0E, 0x9F0F

DECLINED, APPROVED = b"Z1", b"Y1"
UNABLE_DECLINED, UNABLE_APPROVED = b"Z3", b"Y3"
"""Authorisation response codes that the terminal sets itself (EMV 4.4 Book 4, Annex A6)."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which bits of one pair of action codes met the TVR."""

    name: str
    tac: bytes
    iac: bytes
    bits: tuple[TvrBit, ...]

    def __bool__(self) -> bool:
        return bool(self.bits)

    def why(self) -> str:
        """``TAC online: byte 4 bit 8, transaction exceeds floor limit``."""
        return "; ".join(
            f"{self._whose(bit)} {self.name}: {bit.place}, {_(bit.text)}" for bit in self.bits
        )

    def _whose(self, bit: TvrBit) -> str:
        owners = [
            owner
            for owner, code in (("TAC", self.tac), ("IAC", self.iac))
            if int.from_bytes(code, "big") & bit.mask
        ]
        return "+".join(owners)


def denial(ctx: Context) -> Match:
    """TVR against the denial codes; an absent IAC counts as zeros."""
    return _match(ctx, "denial", ctx.risk.tac.denial, IAC_DENIAL, bytes(5))


def online(ctx: Context) -> Match:
    """TVR against the online codes; an absent IAC counts as all ones."""
    return _match(ctx, "online", ctx.risk.tac.online, IAC_ONLINE, b"\xff" * 5)


def default(ctx: Context) -> Match:
    """TVR against the default codes, for when online is impossible; absent IAC: all ones."""
    return _match(ctx, "default", ctx.risk.tac.default, IAC_DEFAULT, b"\xff" * 5)


def decide(ctx: Context) -> str:
    """``AAC``, ``ARQC`` or ``TC``, with the reason in the log."""
    ctx.cite(SPEC_ACTION, SPEC_RESPONSE)
    ctx.say(_("TVR {tvr}").format(tvr=to_hex(ctx.tvr.value, " ")))
    refused = denial(ctx)
    if refused:
        ctx.terminal[0x8A] = DECLINED
        ctx.say(_("ask for AAC ({why})").format(why=refused.why()))
        return "AAC"
    if ctx.config.online_only:
        ctx.say(_("ask for ARQC (an online-only terminal)"))
        return "ARQC"
    if ctx.config.offline_only:
        return _offline(ctx)
    wanted = online(ctx)
    if wanted:
        ctx.say(_("ask for ARQC ({why})").format(why=wanted.why()))
        return "ARQC"
    ctx.terminal[0x8A] = APPROVED
    ctx.say(_("ask for TC (no action code matches)"))
    return "TC"


def _offline(ctx: Context) -> str:
    """An offline-only terminal goes by the default codes at once."""
    refused = default(ctx)
    if refused:
        ctx.terminal[0x8A] = DECLINED
        ctx.say(_("ask for AAC ({why})").format(why=refused.why()))
        return "AAC"
    ctx.terminal[0x8A] = APPROVED
    ctx.say(_("ask for TC (an offline-only terminal, no default code matches)"))
    return "TC"


def unable_online(ctx: Context) -> str:
    """Second decision where the issuer could not be reached: ``TC`` or ``AAC`` by the default
    codes, for every terminal type (EMV 4.4 Book 4, 12.2.1)."""
    ctx.cite(SPEC_UNABLE)
    refused = default(ctx)
    if refused:
        ctx.terminal[0x8A] = UNABLE_DECLINED
        ctx.say(_("unable to go online: ask for AAC (Z3; {why})").format(why=refused.why()))
        return "AAC"
    ctx.terminal[0x8A] = UNABLE_APPROVED
    ctx.say(_("unable to go online, no default code matches: ask for TC (Y3)"))
    return "TC"


def _match(ctx: Context, name: str, tac: bytes, tag: int, absent: bytes) -> Match:
    iac = ctx.card.get(tag)
    if iac is not None and len(iac) != 5:
        ctx.say(
            _("{tag:04X} has {count} bytes, not 5: taken as all ones").format(
                tag=tag, count=len(iac)
            )
        )
        iac = b"\xff" * 5
    iac = absent if iac is None else iac
    number = int.from_bytes(ctx.tvr.value, "big") & (
        int.from_bytes(tac, "big") | int.from_bytes(iac, "big")
    )
    return Match(name, tac, iac, named_bits(number))
