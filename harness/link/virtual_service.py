"""A resource manager in the same process, over a virtual reader's card.

It follows pcsc-lite as observed (version 1.9.9): sharing, transactions, reset notices, event
counter. What checks say about it is about them, not about any real service; it lets every check
and every reader fault be tried without a daemon and on an injected clock.
"""

from __future__ import annotations

import threading
from dataclasses import field
from typing import TYPE_CHECKING

from harness.core.plain import dataclass
from harness.link import service as sv
from harness.link.cardport import CardPort, offered_protocol
from harness.link.service import Client, Handle, Leave, Share, SlotState
from harness.link.slot_lock import SlotLock

if TYPE_CHECKING:
    from harness.core.clock import Clock
    from harness.link.virtual import VirtualReader

_ANY = ("T=0", "T=1")
LOOK_S = 0.05
"""How often a call that waits for a silent card looks whether the card is still there."""


@dataclass()
class Slot:
    """What all clients of one virtual slot share."""

    reader: VirtualReader
    handles: list[VirtualHandle] = field(default_factory=list)
    lock: SlotLock = field(default_factory=SlotLock)
    atr: bytes = b""
    _events: int = 0

    def look(self) -> bool:
        """Is a card there? What was known of one that has been taken out meanwhile is forgotten."""
        present = self.reader.card_present()
        if not present or self._events != self.reader.events:
            self.atr = b""
            self._events = self.reader.events
        return present

    @property
    def card(self) -> CardPort:
        """The card in the slot."""
        return self.reader.card()

    def power(self, leave: Leave) -> None:
        """Reset or power the card as told; LEAVE powers it only where it is not."""
        if leave is Leave.LEAVE and self.atr:
            return
        if leave is Leave.RESET and self.atr:
            self.atr = self.card.warm_reset()
            return
        self.card.power_off()
        self.atr = self.card.power_on()

    def state(self) -> SlotState:
        """The state now."""
        if not self.look():
            return SlotState(frozenset({"EMPTY"}), self.reader.events, b"", self.reader.events)
        if not self.atr:
            self.atr = self.card.power_on()
        flags = {"PRESENT"}
        live = [one for one in self.handles if one.share is not Share.DIRECT]
        flags |= {"INUSE"} if live else set()
        flags |= {"EXCLUSIVE"} if any(one.share is Share.EXCLUSIVE for one in live) else set()
        flags |= {"MUTE"} if not self.atr else set()
        return SlotState(frozenset(flags), self.reader.events, self.atr, self.reader.events)


