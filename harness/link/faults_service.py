"""Faults of the service's calls: sharing, events, contexts. See ``faults``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.core.clock import Clock
from harness.core.i18n import N_
from harness.link import service as sv
from harness.link.service import Client, Handle, Leave, Service, Share, ShortBuffer, SlotState

Exchange = Callable[[bytes, Callable[[bytes], tuple[str, bytes]]], tuple[str, bytes]]


class ServiceFault:
    """Base: changes nothing. ``code`` is asked about the result of every call by its name."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.count = 0

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        """The code that the caller gets. ``call`` is a method of Client or Handle."""
        return code

    def skips(self, call: str) -> bool:
        """Is the call never made (and answered with success)?"""
        return False

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        """What GetStatusChange gives."""
        return code, now


class _Always(ServiceFault):
    """One call always ends with one code."""

    call = ""
    gives = ""
    instead_of: tuple[str, ...] = (sv.SUCCESS,)

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return self.gives if call == self.call and code in self.instead_of else code


class SharingViolation(ServiceFault):
    """The second of two connections is refused although both are shared."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        if call == "connect":
            self.count += 1
            return sv.SHARING if self.count > 1 else code
        if call == "disconnect":
            self.count = max(0, self.count - 1)
        if call == "release":
            self.count = 0
        return code


class StaleContext(ServiceFault):
    """A released context is still taken."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return sv.SUCCESS if code == sv.INVALID_HANDLE else code


class LostEvent(ServiceFault):
    """Of three events one is not counted."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        return code, replace(now, events=now.events - now.events // 3)


class LateEvent(ServiceFault):
    """Every change is seen 3 s later."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        if known is not None and now.events != known.events:
            self.clock.sleep(3.0)
        return code, now


class GhostCard(ServiceFault):
    """An empty slot still shows the last ATR."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        return code, now if now.present else replace(now, atr=b"\x3b\x00")


class StuckCard(ServiceFault):
    """A removal is never noticed."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        if now.present:
            return code, now
        return code, replace(now, flags=frozenset({"PRESENT"}), atr=b"\x3b\x00")


class DeafCancel(ServiceFault):
    """Cancel does nothing."""

    def skips(self, call: str) -> bool:
        return call == "cancel"


class HastyWait(ServiceFault):
    """Waits end at once."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        return (sv.SUCCESS, now) if code == sv.TIMEOUT else (code, now)


class LeakyTransaction(ServiceFault):
    """Transactions are granted to everybody at once."""

    def skips(self, call: str) -> bool:
        return call in ("begin", "end")


class HiddenReset(_Always):
    """Nobody is told that another client reset the card."""

    call, gives, instead_of = "transmit", sv.SUCCESS, (sv.RESET,)


class LazyExclusive(ServiceFault):
    """Exclusive connections are refused with another code."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return sv.NOT_TRANSACTED if call == "connect" and code == sv.SHARING else code


class AnyReader(_Always):
    """Unknown readers are said to have no card."""

    call, gives, instead_of = "connect", sv.NO_CARD, (sv.UNKNOWN_READER,)


class OddNoCard(_Always):
    """An empty slot is a sharing violation."""

    call, gives, instead_of = "connect", sv.SHARING, (sv.NO_CARD,)


class UndeadHandle(_Always):
    """A connection outlives its card."""

    call, gives, instead_of = "transmit", sv.SUCCESS, (sv.REMOVED, sv.NO_CARD)


class NoDirect(ServiceFault):
    """Direct connections are refused."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return sv.UNSUPPORTED if call == "connect direct" else code


class AnyProtocol(ServiceFault):
    """Each protocol can be had, whatever the card offers."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return sv.UNSUPPORTED if code == sv.PROTO_MISMATCH else code


class SleepyPower(_Always):
    """A power-down leaves the reader without an answer."""

    call, gives = "disconnect unpower", sv.UNPOWERED


class SlowList(ServiceFault):
    """Lists are not answered."""

    def code(self, call: str, code: str, handle: Handle | None) -> str:
        return "0x00000057" if call == "readers" else code


class SleepyCard(_Always):
    """The card loses its power when nobody has asked it for a while."""

    call, gives = "status", sv.UNPOWERED


class SilentCut(_Always):
    """An answer that does not fit is cut without a word."""

    call, gives, instead_of = "transmit into", sv.SUCCESS, (sv.INSUFFICIENT_BUFFER,)


class UnnoticedMute(ServiceFault):
    """A card that gives no ATR looks like any other."""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        return code, replace(now, flags=now.flags - {"MUTE"})


class LastAtr(ServiceFault):
    """The ATR of the first card is told of every card after it."""

    first = b""

    def state(self, known: SlotState | None, code: str, now: SlotState) -> tuple[str, SlotState]:
        self.first = self.first or now.atr
        return code, replace(now, atr=self.first if now.atr else b"")


