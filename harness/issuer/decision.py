"""What the simulated issuer decides, and how it proves that to the card.

EMV 4.4 Book 2, 8.2 (ARPC methods 1 and 2).
"""

from __future__ import annotations

from enum import StrEnum

from harness.core.errors import ConfigError
from harness.core.i18n import _

APPROVED, DECLINED, INVALID_CRYPTOGRAM = "00", "05", "05"
"""Response codes of ISO 8583 as tag 8A carries them: approved, do not honour."""

CSU_APPROVE_ONLINE = 0x00800000
"""Card Status Update byte 2 bit 8: issuer approves online transaction (Book 3, Annex C10)."""


class Policy(StrEnum):
    """How the host behaves."""

    APPROVE = "approve"
    DECLINE = "decline"
    UNREACHABLE = "unreachable"


def policy(text: str) -> Policy:
    """``approve``, ``decline`` or ``unreachable``. Raises ConfigError."""
    try:
        return Policy(text)
    except ValueError as error:
        raise ConfigError(
            _("unknown issuer policy: {text!r}").format(text=text),
            where="--online",
            todo=_("known: {all}").format(all=", ".join(Policy)),
        ) from error


def response_code(wanted: Policy, cryptogram_ok: bool | None, approve_unknown: bool) -> str:
    """Two characters for tag 8A: a cryptogram that is wrong is never approved, one that cannot be
    judged only where that was declared."""
    if wanted is not Policy.APPROVE or cryptogram_ok is False:
        return DECLINED
    if cryptogram_ok is None and not approve_unknown:
        return DECLINED
    return APPROVED


def arpc_code(method: int, arc: str) -> bytes:
    """What the ARPC covers beside the ARQC: the response code (method 1) or a card status
    update of four bytes (method 2)."""
    if method == 1:
        return arc.encode("ascii")
    return (CSU_APPROVE_ONLINE if arc == APPROVED else 0).to_bytes(4, "big")
