"""Offline PIN by VERIFY, online PIN, and the rules that protect a real card's PIN.

EMV 4.4 Book 3, 10.5.1 and 6.5.12; Book 4, 6.3.4.1 to 6.3.4.3. Beyond the books: VERIFY never runs
on the last try, nor where the number of tries cannot be read, without a second permission.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.codec.apdu import CommandApdu, get_data, verify_plaintext
from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.core.spec import Spec
from harness.terminal import enciphered_pin
from harness.terminal.bits import TvrBit
from harness.terminal.context import Context
from harness.terminal.outcome import Ending, pin_kept, stopped
from harness.terminal.risk import pan

SPEC_PIN = Spec("EMV 4.4 Book 4", "6.3.4.1 to 6.3.4.3", verified=True)
SPEC_VERIFY = Spec("EMV 4.4 Book 3", "6.5.12")

LAST_TRY_OPTION = "--allow-last-pin-try"
MAX_VERIFY = 15
"""63Cx counts to 15: no card can allow more."""

BLOCKED = (0x6983, 0x6984)
"""VERIFY answers that mean an exhausted try counter (EMV 4.4 Book 3, 10.5.1)."""


@dataclass(frozen=True, slots=True)
class PinOutcome:
    """Did the PIN hold (for online PIN: was one entered)? ``bits`` belong into the TVR."""

    verified: bool
    bits: tuple[TvrBit, ...] = ()


NOT_ENTERED = PinOutcome(False, (TvrBit.PIN_NOT_ENTERED,))
EXCEEDED = PinOutcome(False, (TvrBit.PIN_TRIES_EXCEEDED,))


def online_pin(ctx: Context) -> PinOutcome:
    """Take a PIN for the issuer. What is kept is its block, enciphered (ISO 9564 format 0)."""
    from harness.crypto.host_keys import FORMAT_0_SPEC, online_pin_block

    ctx.cite(SPEC_PIN, FORMAT_0_SPEC)
    if _bypassed(ctx):
        return NOT_ENTERED
    pin = _enter(ctx)
    if not pin:
        ctx.say(_("no PIN was entered"))
        return NOT_ENTERED
    try:
        ctx.pin_block = online_pin_block(pin, pan(ctx))
    except (ConfigError, CodecError):
        ctx.say(_("what was entered is no PIN of 4 to 12 digits, or the PAN is too short for it"))
        return NOT_ENTERED
    ctx.say(_("PIN block of ISO 9564 format 0, enciphered for the issuer"))
    return PinOutcome(True, (TvrBit.ONLINE_PIN,))


def offline_pin(ctx: Context, *, enciphered: bool = False) -> PinOutcome | Ending:
    """Read the try counter, then VERIFY until the PIN holds or the tries that may be used are
    used up. Raises LinkError."""
    ctx.cite(SPEC_PIN, SPEC_VERIFY)
    build = _builder(ctx, enciphered=enciphered)
    if build is None:
        return PinOutcome(False)
    left = tries_left(ctx)
    if left == 0:
        ctx.say(_("PIN try counter is 0: PIN blocked"))
        return EXCEEDED
    previous = ""
    for _round in range(MAX_VERIFY):
        if _bypassed(ctx):
            return NOT_ENTERED
        refused = _refusal(ctx, left)
        if refused:
            return refused
        pin = _enter(ctx)
        if not pin or pin == previous:
            ctx.say(_("no other PIN was entered") if pin else _("no PIN was entered"))
            return NOT_ENTERED
        outcome, left = _verify(ctx, build(pin))
        if outcome:
            return outcome
        previous = pin
    ctx.say(
        _("VERIFY was sent {count} times and the card still counts: no more").format(
            count=MAX_VERIFY
        )
    )
    return PinOutcome(False)


def tries_left(ctx: Context) -> int | None:
    """Tag 9F17 by GET DATA, None where the card does not give it. Raises LinkError."""
    answer = ctx.channel.send(get_data(0x9F17))
    value = answer.data
    if answer.ok and len(value) == 4 and value[:3] == b"\x9f\x17\x01":
        ctx.say(_("PIN try counter {count}").format(count=value[3]))
        return value[3]
    ctx.say(_("PIN try counter cannot be read ({sw})").format(sw=answer.sw))
    return None


def _builder(ctx: Context, *, enciphered: bool) -> Callable[[str], CommandApdu | PinOutcome] | None:
    """What makes a VERIFY out of a PIN, or says why there is none; None: no key to encipher
    under."""
    if not enciphered:
        return lambda pin: _plaintext(ctx, pin)
    key = enciphered_pin.encipherment_key(ctx)
    if key is None:
        return None
    return lambda pin: enciphered_pin.verify_command(ctx, key, pin) or PinOutcome(False)


def _plaintext(ctx: Context, pin: str) -> CommandApdu | PinOutcome:
    try:
        return verify_plaintext(pin)
    except CodecError:
        ctx.say(_("what was entered is no PIN of 4 to 12 digits"))
        return NOT_ENTERED


def _bypassed(ctx: Context) -> bool:
    """Nobody can enter a PIN, or it was bypassed before in this transaction (Book 4, 6.3.4.3)."""
    if ctx.pin_bypassed:
        ctx.say(_("PIN entry was bypassed before in this transaction"))
    elif ctx.request.pin is None:
        ctx.say(_("nobody can enter a PIN: PIN entry bypassed"))
    return ctx.pin_bypassed or ctx.request.pin is None


def _refusal(ctx: Context, left: int | None) -> Ending | None:
    """The two gates before VERIFY."""
    command = ctx.channel.refuses(0x20)
    if command:
        return stopped(command)
    if ctx.request.risk_last_pin_try or (left is not None and left > 1):
        return None
    reason = (
        _("the remaining PIN tries cannot be read")
        if left is None
        else _("only one PIN try is left")
    )
    return pin_kept(reason, LAST_TRY_OPTION)


def _enter(ctx: Context) -> str:
    pin = ctx.request.pin() if ctx.request.pin else ""
    ctx.pin_bypassed = not pin
    return pin


def _verify(
    ctx: Context, command: CommandApdu | PinOutcome
) -> tuple[PinOutcome | None, int | None]:
    """One VERIFY: the outcome when that is the end, and the tries that are left."""
    if isinstance(command, PinOutcome):
        return command, None
    ctx.listener.notice(_("VERIFY: a wrong PIN uses up one try"))
    answer = ctx.channel.send(command)
    if answer.ok:
        ctx.say(_("PIN verified by the card"))
        return PinOutcome(True), None
    if answer.sw in BLOCKED or answer.sw == 0x63C0:
        ctx.say(_("VERIFY answered {sw}: PIN blocked").format(sw=answer.sw))
        return EXCEEDED, 0
    if answer.sw.matches("63Cx"):
        left = answer.sw.sw2 & 0x0F
        ctx.say(_("wrong PIN, tries left: {count}").format(count=left))
        return None, left
    ctx.say(_("VERIFY answered {sw}: this CVM failed").format(sw=answer.sw))
    return PinOutcome(False), None
