"""What the simulated issuer decides, and how it proves that to the card.

EMV 4.4 Book 2, 8.2 (ARPC methods 1 and 2).
"""

from __future__ import annotations

from enum import StrEnum

from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass

APPROVED, DECLINED, INVALID_CRYPTOGRAM = "00", "05", "05"
REFERRED, NOT_SUFFICIENT, WRONG_PIN, PIN_TRIES, FORMAT_ERROR, ALREADY_REVERSED = (
    "01",
    "51",
    "55",
    "75",
    "30",
    "12",
)
"""Response codes of ISO 8583:1987 as tag 8A carries them."""

APPROVING = (APPROVED, "10", "11")
"""Codes by which an issuer approves (EMV 4.4 Book 4, Annex A6)."""

CSU_APPROVE_ONLINE = 0x00800000
"""Card Status Update byte 2 bit 8: issuer approves online transaction (Book 3, Annex C10)."""


class Policy(StrEnum):
    """How the host behaves."""

    APPROVE = "approve"
    DECLINE = "decline"
    REFER = "refer"
    UNREACHABLE = "unreachable"
    NO_ANSWER = "no-answer"
    MALFORMED = "malformed"
    WRONG_ARPC = "wrong-arpc"


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy with its response code: ``decline:51`` declines with 51."""

    policy: Policy
    code: str


CODES = {Policy.APPROVE: APPROVED, Policy.DECLINE: DECLINED, Policy.REFER: REFERRED}


def rule(text: str, *, where: str = "--online") -> Rule:
    """``approve``, ``decline``, ``decline:51``, ``refer:02``, ``unreachable``... Raises
    ConfigError, said of the option ``where``."""
    name, colon, code = text.partition(":")
    wanted = policy(name, where=where)
    if not colon:
        return Rule(wanted, CODES.get(wanted, APPROVED))
    good = len(code) == 2 and code.isascii() and code.isalnum()
    if not good or wanted not in CODES:
        raise ConfigError(
            _("a response code has two characters and belongs to approve, decline or refer"),
            where=text,
            todo=_("give for instance {example}").format(example="decline:51"),
        )
    return Rule(wanted, code)


def policy(text: str, *, where: str = "--online") -> Policy:
    """The policy of this name. Raises ConfigError that lists the known ones."""
    try:
        return Policy(text)
    except ValueError as error:
        raise ConfigError(
            _("unknown issuer policy: {text!r}").format(text=text),
            where=where,
            todo=_("known: {all}").format(all=", ".join(Policy)),
        ) from error


def response_code(
    wanted: Policy, cryptogram_ok: bool | None, approve_unknown: bool, code: str = ""
) -> str:
    """Two characters for tag 8A: a cryptogram that is wrong is never approved, one that cannot be
    judged only where that was declared. ``code`` is the rule's own."""
    if wanted is Policy.DECLINE:
        return code or DECLINED
    if cryptogram_ok is False or (cryptogram_ok is None and not approve_unknown):
        return DECLINED
    return code or CODES.get(wanted, APPROVED)


def arpc_code(method: int, arc: str) -> bytes:
    """What the ARPC covers beside the ARQC: the response code (method 1) or a card status
    update of four bytes (method 2)."""
    if method == 1:
        return arc.encode("ascii")
    return (CSU_APPROVE_ONLINE if arc in APPROVING else 0).to_bytes(4, "big")