class VirtualHandle:
    """A connection."""

    def __init__(self, slot: Slot, share: Share, protocol: str) -> None:
        self._slot = slot
        self.share = share
        self.protocol = protocol
        self._open = True
        self._reset_by_other = False
        self._event = slot.reader.events

    def transmit(self, command: bytes) -> tuple[str, bytes]:
        """As ``Handle``; a card that stays silent gives the slot's deadline and no transaction."""
        with self._slot.lock.held_for(self):
            code = self._alive()
            if code != sv.SUCCESS:
                return code, b""
            return self._process(command)

    def transmit_into(self, command: bytes, room: int) -> sv.ShortBuffer:
        """As ``Handle``."""
        code, answer = self.transmit(command)
        short = code == sv.SUCCESS and len(answer) > room
        return sv.ShortBuffer(sv.INSUFFICIENT_BUFFER if short else code, len(answer), False)

    def _process(self, command: bytes) -> tuple[str, bytes]:
        reader = self._slot.reader
        answer = self._slot.card.process(command)
        if answer.removed:
            reader.remove()
            return sv.SUCCESS, b""
        if answer.response is None or answer.delay_s > reader.deadline_s:
            return self._silence(reader)
        if answer.delay_s > 0:
            reader.clock.sleep(answer.delay_s)
        return sv.SUCCESS, answer.response

    def _silence(self, reader: VirtualReader) -> tuple[str, bytes]:
        """A call that waits for nothing: pulling the card releases it, as it does a real one."""
        end = reader.clock.monotonic() + reader.deadline_s
        events = reader.events
        while reader.events == events:
            left = end - reader.clock.monotonic()
            if left <= 0:
                return sv.NOT_TRANSACTED, b""
            reader.clock.sleep(min(left, LOOK_S))
        return sv.SUCCESS, b""

    def status(self) -> tuple[str, bytes]:
        """As ``Handle``."""
        code = self._alive()
        return code, self._slot.atr if code == sv.SUCCESS else b""

    def reconnect(
        self, leave: Leave, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> str:
        """As ``Handle``; heals a handle whose card was reset or changed."""
        if not self._open:
            return sv.INVALID_HANDLE
        if not self._slot.look():
            return sv.NO_CARD
        others = [one for one in self._slot.handles if one is not self]
        if self._slot.lock.taken_by_other(self) or (share is Share.EXCLUSIVE and others):
            return sv.SHARING
        if leave is not Leave.LEAVE:
            for other in others:
                other._reset_by_other = True
        self._slot.power(leave)
        self._reset_by_other, self._event = False, self._slot.reader.events
        self.share = share
        code, self.protocol = _choose(self._slot.atr, protocols, share)
        return code

    def begin(self) -> str:
        """As ``Handle``."""
        code = self._alive()
        if code == sv.SUCCESS:
            self._slot.lock.take(self)
            if not self._open:  # disconnected while it waited: nobody would ever give it back
                self._slot.lock.drop(self)
                return sv.INVALID_HANDLE
        return code

    def end(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        if not self._open:
            return sv.INVALID_HANDLE
        if not self._slot.lock.give(self):
            return sv.NOT_TRANSACTED
        return self._alive()

    def disconnect(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        if not self._open:
            return sv.INVALID_HANDLE
        self._open = False
        self._slot.lock.drop(self)
        self._slot.handles.remove(self)
        if leave is not Leave.LEAVE and self._slot.reader.card_present():
            for other in self._slot.handles:
                other._reset_by_other = True
            self._slot.power(leave)
        return sv.SUCCESS

    def attribute(self, name: str) -> tuple[str, bytes]:
        """As ``Handle``: none is offered, as with the vpcd driver."""
        code = sv.UNSUPPORTED if self._open else sv.INVALID_HANDLE
        return code, b""

    def control(self, function: int, data: bytes = b"") -> tuple[str, bytes]:
        """As ``Handle``: no feature is offered."""
        return self.attribute("")

    def _alive(self) -> str:
        if not self._open:
            return sv.INVALID_HANDLE
        if self._event != self._slot.reader.events and self.share is not Share.DIRECT:
            return sv.REMOVED
        return sv.RESET if self._reset_by_other else sv.SUCCESS


class VirtualClient:
    """A context."""

    def __init__(self, slot: Slot, name: str) -> None:
        self._slot = slot
        self._name = name
        self._open = True
        self._cancel = threading.Event()
        self._waiting = False
        self._handles: list[VirtualHandle] = []

    def readers(self) -> tuple[str, list[str]]:
        """As ``Client``."""
        return (sv.SUCCESS, [self._name]) if self._open else (sv.INVALID_HANDLE, [])

    def state(
        self, reader: str, known: SlotState | None = None, timeout_s: float = 0.0
    ) -> tuple[str, SlotState]:
        """As ``Client``. On a clock that does not run by itself a wait passes at once."""
        if not self._open:
            return sv.INVALID_HANDLE, SlotState(frozenset())
        if reader != self._name:
            return sv.UNKNOWN_READER, SlotState(frozenset())
        now = self._slot.state()
        if known is None or now.events != known.events:
            return sv.SUCCESS, SlotState(now.flags | {"CHANGED"}, now.events, now.atr, now.raw)
        clock = self._slot.reader.clock
        end = clock.monotonic() + timeout_s
        self._cancel.clear()
        self._waiting = True
        cancelled = self._cancel.wait(_real_seconds(timeout_s, clock))
        self._waiting = False
        if cancelled:
            return sv.CANCELLED, now
        clock.sleep(max(0.0, end - clock.monotonic()))
        return sv.TIMEOUT, self._slot.state()

    def cancel(self) -> str:
        """As ``Client``; with nothing that waits, nothing happens."""
        if not self._open:
            return sv.INVALID_HANDLE
        if self._waiting:
            self._cancel.set()
        return sv.SUCCESS

    def connect(
        self, reader: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> tuple[str, Handle | None]:
        """As ``Client``."""
        if not self._open:
            return sv.INVALID_HANDLE, None
        if reader != self._name:
            return sv.UNKNOWN_READER, None
        slot = self._slot
        with slot.lock.guard:
            if slot.reader.in_use() or _excluded(slot.handles, share):
                return sv.SHARING, None
            if not slot.look():
                if share is not Share.DIRECT:
                    return sv.NO_CARD, None
            elif share is not Share.DIRECT:
                slot.power(Leave.LEAVE)
                if not slot.atr:
                    return sv.UNPOWERED, None
            code, protocol = _choose(slot.atr, protocols, share)
            if code != sv.SUCCESS:
                return code, None
            handle = VirtualHandle(slot, share, protocol)
            slot.handles.append(handle)
            self._handles.append(handle)
        return sv.SUCCESS, handle

    def release(self) -> str:
        """As ``Client``: its connections end with it."""
        if not self._open:
            return sv.INVALID_HANDLE
        for handle in self._handles:
            handle.disconnect()
        self._open = False
        return sv.SUCCESS


def _real_seconds(timeout_s: float, clock: Clock) -> float:
    """How long a wait really lasts: on an injected clock just enough for another thread's cancel,
    and for short waits next to nothing."""
    if not hasattr(clock, "advance"):
        return timeout_s
    return 1.0 if 1.0 < timeout_s < 5.0 else 0.001


def _excluded(handles: list[VirtualHandle], share: Share) -> bool:
    """Does an open connection stand against this one?"""
    return any(one.share is Share.EXCLUSIVE for one in handles) or (
        share is Share.EXCLUSIVE and bool(handles)
    )


def _choose(atr: bytes, protocols: tuple[str, ...], share: Share) -> tuple[str, str]:
    """The code and the active protocol for what a client would take."""
    if share is Share.DIRECT:
        return sv.SUCCESS, ""
    wanted = protocols or _ANY
    offered = offered_protocols(atr)
    for name in ("T=1", "T=0"):
        if name in wanted and name in offered:
            return sv.SUCCESS, name
    return (sv.SUCCESS, "raw") if "raw" in wanted else (sv.PROTO_MISMATCH, "")


def offered_protocols(atr: bytes) -> tuple[str, ...]:
    """Every protocol that an ATR offers, by the parser of the codec; the first of a broken one."""
    from harness.codec.atr import parse_atr
    from harness.core.errors import CodecError

    try:
        return tuple(f"T={number}" for number in parse_atr(atr).protocols)
    except CodecError:
        return (offered_protocol(atr),)


class VirtualService:
    """The resource manager of one virtual reader."""

    def __init__(self, reader: VirtualReader) -> None:
        self.slot = f"{reader.name} 00 00"
        self._shared = Slot(reader)

    def forget(self) -> None:
        """Somebody else powers the card: what was known of its power is stale."""
        self._shared.atr = b""

    def open(self) -> tuple[str, Client | None]:
        """As ``Service``."""
        return sv.SUCCESS, VirtualClient(self._shared, self.slot)
