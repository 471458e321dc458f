"""Issuer scripts: templates 71 (before the final GENERATE AC) and 72 (after it).

EMV 4.4 Book 3, 10.10; Book 4, 6.3.9 and Annex A5.
"""

from __future__ import annotations

from harness.codec.apdu import command_name
from harness.codec.tlv import Tlv, parse
from harness.core.errors import CodecError
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.terminal.bits import Open, TsiBit, TvrBit
from harness.terminal.context import Context

SPEC_SCRIPT = Spec("EMV 4.4 Book 3", "10.10")
SPEC_INCIDENTS = Spec("EMV 4.4 Book 4", "12.2.4", verified=True)
SPEC_RESULTS = Spec("EMV 4.4 Book 4", "6.3.9 and Annex A5", verified=True)

BEFORE, AFTER = 0x71, 0x72
MAX_COMMANDS = 60
"""Commands of one script; 128 bytes, the least that a terminal has to support, hold fewer."""

NOT_PERFORMED, FAILED, SUCCESSFUL = 0x00, 0x10, 0x20


def run(ctx: Context, scripts: tuple[bytes, ...], template: int) -> None:
    """Execute every script with this template, in order. Raises LinkError."""
    chosen = [script for script in scripts if script[:1] == bytes((template,))]
    if not chosen:
        return
    step, bit = (
        (Open.SCRIPT_BEFORE, TvrBit.SCRIPT_FAILED_BEFORE)
        if template == BEFORE
        else (Open.SCRIPT_AFTER, TvrBit.SCRIPT_FAILED_AFTER)
    )
    ctx.cite(SPEC_SCRIPT, SPEC_RESULTS, SPEC_INCIDENTS)
    ctx.tvr = ctx.tvr.begin(step)
    ctx.performed(TsiBit.SCRIPT)
    results = [_execute(ctx, script) for script in chosen]
    failed = any(result[0] & 0xF0 != SUCCESSFUL for result in results)
    ctx.settle(step, *((bit,) if failed else ()))
    ctx.terminal[0x9F5B] = ctx.terminal.get(0x9F5B, b"") + b"".join(results)


def _execute(ctx: Context, script: bytes) -> bytes:
    """One script: five bytes of result (status and command number, script identifier). One that
    cannot be taken apart, or is too long, is not performed (EMV 4.4 Book 4, 12.2.4)."""
    tree = parse(script)
    number = tree.find(0x9F18)
    name = number.value if number and number.length == 4 else bytes(4)
    top = tree.nodes[0] if len(tree.nodes) == 1 else None
    commands = [child for child in top.children if child.tag == 0x86] if top else []
    if tree.errors:
        ctx.say(_("script: {why}").format(why=tree.errors[0].message))
        return bytes((NOT_PERFORMED,)) + name
    if not 1 <= len(commands) <= MAX_COMMANDS:
        ctx.say(
            _("script with {count} commands, must be 1 to {top}").format(
                count=len(commands), top=MAX_COMMANDS
            )
        )
        return bytes((NOT_PERFORMED,)) + name
    for place, command in enumerate(commands, start=1):
        if not _command(ctx, command, place):
            return bytes((FAILED | min(place, 15),)) + name
    return bytes((SUCCESSFUL,)) + name


def _command(ctx: Context, command: Tlv, place: int) -> bool:
    """One script command; 90xx, 62xx and 63xx go on, anything else stops the script."""
    ctx.listener.notice(
        _("issuer script: {name} changes the card").format(name=command_name(command.value))
    )
    try:
        answer = ctx.channel.send_raw(command.value)
    except CodecError as error:
        ctx.say(_("script command {place}: {why}").format(place=place, why=error.what))
        return False
    ctx.say(
        _("script command {place}, {name}: {sw}").format(
            place=place, name=command_name(command.value), sw=answer.sw
        )
    )
    return answer.sw.sw1 in (0x90, 0x62, 0x63)
