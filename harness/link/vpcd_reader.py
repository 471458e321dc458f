"""Virtual cards behind the local pcscd: the whole PC/SC path without hardware."""

from __future__ import annotations

import os
import time
import weakref
from typing import TYPE_CHECKING

from harness.core.errors import NoReader, SharingViolation
from harness.core.i18n import _
from harness.link.api import LinkOptions
from harness.link.daemon import daemon_identity
from harness.link.forked import Forked
from harness.link.lock import ReaderLock
from harness.link.pcsc_reader import PcscReader, reader_names, reader_state
from harness.link.serving import OPENER, ServedChild
from harness.link.virtual import one_of_each_behaviour
from harness.link.vpcd_server import default_port

if TYPE_CHECKING:
    from harness.link.api import Reader
    from harness.link.pcsc_reader import LockedLink
    from harness.link.service import Service

NAME_VARIABLE = "EMV_VPCD_READER"
DEFAULT_NAME = "Virtual PCD"
SEEN_S = 5.0
WAIT_S = 10.0


def vpcd_reader_name(slot: int = 0) -> str:
    """Full PC/SC name of vpcd's slot (the first is 0): the reader called like ``EMV_VPCD_READER``
    (default ``Virtual PCD``). Raises NoReader, ServiceDown, ConfigError."""
    wanted = os.environ.get(NAME_VARIABLE) or DEFAULT_NAME
    names = [name for name in reader_names() if wanted in name]
    if len(names) <= slot:
        raise NoReader(
            _("pcscd has no reader called {name!r}").format(name=wanted),
            todo=_(
                "install the vpcd driver (`sudo apt-get install vsmartcard-vpcd`) and restart pcscd"
            ),
        )
    return sorted(names)[slot]


class VpcdReader:
    """vpcd's slot with one card image in it, served by a child process.

    The child starts at the first ``connect`` or ``card_present`` and serves the same card until
    ``close`` (or the end of this process). A card that its fault removed is put back by the next
    ``connect``. The slot is locked meanwhile: one image at a time.
    """

    kind = "vpcd"

    def __init__(
        self, image: str, options: LinkOptions, *, opener: str = OPENER, slot: int = 0
    ) -> None:
        self.name = f"vpcd {image}" + (f", slot {slot + 1}" if slot else "")
        self._slot = slot
        self._image = image
        self._options = options
        self._opener = opener
        self._child: ServedChild | None = None
        self._pcsc: PcscReader | None = None
        self._lock: ReaderLock | None = None
        self._odd = False

    @property
    def image(self) -> str:
        """Id of the card image."""
        return self._image

    def card_present(self) -> bool:
        """Does PC/SC see the card? Starts serving it when that has not happened yet."""
        return self._ready().card_present()

    def connect(self) -> LockedLink:
        """Serve the card, put it back if it had left, and connect as to any PC/SC reader."""
        reader = self._ready()
        child = self._child
        if child is not None:
            child.poll()
            if child.removed:
                child.reinsert()
                _wait_for_card(reader.name, present=True)
        return reader.connect()

    def remove(self) -> None:
        """Pull the card, and wait until PC/SC has noticed."""
        self.pull()
        if self._child is not None:
            _wait_for_card(self._ready().name, present=False)

    def pull(self) -> None:
        """Take the card out, without waiting for anybody to notice."""
        self._ready()
        self._odd = False
        if self._child is not None:
            self._child.remove()

    def put_back(self) -> None:
        """Put the card back, without waiting; one that is in its place comes out first."""
        if self._odd:
            self.remove()
        self._ready()
        if self._child is not None:
            self._child.put_back()

    def swap(self) -> None:
        """Take the card out and put another one in as soon as PC/SC has noticed that: the same
        under another ATR. A quicker swap leaves the driver with a card that it never powers."""
        self._insert("other")

    def turn_round(self) -> None:
        """Take the card out and put it in the wrong way round: PC/SC finds it mute."""
        self._insert("wrong-way")

    def _insert(self, which: str) -> None:
        self.remove()
        if self._child is not None:
            self._child.insert(which)
            self._odd = True

    def service(self) -> Service:
        """The resource manager's calls on the slot that the card is in."""
        return self._ready().service()

    def forked(self) -> Forked:
        """As any PC/SC reader."""
        return self._ready().forked()

    def second(self) -> VpcdReader:
        """The driver's second slot with a card of the same image."""
        return VpcdReader(self._image, self._options, opener=self._opener, slot=1)

    def facts(self) -> dict[str, str]:
        """Driver, image, faults, and the PC/SC reader that it is in. Never raises."""
        facts = {"driver": "vpcd through pcscd", "image": self._image}
        if self._pcsc is not None:
            facts["pcsc_reader"] = self._pcsc.name
        if self._options.faults:
            facts["faults"] = ", ".join(self._options.faults)
        return facts

    def close(self) -> None:
        """Take the card out and end its process. Safe to call twice."""
        reader, self._pcsc = self._pcsc, None
        if reader is not None:
            reader.close()
        child, self._child = self._child, None
        if child is not None:
            child.stop()
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _ready(self) -> PcscReader:
        if self._pcsc is not None:
            return self._pcsc
        port = default_port() + self._slot
        lock = ReaderLock(f"vpcd slot {port}", daemon_identity())
        lock.acquire(wait_s=WAIT_S)
        self._lock = lock
        try:
            name = vpcd_reader_name(self._slot)
            # A card that has just been taken out may still be shown.
            _wait_for_card(name, present=False)
            child = ServedChild(self._image, self._options, port, self._opener)
            self._child = child
            weakref.finalize(self, child.stop)
            child.wait_ready()
            _wait_for_card(name, present=True)
        except BaseException:
            self.close()
            raise
        self._pcsc = PcscReader(name, self._options)
        return self._pcsc


def _wait_for_card(reader: str, *, present: bool) -> None:
    """Until PC/SC shows (or no longer shows) a card. Raises SharingViolation or NoReader."""
    end = time.monotonic() + SEEN_S
    while reader_state(reader).present != present:
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    else:
        return
    if present:
        raise NoReader(
            _("pcscd does not show the served card after {ms:,.0f} ms").format(ms=SEEN_S * 1000),
            where=reader,
            todo=_("does EMV_VPCD_PORT name the port of this reader's slot?"),
        )
    raise SharingViolation(
        _("another card is in the virtual slot"),
        where=reader,
        todo=_("stop the other `emv-harness card serve`, or run with --reader {name!r}").format(
            name=reader
        ),
    )


def provider(options: LinkOptions, name: str) -> list[Reader]:
    """One reader an image (of ``options.images``, or all), of those whose name contains ``name``.

    Raises ServiceDown or NoReader at once where pcscd or its vpcd reader is missing.
    """
    vpcd_reader_name()
    readers = [VpcdReader(image, options) for image in one_of_each_behaviour(options)]
    return [reader for reader in readers if name.lower() in reader.name.lower()]
