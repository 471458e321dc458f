"""How a transaction ends, in words that say what was observed and no more (rule 18)."""

from __future__ import annotations

from enum import StrEnum

from harness.core.hexes import to_hex
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.terminal.channel import OPTION


class Outcome(StrEnum):
    """The closed list of endings."""

    APPROVED_OFFLINE = "approved-offline"
    APPROVED_ONLINE = "approved-online"
    DECLINED_OFFLINE = "declined-offline"
    DECLINED_ONLINE = "declined-online"
    STOPPED = "stopped"
    TERMINATED = "terminated"
    NOT_COMPLETED = "not-completed"

    @property
    def approved(self) -> bool:
        """True for the two approvals."""
        return self in (Outcome.APPROVED_OFFLINE, Outcome.APPROVED_ONLINE)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended the transaction; ``text`` becomes the outcome line."""

    outcome: Outcome
    text: str


def stopped(command: str, option: str = OPTION) -> Ending:
    """The next command would change the card and was not allowed."""
    return Ending(
        Outcome.STOPPED,
        _("stopped before {command}: state change not allowed; {option} allows it").format(
            command=command, option=option
        ),
    )


def not_recorded(what: str) -> Ending:
    """A replayed card was asked what its transcript does not show."""
    return Ending(Outcome.STOPPED, _("not examined further: {what}").format(what=what))


def pin_kept(reason: str, option: str) -> Ending:
    """VERIFY would have risked the PIN."""
    return Ending(
        Outcome.STOPPED,
        _("stopped before VERIFY: {reason}; {option} allows it").format(
            reason=reason, option=option
        ),
    )


def terminated(reason: str) -> Ending:
    """The books end the transaction here."""
    return Ending(Outcome.TERMINATED, _("terminated: {reason}").format(reason=reason))


def not_completed(reason: str) -> Ending:
    """No application could be run, or the link failed."""
    return Ending(Outcome.NOT_COMPLETED, _("not completed: {reason}").format(reason=reason))


def interrupted() -> Ending:
    """The user ended it."""
    return Ending(Outcome.NOT_COMPLETED, _("not completed: interrupted"))


def offline(kind: str, ac: bytes, reason: str = "") -> Ending:
    """The card decided at the first GENERATE AC: ``kind`` is TC or AAC."""
    shown = f"{kind} {to_hex(ac)}".strip()
    why = f" ({reason})" if reason else ""
    if kind == "TC":
        return Ending(
            Outcome.APPROVED_OFFLINE, _("TC returned (offline): {ac}").format(ac=shown) + why
        )
    return Ending(
        Outcome.DECLINED_OFFLINE, _("declined offline: {ac} returned").format(ac=shown) + why
    )


def declined(reason: str, *, online: bool) -> Ending:
    """The terminal declines, whatever the card returned."""
    return Ending(
        Outcome.DECLINED_ONLINE if online else Outcome.DECLINED_OFFLINE,
        _("declined: {reason}").format(reason=reason),
    )


def online(issuer: str, arc: str, arpc: str, kind: str, ac: bytes, *, approved: bool) -> Ending:
    """Both sides have spoken: the issuer with ``arc``, the card with the second cryptogram.

    ``arpc`` says what became of the issuer authentication data.
    """
    who = issuer or _("the issuer")
    parts = [f"{kind} {to_hex(ac)}".strip()]
    if arpc:
        parts.insert(0, arpc)
    rest = "; ".join(parts)
    if approved and kind == "TC":
        return Ending(
            Outcome.APPROVED_ONLINE,
            _("approved by {issuer} ({arc}); {rest}").format(issuer=who, arc=arc, rest=rest),
        )
    if approved:
        return Ending(
            Outcome.DECLINED_ONLINE,
            _("declined by the card, though {issuer} answered {arc}; {rest}").format(
                issuer=who, arc=arc, rest=rest
            ),
        )
    return Ending(
        Outcome.DECLINED_ONLINE,
        _("declined by {issuer} ({arc}); {rest}").format(issuer=who, arc=arc, rest=rest),
    )
