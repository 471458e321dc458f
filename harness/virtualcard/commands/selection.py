"""SELECT (EMV Book 1, 11.3): by DF name, by the beginning of one, first or next occurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.virtualcard.answers import Reply, status

if TYPE_CHECKING:
    from harness.virtualcard.emv_card import EmvCard

FIRST, NEXT = 0x00, 0x02
BLOCKED, CARD_BLOCKED = 0x6283, 0x6A81


def select(card: EmvCard, command: CommandApdu) -> Reply:
    """6A82 where no name fits: what was selected before stays selected then.

    A blocked application answers with its FCI and 6283, a blocked card with 6A81 (EMV Book 1,
    12.4).
    """
    if card.blocked:
        return status(CARD_BLOCKED)
    if command.p1 != 0x04 or command.p2 not in (FIRST, NEXT):
        return status(0x6A86)
    name = command.data
    if not 1 <= len(name) <= 16:
        return status(0x6700)
    if command.p2 == FIRST:
        start = 0
    elif card.selected is None or not card.names[card.selected].startswith(name):
        return status(0x6A82)
    else:
        start = card.selected + 1
    for place in range(start, len(card.names)):
        if card.names[place].startswith(name):
            return _open(card, place)
    return status(0x6A82)


def _open(card: EmvCard, place: int) -> Reply:
    card.selected = place
    app = card.current
    if app is None:
        return Reply(card.directory_fci, 0x9000)
    app.restart()
    return Reply(app.perso.fci, BLOCKED if app.memory.blocked else 0x9000)
