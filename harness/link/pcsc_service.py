"""``Service`` over pyscard: each call as it is, each code as a name."""

from __future__ import annotations

from typing import Any

from harness.link import pcsc
from harness.link.service import SUCCESS, Client, Handle, Leave, Share, ShortBuffer, SlotState

scard = pcsc.scard

_SHARES = {
    Share.SHARED: scard.SCARD_SHARE_SHARED,
    Share.EXCLUSIVE: scard.SCARD_SHARE_EXCLUSIVE,
    Share.DIRECT: scard.SCARD_SHARE_DIRECT,
}
_LEAVES = {
    Leave.LEAVE: scard.SCARD_LEAVE_CARD,
    Leave.RESET: scard.SCARD_RESET_CARD,
    Leave.UNPOWER: scard.SCARD_UNPOWER_CARD,
}
_PROTOCOLS = {
    "T=0": scard.SCARD_PROTOCOL_T0,
    "T=1": scard.SCARD_PROTOCOL_T1,
    "raw": scard.SCARD_PROTOCOL_RAW,
}
_PCI = {"T=0": scard.SCARD_PCI_T0, "T=1": scard.SCARD_PCI_T1, "raw": scard.SCARD_PCI_RAW}
_NAMES = {number: name for name, number in _PROTOCOLS.items()}
_FLAGS = (
    "CHANGED", "UNKNOWN", "UNAVAILABLE", "EMPTY", "PRESENT", "EXCLUSIVE", "INUSE", "MUTE",
    "UNPOWERED",
)  # fmt: skip
_WHOLE_CODE = 1 << 24
"""Control codes that a reader tells are whole; function numbers of SCARD_CTL_CODE are small."""


def code_name(hresult: int) -> str:
    """Name of a return code; an unknown one as ``0x8010....``."""
    code = hresult & 0xFFFFFFFF
    return SUCCESS if code == 0 else pcsc.CODE_NAMES.get(code, f"0x{code:08X}")


def _protocols(names: tuple[str, ...], share: Share) -> int:
    if not names:
        names = () if share is Share.DIRECT else ("T=0", "T=1")
    return sum(_PROTOCOLS[name] for name in names)


class PcscHandle:
    """A connection."""

    def __init__(self, card: Any, active: int) -> None:  # noqa: ANN401 - pyscard's own handle
        self._card = card
        self.protocol = _NAMES.get(active, "")

    def transmit(self, command: bytes) -> tuple[str, bytes]:
        """As ``Handle``."""
        pci = _PCI.get(self.protocol, scard.SCARD_PCI_T0)
        hresult, answer = scard.SCardTransmit(self._card, pci, list(command))
        return code_name(hresult), bytes(answer or ())

    def transmit_into(self, command: bytes, room: int) -> ShortBuffer:
        """As ``Handle``; the wrapper always brings a buffer that is large enough, so this goes
        past it."""
        from harness.link.pcsc_raw import transmit_into

        protocol = scard.SCARD_PROTOCOL_T1 if self.protocol == "T=1" else scard.SCARD_PROTOCOL_T0
        hresult, length, spilled = transmit_into(int(self._card), protocol, command, room)
        return ShortBuffer(code_name(hresult), length, spilled)

    def status(self) -> tuple[str, bytes]:
        """As ``Handle``."""
        hresult, *rest = scard.SCardStatus(self._card)
        return code_name(hresult), bytes(rest[3]) if len(rest) > 3 else b""

    def reconnect(
        self, leave: Leave, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> str:
        """As ``Handle``."""
        hresult, active = scard.SCardReconnect(
            self._card, _SHARES[share], _protocols(protocols, share), _LEAVES[leave]
        )
        if hresult == 0:
            self.protocol = _NAMES.get(active, "")
        return code_name(hresult)

    def begin(self) -> str:
        """As ``Handle``."""
        return code_name(scard.SCardBeginTransaction(self._card))

    def end(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        return code_name(scard.SCardEndTransaction(self._card, _LEAVES[leave]))

    def disconnect(self, leave: Leave = Leave.LEAVE) -> str:
        """As ``Handle``."""
        return code_name(scard.SCardDisconnect(self._card, _LEAVES[leave]))

    def attribute(self, name: str) -> tuple[str, bytes]:
        """As ``Handle``."""
        hresult, value = scard.SCardGetAttrib(self._card, getattr(scard, f"SCARD_ATTR_{name}"))
        return code_name(hresult), bytes(value or ())

    def control(self, function: int, data: bytes = b"") -> tuple[str, bytes]:
        """As ``Handle``."""
        code = function if function >= _WHOLE_CODE else scard.SCARD_CTL_CODE(function)
        hresult, value = scard.SCardControl(self._card, code, list(data))
        return code_name(hresult), bytes(value or ())


class PcscClient:
    """A context."""

    def __init__(self, context: Any) -> None:  # noqa: ANN401 - pyscard's own handle
        self._context = context

    def readers(self) -> tuple[str, list[str]]:
        """As ``Client``."""
        hresult, names = scard.SCardListReaders(self._context, [])
        return code_name(hresult), list(names or ())

    def state(
        self, reader: str, known: SlotState | None = None, timeout_s: float = 0.0
    ) -> tuple[str, SlotState]:
        """As ``Client``."""
        before = scard.SCARD_STATE_UNAWARE if known is None else known.raw
        hresult, states = scard.SCardGetStatusChange(
            self._context, int(timeout_s * 1000), [(reader, before)]
        )
        if not states:
            return code_name(hresult), SlotState(frozenset())
        _name, raw, atr = states[0]
        flags = frozenset(name for name in _FLAGS if raw & getattr(scard, f"SCARD_STATE_{name}"))
        raw &= ~scard.SCARD_STATE_CHANGED
        return code_name(hresult), SlotState(flags, raw >> 16 & 0xFFFF, bytes(atr), raw)

    def cancel(self) -> str:
        """As ``Client``."""
        return code_name(scard.SCardCancel(self._context))

    def connect(
        self, reader: str, share: Share = Share.SHARED, protocols: tuple[str, ...] = ()
    ) -> tuple[str, Handle | None]:
        """As ``Client``."""
        hresult, card, active = scard.SCardConnect(
            self._context, reader, _SHARES[share], _protocols(protocols, share)
        )
        return code_name(hresult), PcscHandle(card, active) if hresult == 0 else None

    def release(self) -> str:
        """As ``Client``."""
        return code_name(scard.SCardReleaseContext(self._context))


class PcscService:
    """The local resource manager."""

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def open(self) -> tuple[str, Client | None]:
        """As ``Service``."""
        hresult, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        return code_name(hresult), PcscClient(context) if hresult == 0 else None
