"""A dialogue with a card, as short as tests want it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.codec import apdu
from harness.codec.apdu import CommandApdu, ResponseApdu
from harness.codec.dol import build_dol, parse_dol
from harness.codec.tlv import parse
from harness.profiles.image import CardImage, load_image
from harness.virtualcard.card import Card, open_card

TERMINAL = {
    0x9F02: bytes.fromhex("000000001234"),
    0x9F03: bytes(6),
    0x9F1A: bytes.fromhex("0528"),
    0x95: bytes.fromhex("0000008000"),
    0x5F2A: bytes.fromhex("0978"),
    0x9A: bytes.fromhex("261120"),
    0x9C: b"\x00",
    0x9F37: bytes.fromhex("11223344"),
    0x9F35: b"\x22",
    0x9F34: bytes.fromhex("1E0300"),
}


class Dialogue:
    """A powered card; every method sends one command."""

    def __init__(self, image: str | CardImage, **options: Any) -> None:
        self.card: Card = open_card(image, **options)
        self.card.power_on()
        self.app = self.card.image.applications[0]
        self.values = dict(TERMINAL)

    def send(self, command: CommandApdu | str | bytes) -> ResponseApdu:
        if isinstance(command, CommandApdu):
            raw = command.to_bytes()
        else:
            raw = bytes.fromhex(command) if isinstance(command, str) else command
        response = self.card.process(raw).response
        assert response is not None
        return ResponseApdu.parse(response)

    def select(self, name: bytes | None = None, **options: Any) -> ResponseApdu:
        return self.send(apdu.select(name or self.app.aid, **options))

    def initiate(self) -> ResponseApdu:
        self.select()
        return self.send(apdu.get_processing_options(self.pdol_data))

    @property
    def pdol_data(self) -> bytes:
        return build_dol(parse_dol(self.app.pdol), self.values)

    @property
    def cdol1_data(self) -> bytes:
        return build_dol(parse_dol(self.app.cdol1), self.values)

    @property
    def cdol2_data(self) -> bytes:
        return build_dol(parse_dol(self.app.cdol2), self.values)

    def first(self, kind: str, *, cda: bool = False) -> ResponseApdu:
        return self.send(apdu.generate_ac(kind, self.cdol1_data, cda=cda))

    def second(self, kind: str, *, cda: bool = False) -> ResponseApdu:
        return self.send(apdu.generate_ac(kind, self.cdol2_data, cda=cda))

    def read_all(self) -> dict[int, bytes]:
        """Every primitive object of the records of SFI 1 to 3."""
        found: dict[int, bytes] = {}
        for sfi in (1, 2, 3):
            for number in (1, 2):
                answer = self.send(apdu.read_record(sfi, number))
                if answer.ok:
                    template = parse(answer.data).nodes[0]
                    found |= {node.tag: node.value for node in template.children}
        return found

    def data(self, tag: int) -> bytes:
        """Value that GET DATA gives for ``tag``."""
        return self.send(apdu.get_data(tag)).require().data[3:]

    def power_cycle(self) -> None:
        self.card.power_off()
        self.card.power_on()


class Ac:
    """What a GENERATE AC answered, in either format."""

    def __init__(self, answer: ResponseApdu) -> None:
        node = parse(answer.require().data).nodes[0]
        if node.tag == 0x80:
            raw = node.value
            self.cid, self.atc, self.ac, self.iad = raw[0], raw[1:3], raw[3:11], raw[11:]
            self.sdad = b""
        else:
            found = {child.tag: child.value for child in node.children}
            self.order = [child.tag for child in node.children]
            self.cid, self.atc, self.iad = found[0x9F27][0], found[0x9F36], found[0x9F10]
            self.ac, self.sdad = found.get(0x9F26, b""), found.get(0x9F4B, b"")
        self.node = node


def with_app(image: str, **changes: Any) -> CardImage:
    """The image with fields of its first application changed."""
    loaded = load_image(image)
    return replace(loaded, applications=(replace(loaded.applications[0], **changes),))
