"""Enciphered offline PIN: the key to encipher under, the challenge, and VERIFY with P2 = 88.

EMV 4.4 Book 2, 7.1 (keys) and 7.2 (encipherment); Book 3, 6.5.6 and 6.5.12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu, get_challenge
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.terminal.context import Context
from harness.terminal.risk import pan

if TYPE_CHECKING:
    from harness.crypto.rsa import RsaPublicKey

SPEC_ENCIPHERED = Spec("EMV 4.4 Book 2", "7.1 and 7.2")

ENCIPHERED = 0x88
"""P2 of VERIFY (EMV 4.4 Book 3, 6.5.12.2)."""


def encipherment_key(ctx: Context) -> RsaPublicKey | None:
    """The card's PIN encipherment key, else its ICC key; None, with the reason in the log, where
    neither can be recovered. Raises nothing for what the card sent."""
    ctx.cite(SPEC_ENCIPHERED)
    if ctx.card.get(0x9F2D) is None:
        return _icc_key(ctx)
    issuer = _issuer_key(ctx)
    if issuer is None:
        return None
    from harness.crypto.recover import recover_icc_key

    get = ctx.card.get
    found = recover_icc_key(
        issuer, get(0x9F2D), get(0x9F2F), get(0x9F2E), pan(ctx), b"", ctx.clock.today()
    )
    if found.key is None:
        why = next((f"{_(step.name)}: {step.detail}" for step in found.steps if not step.ok), "")
        ctx.say(_("the PIN encipherment certificate does not hold ({why})").format(why=why))
        return None
    ctx.say(_("PIN enciphered under the card's PIN encipherment key"))
    return found.key


def _icc_key(ctx: Context) -> RsaPublicKey | None:
    """The ICC key: recovered by offline data authentication, or now where SDA was chosen."""
    if ctx.oda is not None and ctx.oda.icc_key is not None:
        return ctx.oda.icc_key
    if ctx.card.get(0x9F46) is None:
        ctx.say(_("no key to encipher a PIN under: the card has neither 9F2D nor 9F46"))
        return None
    from harness.terminal.authentication import recover_key

    found = recover_key(ctx)
    if found is None:
        ctx.say(_("no key to encipher a PIN under: the ICC key cannot be recovered"))
    return found


def _issuer_key(ctx: Context) -> RsaPublicKey | None:
    if ctx.issuer_key is None:
        from harness.terminal.authentication import recover_key

        recover_key(ctx)
    if ctx.issuer_key is None:
        ctx.say(_("no key to encipher a PIN under: the issuer key cannot be recovered"))
    return ctx.issuer_key


def verify_command(ctx: Context, key: RsaPublicKey, pin: str) -> CommandApdu | None:
    """GET CHALLENGE, then the VERIFY for ``pin``; None where the card gives no challenge of eight
    bytes, or the PIN is none. Raises LinkError."""
    from harness.crypto.pin import CHALLENGE_LENGTH, encipher_pin, padding_length

    answer = ctx.channel.send(get_challenge())
    if not answer.ok or len(answer.data) != CHALLENGE_LENGTH:
        ctx.say(
            _("GET CHALLENGE answered {sw} with {count} bytes, must be 8").format(
                sw=answer.sw, count=len(answer.data)
            )
        )
        return None
    try:
        data = encipher_pin(key, pin, answer.data, ctx.entropy(padding_length(key)))
    except ConfigError:
        ctx.say(_("what was entered is no PIN of 4 to 12 digits"))
        return None
    return CommandApdu(0x00, 0x20, 0x00, ENCIPHERED, data)