SERVICE_FAULTS: dict[str, tuple[type[ServiceFault], str]] = {
    "sharing-violation": (SharingViolation, N_("a second shared connection is refused")),
    "stale-context": (StaleContext, N_("a released context is still taken")),
    "lost-event": (LostEvent, N_("an event is not counted")),
    "late-event": (LateEvent, N_("changes are seen 3 s later")),
    "ghost-card": (GhostCard, N_("an empty slot still shows an ATR")),
    "stuck-card": (StuckCard, N_("a removal is never noticed")),
    "deaf-cancel": (DeafCancel, N_("a wait cannot be cancelled")),
    "hasty-wait": (HastyWait, N_("waits end at once")),
    "leaky-transaction": (LeakyTransaction, N_("transactions keep nobody out")),
    "hidden-reset": (HiddenReset, N_("a reset by another client is not told")),
    "odd-sharing-code": (LazyExclusive, N_("a sharing violation has another code")),
    "any-reader": (AnyReader, N_("an unknown reader is said to have no card")),
    "odd-no-card": (OddNoCard, N_("an empty slot is said to be in use")),
    "undead-handle": (UndeadHandle, N_("a connection outlives its card")),
    "no-direct": (NoDirect, N_("direct connections are refused")),
    "any-protocol": (AnyProtocol, N_("a wrong protocol is refused with another code")),
    "sleepy-power": (SleepyPower, N_("a power-down fails")),
    "odd-list-code": (SlowList, N_("lists end with an unknown code")),
    "silent-cut": (SilentCut, N_("an answer that does not fit is cut without a word")),
    "unnoticed-mute": (UnnoticedMute, N_("a card without an ATR looks like any other")),
    "last-atr": (LastAtr, N_("the ATR of the first card is told of every later one")),
    "sleepy-card": (SleepyCard, N_("a connection finds the card without power")),
}


class FaultyHandle:
    """A connection behind faults."""

    def __init__(self, inner: Handle, faults: Sequence[ServiceFault], exchange: Exchange) -> None:
        self._inner = inner
        self._faults = faults
        self._exchange = exchange

    @property
    def protocol(self) -> str:
        """As the inner handle."""
        return self._inner.protocol

    @protocol.setter
    def protocol(self, value: str) -> None:
        self._inner.protocol = value

    def _code(self, call: str, code: str) -> str:
        for fault in self._faults:
            code = fault.code(call, code, self._inner)
        return code

    def _skipped(self, call: str) -> bool:
        return any(fault.skips(call) for fault in self._faults)

    def transmit(self, command: bytes) -> tuple[str, bytes]:
        """As ``Handle``."""
        code, answer = self._exchange(command, self._inner.transmit)
        said = self._code("transmit", code)
        return said, answer or (b"\x90\x00" if said == sv.SUCCESS != code else b"")

    def transmit_into(self, command: bytes, room: int) -> ShortBuffer:
        """As ``Handle``."""
        answer = self._inner.transmit_into(command, room)
        code = self._code("transmit into", answer.code)
        return answer if code == answer.code else ShortBuffer(code, room, False)

    def status(self) -> tuple[str, bytes]:
        """As ``Handle``."""
        code, atr = self._inner.status()
        return self._code("status", code), atr

    def reconnect(
        self, leave: Leave, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> str:
        """As ``Handle``."""
        return self._code("reconnect", self._inner.reconnect(leave, share, protocols))

    def begin(self) -> str:
        """As ``Handle``."""
        return sv.SUCCESS if self._skipped("begin") else self._code("begin", self._inner.begin())

    def end(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        return sv.SUCCESS if self._skipped("end") else self._code("end", self._inner.end(leave))

    def disconnect(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        code = self._code("disconnect", self._inner.disconnect(leave))
        return self._code("disconnect unpower", code) if leave is Leave.UNPOWER else code

    def attribute(self, name: str) -> tuple[str, bytes]:
        """As ``Handle``."""
        return self._inner.attribute(name)

    def control(self, function: int, data: bytes = b"") -> tuple[str, bytes]:
        """As ``Handle``."""
        return self._inner.control(function, data)


class FaultyClient:
    """A context behind faults."""

    def __init__(self, inner: Client, faults: Sequence[ServiceFault], exchange: Exchange) -> None:
        self._inner = inner
        self._faults = faults
        self._exchange = exchange

    def _code(self, call: str, code: str) -> str:
        for fault in self._faults:
            code = fault.code(call, code, None)
        return code

    def readers(self) -> tuple[str, list[str]]:
        """As ``Client``."""
        code, names = self._inner.readers()
        return self._code("readers", code), names

    def state(
        self, reader: str, known: SlotState | None = None, timeout_s: float = 0.0
    ) -> tuple[str, SlotState]:
        """As ``Client``."""
        true = known if known is None else replace(known, events=known.raw)
        code, now = self._inner.state(reader, true, timeout_s)
        for fault in self._faults:
            code, now = fault.state(true, code, now)
        return self._code("state", code), now

    def cancel(self) -> str:
        """As ``Client``."""
        skipped = any(fault.skips("cancel") for fault in self._faults)
        return sv.SUCCESS if skipped else self._inner.cancel()

    def connect(
        self, reader: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> tuple[str, Handle | None]:
        """As ``Client``."""
        code, handle = self._inner.connect(reader, share, protocols)
        said = self._code("connect direct" if share is Share.DIRECT else "connect", code)
        if handle is not None and said != sv.SUCCESS:
            handle.disconnect()
            handle = None
        if handle is None:
            return said, None
        return said, FaultyHandle(handle, self._faults, self._exchange)

    def release(self) -> str:
        """As ``Client``."""
        return self._code("release", self._inner.release())


class FaultyService:
    """A service behind faults."""

    def __init__(self, inner: Service, faults: Sequence[ServiceFault], exchange: Exchange) -> None:
        self._inner = inner
        self._faults = faults
        self._exchange = exchange
        self.slot = inner.slot

    def open(self) -> tuple[str, Client | None]:
        """As ``Service``."""
        code, client = self._inner.open()
        if client is None:
            return code, None
        return code, FaultyClient(client, self._faults, self._exchange)
