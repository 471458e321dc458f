"""A reader whose card really blocks, as a mute card does behind PC/SC."""

from __future__ import annotations

import time

from linkcards import TinyCard

from harness.link.find import LINKS


class FakeLink:
    protocol = "T=0"

    def __init__(self):
        self._card = TinyCard()
        self.atr = self._card.power_on()

    def transmit(self, command):
        if command[1] == 0x3A:
            time.sleep(60)
        if command[1] == 0x3C:
            time.sleep(0.3)
        if command[1] == 0x3B:
            from linkjobs import hold_the_interpreter

            hold_the_interpreter()
        return self._card.process(command).response

    def reset(self, kind):
        return self._card.warm_reset()

    def close(self):
        self._card.power_off()


class FakeReader:
    kind = "fake"
    image = ""

    def __init__(self, name):
        self.name = f"fake:{name}"

    def card_present(self):
        return True

    def connect(self):
        return FakeLink()

    def facts(self):
        return {"driver": "fake"}


def provider(options, name):
    return [FakeReader(name)]


if "fake" not in LINKS._loaded:
    LINKS.add("fake", provider)
