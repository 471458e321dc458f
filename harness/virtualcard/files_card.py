"""A closed-loop card of plain files (ISO/IEC 7816-4): coach, hotel, canteen.

No EMV: one application with elementary files that are read and written under access conditions.
Money in it is a file as any other; that it is only changed by who may is the card's whole part.

- ``free``: anybody writes; ``pin``: after VERIFY; ``issuer``: after EXTERNAL AUTHENTICATE, the
  card's challenge enciphered with 3DES under the key of the image; ``never``: not at all.
- Rights end with the next SELECT and with every reset.
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable
from typing import Any

from harness.codec.apdu import CommandApdu
from harness.codec.tlv import encode
from harness.core.errors import CodecError
from harness.crypto.des import ecb
from harness.crypto.pin import format2
from harness.profiles.image import CardImage, PlainFile
from harness.virtualcard.answers import OK, Answer, Reply, status
from harness.virtualcard.outgoing import Outgoing

CHALLENGE_LENGTH = 8
GET_RESPONSE = 0xC0
_BY_NUMBER, _BY_SFI = 0x04, 0x80
_TRANSPARENT, _CYCLIC = "transparent", "cyclic"


class FilesCard:
    """``content`` holds one byte string a transparent file, a list of records of the others; the
    newest record of a cyclic file is the first."""

    def __init__(self, image: CardImage, seed: int) -> None:
        self.app = image.applications[0]
        self.files = {file.sfi: file for file in image.files}
        self.content = {file.sfi: _initial(file) for file in image.files}
        self.tries = self.app.pin_tries if self.app.pin else 0
        self._rights: set[str] = set()
        self._challenge = b""
        self._selected = False
        self._outgoing = Outgoing()
        self._random = random.Random(seed)
        self._drawn = 0

    def reset(self) -> None:
        """Nothing is selected, nobody is authenticated, no answer waits."""
        self._selected = False
        self._rights = set()
        self._challenge = b""
        self._outgoing.clear()

    def snapshot(self) -> dict[str, Any]:
        """See ``statefile.Remembering``."""
        files = {str(sfi): [part.hex() for part in parts] for sfi, parts in self.content.items()}
        return {"files": files, "tries": self.tries, "drawn": self._drawn}

    def restore(self, memory: dict[str, Any]) -> None:
        """See ``statefile.Remembering``."""
        content = {
            int(sfi): [bytes.fromhex(part) for part in parts]
            for sfi, parts in memory["files"].items()
        }
        if set(content) != set(self.files):
            raise ValueError("other files than the image's")
        self.content = content
        self.tries = int(memory["tries"])
        self._drawn = int(memory["drawn"])
        self._random.randbytes(self._drawn)

    def process(self, command: bytes) -> Answer:
        """Answer one command."""
        reply = self._respond(command)
        return Answer(reply.data + reply.sw.to_bytes(2, "big"))

    def _respond(self, raw: bytes) -> Reply:
        try:
            command = CommandApdu.parse(raw)
        except CodecError:
            return status(0x6700)
        if command.cla:
            return status(0x6E00)
        if command.ins == GET_RESPONSE:
            return self._outgoing.get_response(command)
        self._outgoing.clear()
        handler = HANDLERS.get(command.ins)
        if handler is None:
            return status(0x6D00)
        if not self._selected and command.ins != 0xA4:
            return status(0x6985)
        return self._outgoing.deliver(command, handler(self, command))

    def select(self, command: CommandApdu) -> Reply:
        """By DF name or the beginning of it; 6A82 otherwise."""
        if command.p1 != 0x04 or command.p2:
            return status(0x6A86)
        if not command.data or not self.app.aid.startswith(command.data):
            return status(0x6A82)
        self.reset()
        self._selected = True
        label = encode(0xA5, encode(0x50, self.app.label.encode("ascii")))
        return Reply(encode(0x6F, encode(0x84, self.app.aid) + label), 0x9000)

    def get_challenge(self, command: CommandApdu) -> Reply:
        """Eight bytes, good for one EXTERNAL AUTHENTICATE."""
        if command.p1 or command.p2:
            return status(0x6A86)
        self._drawn += CHALLENGE_LENGTH
        self._challenge = self._random.randbytes(CHALLENGE_LENGTH)
        return Reply(self._challenge, 0x9000)

    def external_authenticate(self, command: CommandApdu) -> Reply:
        """6985 without a challenge, 6300 where it was not enciphered under the issuer's key."""
        if command.p1 or command.p2:
            return status(0x6A86)
        if len(command.data) != CHALLENGE_LENGTH:
            return status(0x6700)
        challenge, self._challenge = self._challenge, b""
        if not challenge:
            return status(0x6985)
        if not hmac.compare_digest(ecb(self.app.keys.imk_ac, challenge), command.data):
            return status(0x6300)
        self._rights.add("issuer")
        return OK

    def verify(self, command: CommandApdu) -> Reply:
        """The PIN as a block of ISO 9564-1 format 2; 63Cx, 6983 when no try is left."""
        if command.p1 or command.p2 != 0x80:
            return status(0x6A86)
        if not self.app.pin:
            return status(0x6984)
        if len(command.data) != 8:
            return status(0x6700)
        if not self.tries:
            return status(0x6983)
        self.tries -= 1
        if not hmac.compare_digest(command.data, format2(self.app.pin)):
            self._rights.discard("pin")
            return status(0x63C0 | self.tries)
        self.tries = self.app.pin_tries
        self._rights.add("pin")
        return OK

    def read_binary(self, command: CommandApdu) -> Reply:
        """P1 names the file, P2 the offset; 6B00 beyond the end."""
        file = self._transparent(command)
        if isinstance(file, Reply):
            return file
        if command.data:
            return status(0x6700)
        if command.p2 >= file.size:
            return status(0x6B00)
        rest = self.content[file.sfi][0][command.p2 :]
        return Reply(rest[: command.le] if command.le else rest, 0x9000)

    def update_binary(self, command: CommandApdu) -> Reply:
        """6982 without the right, 6700 for what does not fit."""
        file = self._transparent(command)
        if isinstance(file, Reply):
            return file
        if not self._may_write(file):
            return status(0x6982)
        end = command.p2 + len(command.data)
        if not command.data or end > file.size:
            return status(0x6700)
        old = self.content[file.sfi][0]
        self.content[file.sfi] = [old[: command.p2] + command.data + old[end:]]
        return OK

    def read_record(self, command: CommandApdu) -> Reply:
        """6A83 for a record that is not there (yet)."""
        file = self._records(command, _BY_NUMBER)
        if isinstance(file, Reply):
            return file
        records = self.content[file.sfi]
        if not 1 <= command.p1 <= len(records):
            return status(0x6A83)
        return Reply(records[command.p1 - 1], 0x9000)

    def update_record(self, command: CommandApdu) -> Reply:
        """A whole record of a linear file."""
        file = self._records(command, _BY_NUMBER)
        if isinstance(file, Reply):
            return file
        if file.structure == _CYCLIC:
            return status(0x6981)
        if not self._may_write(file):
            return status(0x6982)
        if not 1 <= command.p1 <= len(self.content[file.sfi]):
            return status(0x6A83)
        if len(command.data) != file.size:
            return status(0x6700)
        self.content[file.sfi][command.p1 - 1] = command.data
        return OK

    def append_record(self, command: CommandApdu) -> Reply:
        """A new record: the first of a cyclic file, whose oldest is lost when it is full; the last
        of a linear one, 6A84 when that is full."""
        file = self._records(command, 0)
        if isinstance(file, Reply) or command.p1:
            return file if isinstance(file, Reply) else status(0x6A86)
        if not self._may_write(file):
            return status(0x6982)
        if len(command.data) != file.size:
            return status(0x6700)
        records = self.content[file.sfi]
        if file.structure == _CYCLIC:
            self.content[file.sfi] = [command.data, *records][: file.records]
        elif len(records) >= file.records:
            return status(0x6A84)
        else:
            records.append(command.data)
        return OK

    def _transparent(self, command: CommandApdu) -> PlainFile | Reply:
        if not command.p1 & _BY_SFI or command.p1 & 0x60:
            return status(0x6A86)
        file = self.files.get(command.p1 & 0x1F)
        if file is None:
            return status(0x6A82)
        return file if file.structure == _TRANSPARENT else status(0x6981)

    def _records(self, command: CommandApdu, mode: int) -> PlainFile | Reply:
        if command.p2 & 0x07 != mode:
            return status(0x6A86)
        file = self.files.get(command.p2 >> 3)
        if file is None:
            return status(0x6A82)
        return status(0x6981) if file.structure == _TRANSPARENT else file

    def _may_write(self, file: PlainFile) -> bool:
        return file.write == "free" or file.write in self._rights


def _initial(file: PlainFile) -> list[bytes]:
    """What the file holds when it is issued: a transparent file all of it, the others the whole
    records that ``content`` has."""
    if file.structure == _TRANSPARENT:
        return [file.content.ljust(file.size, b"\0")]
    whole = range(0, len(file.content) // file.size * file.size, file.size)
    return [file.content[start : start + file.size] for start in whole]


HANDLERS: dict[int, Callable[[FilesCard, CommandApdu], Reply]] = {
    0x20: FilesCard.verify,
    0x82: FilesCard.external_authenticate,
    0x84: FilesCard.get_challenge,
    0xA4: FilesCard.select,
    0xB0: FilesCard.read_binary,
    0xB2: FilesCard.read_record,
    0xD6: FilesCard.update_binary,
    0xDC: FilesCard.update_record,
    0xE2: FilesCard.append_record,
}
"""INS of ISO/IEC 7816-4 to what the card does."""
