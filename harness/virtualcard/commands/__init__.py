"""The commands of the card, one module a group, in one table by INS.

A handler takes the card and the parsed command and returns a reply; it never raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.codec.apdu import CommandApdu
from harness.virtualcard.answers import Reply
from harness.virtualcard.commands.authenticate import (
    external_authenticate,
    get_challenge,
    internal_authenticate,
)
from harness.virtualcard.commands.cryptogram import generate_ac
from harness.virtualcard.commands.initiate import get_processing_options
from harness.virtualcard.commands.pin import verify
from harness.virtualcard.commands.read import get_data, read_record
from harness.virtualcard.commands.selection import select

if TYPE_CHECKING:
    from harness.virtualcard.emv_card import EmvCard

Handler = Callable[["EmvCard", CommandApdu], Reply]

COMMANDS: dict[int, tuple[int, Handler]] = {
    0x20: (0x00, verify),
    0x82: (0x00, external_authenticate),
    0x84: (0x00, get_challenge),
    0x88: (0x00, internal_authenticate),
    0xA4: (0x00, select),
    0xA8: (0x80, get_processing_options),
    0xAE: (0x80, generate_ac),
    0xB2: (0x00, read_record),
    0xCA: (0x80, get_data),
}
"""INS to (CLA, handler): EMV Book 1, 11, and Book 3, 6.5."""
