"""The only module that speaks to pyscard: its low-level ``scard`` calls, every code looked at.

No monitor threads, no high-level classes: what is called here is what PC/SC sees. None of these
calls has a timeout of its own; ``supervise`` runs them in a worker that can be killed.
"""

from __future__ import annotations

import time

from smartcard import scard as scard  # noqa: PLC0414 - handed on to pcsc_service

from harness.core.errors import CardMute, LinkError, ProtocolMismatch
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.api import ResetKind
from harness.link.cardport import offered_protocol
from harness.link.pcsc_errors import explain
from harness.link.virtual import removed, short_answer

OK: int = scard.SCARD_S_SUCCESS

SETTLE_S = 0.8
"""How long pcscd may take to notice that a card has gone (it polls every 0.4 s)."""

_PROTOCOLS: dict[int, tuple[str, int]] = {
    scard.SCARD_PROTOCOL_T0: ("T=0", scard.SCARD_PCI_T0),
    scard.SCARD_PROTOCOL_T1: ("T=1", scard.SCARD_PCI_T1),
    scard.SCARD_PROTOCOL_RAW: ("raw", scard.SCARD_PCI_RAW),
}
_WANTED = {"T=0": scard.SCARD_PROTOCOL_T0, "T=1": scard.SCARD_PROTOCOL_T1}
_ANY: int = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_DISPOSITION = {ResetKind.WARM: scard.SCARD_RESET_CARD, ResetKind.COLD: scard.SCARD_UNPOWER_CARD}
_GONE = ("SCARD_E_NOT_TRANSACTED", "SCARD_W_UNPOWERED_CARD", "SCARD_F_COMM_ERROR")


def _names() -> dict[int, str]:
    """Code to name on this system; where two names share a code, the more telling one wins."""
    names: dict[int, str] = {}
    for name in dir(scard):
        if name.startswith(("SCARD_E_", "SCARD_W_", "SCARD_F_", "SCARD_P_")):
            names.setdefault(int(getattr(scard, name)) & 0xFFFFFFFF, name)
    unsupported = int(scard.SCARD_E_UNSUPPORTED_FEATURE) & 0xFFFFFFFF
    names[unsupported] = "SCARD_E_UNSUPPORTED_FEATURE"
    return names


CODE_NAMES = _names()


def failure(hresult: int, *, where: str, doing: str) -> LinkError:
    """The exception for a code that is not success."""
    code = hresult & 0xFFFFFFFF
    return explain(CODE_NAMES.get(code, ""), code, where=where, doing=doing)


def check(hresult: int, *, where: str, doing: str) -> None:
    """Raise unless ``hresult`` is success."""
    if hresult != OK:
        raise failure(hresult, where=where, doing=doing)


class Context:
    """One connection to the resource manager. A new one each time: a context does not survive a
    restart of pcscd, and calls with a stale one have crashed the wrapper."""

    def __init__(self) -> None:
        hresult, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        check(hresult, where="", doing="SCardEstablishContext")

    def __enter__(self) -> Context:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()

    def release(self) -> None:
        """Give it back. A failure here says nothing that the caller could use."""
        handle, self.handle = self.handle, None
        if handle is not None:
            scard.SCardReleaseContext(handle)

    def readers(self) -> list[str]:
        """Names of all readers; an empty list when there is none."""
        hresult, names = scard.SCardListReaders(self.handle, [])
        if hresult & 0xFFFFFFFF == scard.SCARD_E_NO_READERS_AVAILABLE & 0xFFFFFFFF:
            return []
        check(hresult, where="", doing="SCardListReaders")
        return list(names)

    def state(self, reader: str) -> ReaderState:
        """State of one reader, now."""
        unaware = [(reader, scard.SCARD_STATE_UNAWARE)]
        hresult, states = scard.SCardGetStatusChange(self.handle, 0, unaware)
        check(hresult, where=reader, doing="SCardGetStatusChange")
        _name, flags, atr = states[0]
        return ReaderState(flags & 0xFFFF, flags >> 16, bytes(atr))


@dataclass(frozen=True, slots=True)
class ReaderState:
    """``flags``: SCARD_STATE_* bits; ``events``: card events counted so far (pcsc-lite only)."""

    flags: int
    events: int
    atr: bytes

    @property
    def present(self) -> bool:
        """A card is in it."""
        return bool(self.flags & scard.SCARD_STATE_PRESENT)

    @property
    def mute(self) -> bool:
        """A card is in it and gave no usable ATR."""
        return bool(self.flags & scard.SCARD_STATE_MUTE)

    @property
    def in_use(self) -> bool:
        """Some application has a connection to the card."""
        return bool(self.flags & (scard.SCARD_STATE_INUSE | scard.SCARD_STATE_EXCLUSIVE))


