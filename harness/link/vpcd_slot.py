"""One vpcd slot, seen from the card: the wire protocol between driver and card.

The driver listens and the card connects. Frames both ways are a 2-byte big-endian length and a
payload; a payload of one byte from the driver is a control (facts observed with vpcd 3.3).
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

from harness.core.errors import ServiceDown, SharingViolation
from harness.core.i18n import _
from harness.link.cardport import OTHER_ATR, CardPort
from harness.link.daemon import wake_daemon
from harness.link.serve_control import ServeControl

TAKEN_S = 4.0
"""pcscd looks at an empty slot every 0.4 s or so; a card that nobody asks is not in the slot."""
RETRY_S = 0.5

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
TOO_LONG = b"\x3b" + b"\x00" * 40
"""An ATR over 33 bytes, which is how a card can be mute over vpcd: pcscd takes none of it."""

OnEvent = Callable[[str, str], None]
"""``on_event(name, text)``: waiting, inserted, ready, mute, removed, next, lost; the text is for
people."""


class _Lost(Exception):
    """The driver closed the connection."""


class _Out(Exception):
    """The card leaves the slot; ``back_after`` None: until told. ``another``: not it comes back,
    but the next one."""

    def __init__(self, back_after: float | None, *, another: bool = False) -> None:
        super().__init__()
        self.back_after = back_after
        self.another = another


class SlotServer:
    """The card's end of one vpcd slot; ``vpcd_server.serve`` says what the options mean."""

    def __init__(
        self,
        card: CardPort,
        address: tuple[str, int],
        control: ServeControl,
        *,
        on_ready: Callable[[], None] | None = None,
        on_event: OnEvent | None = None,
        reinsert_after: float | None = None,
        mute_limit_s: float | None = None,
        insert_after: float | None = None,
        following: Callable[[], CardPort] | None = None,
    ) -> None:
        self._insert_after = insert_after
        self._following = following
        self._card = card
        self._address = address
        self._control = control
        self._on_ready = on_ready
        self._on_event = on_event
        self._reinsert_after = reinsert_after
        self._mute_limit_s = mute_limit_s
        self._socket = socket.socket()
        self._poll = select.poll()
        self._buffer = b""
        self._atr = b""
        self._mute_until: float | None = None
        self._as = ""

    def run(self) -> None:
        """Until stopped: in the slot, out of it, in again."""
        first = True
        try:
            if self._insert_after is not None and not self._wait_outside(self._insert_after):
                return
            while not self._control.stopped:
                if not self._insert(patient=not first):
                    return
                first = False
                try:
                    self._serve_slot()
                except _Lost:
                    self._tell("lost", _("pcscd went away; waiting for it"))
                except _Out as out:
                    self._unplug()
                    if out.another:
                        self._change_card()
                    if not self._stay_out(out.back_after):
                        return
                finally:
                    self._unplug()
        finally:
            self._unplug()

    def _tell(self, name: str, text: str) -> None:
        if self._on_event is not None:
            self._on_event(name, text)

    def _unplug(self) -> None:
        self._socket.close()
        self._card.power_off()
        self._mute_until = None

    def _insert(self, *, patient: bool) -> bool:
        """Connect to the driver; False when told to stop meanwhile."""
        woken = False
        end = time.monotonic()
        self._socket.close()
        while True:
            try:
                self._socket = socket.create_connection(self._address, timeout=5.0)
                break
            except OSError as error:
                if not woken and not patient and wake_daemon():
                    end = time.monotonic() + 3.0
                woken = True
                if not patient and time.monotonic() >= end:
                    raise nothing_listens(*self._address) from error
            if self._control.wait(RETRY_S if patient else 0.1) == "stop":
                return False
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _quick_ack(self._socket)
        self._buffer = b""
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._poll.register(self._control.fileno(), select.POLLIN)
        self._atr = self._said(self._card.power_on())
        self._tell("inserted", _("card in slot {host}:{port}").format(
            host=self._address[0], port=self._address[1]))  # fmt: skip
        return True

    def _serve_slot(self) -> None:
        """Answer the driver until the card leaves or the driver does."""
        taken_by = time.monotonic() + TAKEN_S
        ready = False
        while True:
            frame = self._frame(None if ready else taken_by)
            if frame is None:
                raise slot_taken(*self._address)
            if not ready:
                ready = True
                self._tell("ready", _("pcscd has taken the card"))
                if self._on_ready is not None:
                    self._on_ready()
            if len(frame) == 1:
                self._control_frame(frame[0])
            elif frame:
                self._command(frame)

    def _frame(self, until: float | None) -> bytes | None:
        """The next frame; None when ``until`` passes without one."""
        while True:
            buffer = self._buffer
            if len(buffer) >= 2:
                end = 2 + (buffer[0] << 8 | buffer[1])
                if len(buffer) >= end:
                    self._buffer = buffer[end:]
                    return buffer[2:end]
            limit = self._mute_until if self._mute_until is not None else until
            timeout = None if limit is None else max(0.0, limit - time.monotonic()) * 1000
            ready = self._poll.poll(timeout)
            if not ready:
                if self._mute_until is not None:
                    raise _Out(0.0)
                return None
            for descriptor, _what in ready:
                if descriptor == self._control.fileno():
                    self._obey(self._control.wait(0))
                else:
                    self._receive()

    def _receive(self) -> None:
        try:
            data = self._socket.recv(65540)
        except OSError as error:
            raise _Lost from error
        if not data:
            raise _Lost
        # The kernel forgets this option after a while: without it every APDU takes 40 ms more,
        # because the driver sends length and payload separately.
        _quick_ack(self._socket)
        self._buffer += data

    def _obey(self, order: str) -> None:
        if order == "stop":
            raise KeyboardInterrupt
        if order == "next":
            raise _Out(0.0, another=True)
        if order == "remove":
            raise _Out(self._reinsert_after)

    def _control_frame(self, number: int) -> None:
        self._mute_until = None
        if number == POWER_OFF:
            self._card.power_off()
        elif number == POWER_ON:
            self._atr = self._said(self._card.power_on())
        elif number == RESET:
            self._atr = self._said(self._card.warm_reset())
        elif number == GET_ATR:
            self._send(self._atr)

    def _said(self, atr: bytes) -> bytes:
        """The ATR of whatever card is in the slot now."""
        return {"other": OTHER_ATR, "wrong-way": TOO_LONG}.get(self._as, atr)

    def _command(self, command: bytes) -> None:
        answer = self._card.process(command)
        if answer.delay_s > 0:
            self._obey(self._control.wait(answer.delay_s))
        if answer.removed:
            raise _Out(self._reinsert_after)
        if not answer.response:
            # An empty frame would block the driver just as silence does.
            limit = self._mute_limit_s
            self._mute_until = None if limit is None else time.monotonic() + limit
            self._tell("mute", _("the card does not answer"))
            return
        self._send(answer.response)

    def _send(self, payload: bytes) -> None:
        payload = payload[:0xFFFF]
        try:
            self._socket.sendall(len(payload).to_bytes(2, "big") + payload)
        except OSError as error:
            raise _Lost from error

    def _stay_out(self, back_after: float | None) -> bool:
        """Until told to come back; False when told to stop."""
        if back_after is None:
            self._tell("removed", _("card removed; it stays out until it is re-inserted"))
        else:
            self._tell("removed", _("card removed"))
            # pcscd must see the empty slot, or the card would come back unpowered.
            back_after = max(back_after, 1.0)
        return self._outside(back_after)

    def _wait_outside(self, seconds: float) -> bool:
        """An empty slot at first; False when told to stop."""
        text = _("the slot is empty; the card goes in after {n:g} s").format(n=seconds)
        self._tell("waiting", text)
        return self._outside(seconds)

    def _outside(self, seconds: float | None) -> bool:
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            order = self._control.wait(left)
            if order == "stop":
                return False
            if order == "next":
                self._change_card()
            if order in ("reinsert", "next", "", "other", "wrong-way"):
                self._as = order if order in ("other", "wrong-way") else ""
                return True

    def _change_card(self) -> None:
        if self._following is None:
            return
        self._card.power_off()
        self._card = self._following()
        self._tell("next", _("the next card"))


def _quick_ack(connection: socket.socket) -> None:
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, 1)


def nothing_listens(host: str, port: int) -> ServiceDown:
    """The error for a port without a vpcd driver behind it."""
    return ServiceDown(
        _("no vpcd driver listens on {host}:{port}").format(host=host, port=port),
        todo=_(
            "start pcscd (`sudo systemctl start pcscd`, without systemd `sudo pcscd`) with the "
            "vpcd driver installed (`sudo apt-get install vsmartcard-vpcd`); `emv-harness doctor` "
            "says what is missing"
        ),
    )


def slot_taken(host: str, port: int) -> SharingViolation:
    """The error for a slot that holds another card already."""
    return SharingViolation(
        _("the slot on {host}:{port} holds another virtual card already").format(
            host=host, port=port
        ),
        todo=_("stop the other `card serve`, or use the second slot: port {next}").format(
            next=port + 1
        ),
    )
