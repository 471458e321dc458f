"""PC/SC codes to our exceptions: what each means here, and what to do about it.

Keyed by name, never by number: two codes differ between pcsc-lite and Windows. Causes and remedies
were gathered from public reports on pcsc-lite, libccid, pyscard and OpenSC.
"""

from __future__ import annotations

from harness.core.errors import (
    CardMute,
    CardRemoved,
    CardReset,
    LinkError,
    NoCard,
    NoReader,
    ProtocolMismatch,
    ServiceDown,
    SharingViolation,
)
from harness.core.i18n import N_, _

_SERVICE = N_(
    "start the service: `sudo systemctl start pcscd.socket` (without systemd: `sudo pcscd`); "
    "`emv-harness doctor` says what is missing"
)
_SWAP = N_(
    "clean the contacts and insert the card again; then try another card in this reader and this "
    "card in another reader: that tells card from reader"
)
_REPLUG = N_("plug the reader in again; a powered hub and a short cable help with weak ports")
_ACCESS = N_(
    "polkit lets only the active local session in: allow org.debian.pcsc-lite.access_pcsc and "
    "access_card for this user, or run as root"
)

_TABLE: dict[str, tuple[type[LinkError], str, str]] = {
    "SCARD_E_NO_SERVICE": (ServiceDown, N_("the PC/SC service is not running"), _SERVICE),
    "SCARD_E_SERVICE_STOPPED": (ServiceDown, N_("the PC/SC service has stopped"), _SERVICE),
    "SCARD_F_COMM_ERROR": (
        ServiceDown,
        N_("the PC/SC service does not understand this client, or went away"),
        N_(
            "restart pcscd; in a container, client and daemon must be of the same pcsc-lite version"
        ),
    ),
    "SCARD_E_INVALID_HANDLE": (
        ServiceDown,
        N_("the connection to the PC/SC service is no longer valid"),
        N_("repeat: pcscd was probably restarted"),
    ),
    "SCARD_W_SECURITY_VIOLATION": (ServiceDown, N_("access to the PC/SC service denied"), _ACCESS),
    "SCARD_E_NO_ACCESS": (ServiceDown, N_("access to the PC/SC service denied"), _ACCESS),
    "SCARD_E_NO_READERS_AVAILABLE": (
        NoReader,
        N_("PC/SC lists no reader"),
        N_(
            "plug a reader in; when it is in: is it a CCID reader that libccid knows, and does the "
            "kernel's pn533 driver or gpg's scdaemon hold it? `emv-harness doctor` looks"
        ),
    ),
    "SCARD_E_UNKNOWN_READER": (
        NoReader,
        N_("the reader is not there (any more)"),
        N_("plug it in; `emv-harness readers` lists the readers there are"),
    ),
    "SCARD_E_READER_UNAVAILABLE": (NoReader, N_("the reader went away"), _REPLUG),
    "SCARD_E_NO_SMARTCARD": (
        NoCard,
        N_("no card in the reader"),
        N_("insert a card, chip first"),
    ),
    "SCARD_W_REMOVED_CARD": (
        CardRemoved,
        N_("the card was removed"),
        N_("insert the card again and repeat"),
    ),
    "SCARD_W_RESET_CARD": (
        CardReset,
        N_("another application reset the card"),
        N_("close the other application, then repeat the whole session"),
    ),
    "SCARD_W_UNPOWERED_CARD": (CardMute, N_("the card has no power or gave no ATR"), _SWAP),
    "SCARD_W_UNRESPONSIVE_CARD": (CardMute, N_("the card does not answer to reset"), _SWAP),
    "SCARD_W_UNSUPPORTED_CARD": (
        CardMute,
        N_("the reader cannot speak with this card"),
        N_("is it a memory card, or inserted the wrong way round? then another reader"),
    ),
    "SCARD_E_SHARING_VIOLATION": (
        SharingViolation,
        N_("another application holds the reader"),
        N_("close that application"),
    ),
    "SCARD_E_PROTO_MISMATCH": (
        ProtocolMismatch,
        N_("card and reader have no protocol in common"),
        N_("look at the ATR (`emv-harness decode --as atr`); try a reader with T=0 and T=1"),
    ),
    "SCARD_E_NOT_TRANSACTED": (
        LinkError,
        N_("the exchange between reader and card failed"),
        N_(
            "repeat after a reset, then try another reader; was the command longer than the reader "
            "takes? its log: `pcscd --foreground --debug --apdu`"
        ),
    ),
    "SCARD_E_INSUFFICIENT_BUFFER": (
        LinkError,
        N_("the answer is longer than the driver allows"),
        N_("ask for less at once; note the driver's version in the report"),
    ),
    "SCARD_E_TIMEOUT": (LinkError, N_("the PC/SC call timed out"), _REPLUG),
    "SCARD_F_WAITED_TOO_LONG": (LinkError, N_("the reader answered too late"), _REPLUG),
    "SCARD_E_NOT_READY": (LinkError, N_("the reader is not ready"), _REPLUG),
    "SCARD_E_UNSUPPORTED_FEATURE": (
        LinkError,
        N_("the reader or its driver does not offer this"),
        "",
    ),
}


def explain(name: str, code: int, *, where: str, doing: str) -> LinkError:
    """The exception for PC/SC code ``code`` that is called ``name`` (empty: not known).

    ``doing`` is the call that failed, ``where`` the reader. The text carries NAME (0xHEX).
    """
    cls, what, todo = _TABLE.get(name, (LinkError, N_("the PC/SC call failed"), ""))
    text = f"{_(what)}: {name or _('unknown code')} (0x{code:08X})"
    return cls(
        text,
        where=f"{where}, {doing}" if where else doing,
        todo=_(todo)
        if todo
        else _("`emv-harness diagnose 0x{code:08X}` lists causes").format(code=code),
        code=code,
    )