class PcscLink:
    """An open connection to the card in a PC/SC reader, exclusive unless ``shared``.

    Of two protocols that a card offers, the one that its ATR names first is taken, as EMV asks
    (EMV Level 1 Contact Interface, 8.3.3.4); pcsc-lite on its own would prefer T=1.
    """

    def __init__(self, reader: str, *, shared: bool = False) -> None:
        self._reader = reader
        self._share = scard.SCARD_SHARE_SHARED if shared else scard.SCARD_SHARE_EXCLUSIVE
        self._closed = False
        self._context = Context()
        try:
            self._card, active = self._connect()
            try:
                self._take(active)
            except LinkError:
                scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
                raise
        except BaseException:
            self._context.release()
            raise
        self._transmit = scard.SCardTransmit

    def _connect(self) -> tuple[object, int]:
        first = _WANTED.get(offered_protocol(self._context.state(self._reader).atr), _ANY)
        try:
            return self._connect_with(first)
        except ProtocolMismatch:
            return self._connect_with(_ANY)

    def _connect_with(self, protocols: int) -> tuple[object, int]:
        hresult, card, active = scard.SCardConnect(
            self._context.handle, self._reader, self._share, protocols
        )
        check(hresult, where=self._reader, doing="SCardConnect")
        return card, active

    def _take(self, active: int) -> None:
        """Note the active protocol and the ATR after a connect or a reset."""
        if active not in _PROTOCOLS:
            raise ProtocolMismatch(
                _("PC/SC chose protocol {number}, which is none of T=0, T=1 and raw").format(
                    number=active
                ),
                where=self._reader,
            )
        self._protocol, self._pci = _PROTOCOLS[active]
        hresult, _name, _state, _active, atr = scard.SCardStatus(self._card)
        check(hresult, where=self._reader, doing="SCardStatus")
        self._atr = bytes(atr)

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        return self._atr

    @property
    def protocol(self) -> str:
        """``T=0``, ``T=1`` or ``raw``."""
        return self._protocol

    def transmit(self, command: bytes) -> bytes:
        """One command as it is. Raises a LinkError; blocks for as long as the card is silent."""
        hresult, response = self._transmit(self._card, self._pci, list(command))
        if hresult == OK and len(response) >= 2:
            # By way of a bytearray a list of 258 numbers takes a third of the time.
            return bytes(bytearray(response))
        raise self._transmit_failure(hresult, bytes(response or ()))

    def _transmit_failure(self, hresult: int, response: bytes) -> LinkError:
        if self._closed:
            return LinkError(_("the link is closed"), where=self._reader)
        name = CODE_NAMES.get(hresult & 0xFFFFFFFF, "")
        if (hresult == OK or name in _GONE) and self._card_left():
            return removed(self._reader)
        if hresult == OK:
            return short_answer(response, self._reader)
        return failure(hresult, where=self._reader, doing="SCardTransmit")

    def _card_left(self) -> bool:
        """Has the card gone? A reader may tell only at its next poll."""
        end = time.monotonic() + SETTLE_S
        while True:
            try:
                if not self._context.state(self._reader).present:
                    return True
            except LinkError:
                return False
            if time.monotonic() > end:
                return False
            time.sleep(0.02)

    def reset(self, kind: ResetKind) -> bytes:
        """Warm (SCARD_RESET_CARD) or cold (SCARD_UNPOWER_CARD) reset; the new ATR."""
        if self._closed:
            raise LinkError(_("the link is closed"), where=self._reader)
        hresult, active = scard.SCardReconnect(self._card, self._share, _ANY, _DISPOSITION[kind])
        check(hresult, where=self._reader, doing=f"SCardReconnect ({kind.value} reset)")
        self._take(active)
        if not self._atr:
            raise CardMute(_("the card gave no ATR after the reset"), where=self._reader)
        return self._atr

    def close(self) -> None:
        """Power the card down and let it go. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
        self._context.release()


def attributes(reader: str) -> dict[str, bytes]:
    """Attributes that the reader offers, by name without ``SCARD_ATTR_``; no card is needed.

    Raises LinkError when the reader cannot be opened (held exclusively, for one).
    """
    wanted = ("VENDOR_NAME", "VENDOR_IFD_TYPE", "VENDOR_IFD_VERSION", "VENDOR_IFD_SERIAL_NO")
    found: dict[str, bytes] = {}
    with Context() as context:
        hresult, card, _active = scard.SCardConnect(
            context.handle, reader, scard.SCARD_SHARE_DIRECT, scard.SCARD_PROTOCOL_UNDEFINED
        )
        check(hresult, where=reader, doing="SCardConnect (direct)")
        for name in (*wanted, "CHANNEL_ID", "MAXINPUT"):
            hresult, value = scard.SCardGetAttrib(card, getattr(scard, f"SCARD_ATTR_{name}"))
            if hresult == OK:
                found[name] = bytes(value)
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    return found
