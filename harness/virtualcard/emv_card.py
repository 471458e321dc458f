"""A contact EMV card: files, applications, and the dispatcher of its commands."""

from __future__ import annotations

import random
from typing import Any

from harness.codec.apdu import CommandApdu
from harness.codec.tlv import encode
from harness.core.errors import CodecError
from harness.profiles.image import CardImage
from harness.virtualcard.answers import Answer, Reply, status
from harness.virtualcard.application import CardApplication
from harness.virtualcard.commands import COMMANDS, scripts
from harness.virtualcard.outgoing import Outgoing
from harness.virtualcard.state import memory_from_json, memory_to_json

PSE_NAME = b"1PAY.SYS.DDF01"
GET_RESPONSE = 0xC0
CLASSES = (0x00, 0x80, *scripts.CLASSES)
OTHER_SECURE_MESSAGING = (0x0C, 0x8C)
"""Secure messaging with tags, which this card has not."""


class EmvCard:
    """``selected`` is the place in ``names`` of what is selected, or None; ``blocked`` is set by
    CARD BLOCK and never cleared. The applications keep
    their memory for as long as this object lives; ``reset`` clears the rest."""

    def __init__(self, image: CardImage, seed: int) -> None:
        self.image = image
        self.apps = [CardApplication(app) for app in image.applications]
        for app in self.apps:
            app.perso.prepare()
        pse = [PSE_NAME] if image.pse else []
        self.names = [*pse, *(app.app.aid for app in self.apps)]
        self.selected: int | None = None
        self.blocked = False
        self.directory = _directory(self.apps)
        self.directory_fci = _directory_fci(image)
        self._first_app = len(pse)
        self._outgoing = Outgoing()
        self._random = random.Random(seed)
        self._drawn = 0

    @property
    def current(self) -> CardApplication | None:
        """The selected application; None where there is none, or the directory is selected."""
        if self.selected is None or self.selected < self._first_app:
            return None
        return self.apps[self.selected - self._first_app]

    def random_bytes(self, count: int) -> bytes:
        """Bytes from the card's seed: the same card in the same dialogue gives the same ones."""
        self._drawn += count
        return self._random.randbytes(count)

    def reset(self) -> None:
        """Nothing is selected and no answer waits; SELECT then forgets the last transaction."""
        self.selected = None
        self._outgoing.clear()

    def snapshot(self) -> dict[str, Any]:
        """What a reset leaves; the random numbers go on from how many have been drawn."""
        return {
            "blocked": self.blocked,
            "drawn": self._drawn,
            "applications": [memory_to_json(app.memory) for app in self.apps],
        }

    def restore(self, memory: dict[str, Any]) -> None:
        """See ``statefile.Remembering``."""
        applications = memory["applications"]
        if len(applications) != len(self.apps):
            raise ValueError(f"{len(applications)} applications, not {len(self.apps)}")
        for app, kept in zip(self.apps, applications, strict=True):
            app.memory = memory_from_json(kept)
        self.blocked = bool(memory["blocked"])
        self.random_bytes(int(memory["drawn"]))

    def process(self, command: bytes) -> Answer:
        """Answer one command."""
        reply = self._respond(command)
        return Answer(reply.data + reply.sw.to_bytes(2, "big"))

    def _respond(self, raw: bytes) -> Reply:
        try:
            command = CommandApdu.parse(raw)
        except CodecError:
            return status(0x6700)
        if command.cla not in CLASSES:
            return status(0x6882 if command.cla in OTHER_SECURE_MESSAGING else 0x6E00)
        if command.ins == GET_RESPONSE:
            return self._outgoing.get_response(command)
        self._outgoing.clear()
        if command.cla in scripts.CLASSES:
            known = command.ins in scripts.ACTIONS
            return scripts.script_command(self, command) if known else status(0x6E00)
        entry = COMMANDS.get(command.ins)
        if entry is None and command.ins in scripts.ACTIONS:
            return status(0x6E00)
        if entry is None:
            return status(0x6D00)
        cla, handler = entry
        if command.cla != cla:
            return status(0x6E00)
        return self._outgoing.deliver(command, handler(self, command))


def _directory(apps: list[CardApplication]) -> list[bytes]:
    """Records of the payment system directory: one entry 61 in each (EMV Book 1, 12.2.3)."""
    records = []
    for app in apps:
        entry = encode(0x4F, app.app.listed or app.app.aid) + encode(
            0x50, app.app.label.encode("ascii")
        )
        if app.app.preferred_name and app.app.code_table:
            entry += encode(0x9F12, app.app.preferred_name.encode("latin-1", "replace"))
        if app.app.priority:
            entry += encode(0x87, bytes([app.app.priority]))
        records.append(encode(0x70, encode(0x61, entry)))
    return records


def _directory_fci(image: CardImage) -> bytes:
    """FCI of the payment system environment (EMV Book 1, 11.3.4)."""
    if image.pse is None:
        return b""
    inner = encode(0x88, bytes([image.pse.sfi]))
    if image.pse.language:
        inner += encode(0x5F2D, image.pse.language.encode("ascii"))
    if image.pse.code_table:
        inner += encode(0x9F11, bytes([image.pse.code_table]))
    return encode(0x6F, encode(0x84, PSE_NAME) + encode(0xA5, inner))
