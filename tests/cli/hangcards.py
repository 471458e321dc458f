"""A virtual card behind a link that never comes back from command number N: ``hang:IMAGE@N``."""

from __future__ import annotations

import time

from harness.cli.transact_job import transact
from harness.link.find import LINKS
from harness.link.virtual import VirtualReader

__all__ = ["transact"]


class HangingLink:
    def __init__(self, link, at):
        self._link, self._left = link, at
        self.atr, self.protocol = link.atr, link.protocol

    def transmit(self, command):
        self._left -= 1
        if not self._left:
            time.sleep(600)
        return self._link.transmit(command)

    def reset(self, kind):
        return self._link.reset(kind)

    def close(self):
        self._link.close()


class HangingReader(VirtualReader):
    def __init__(self, image, at, options):
        super().__init__(image, options)
        self._at = at

    def connect(self):
        return HangingLink(super().connect(), self._at)


def provider(options, text):
    image, _at, number = text.partition("@")
    return [HangingReader(image, int(number), options)]


if "hang" not in LINKS._loaded:
    LINKS.add("hang", provider)
