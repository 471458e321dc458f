"""PC/SC return codes by number and by name, of pcsc-lite and of Windows.

The numbers are those of ``pcsclite.h`` (pcsc-lite 1.9.9, read) and of Microsoft's "Smart Card
Return Values"; the one that differs, and those that only Windows has, are marked so.
"""

from __future__ import annotations

import re
from typing import Any

from harness.codec.decoded import Decoded
from harness.core.i18n import N_, _
from harness.core.plain import dataclass

BOTH, LITE, WINDOWS = N_("pcsc-lite and Windows"), "pcsc-lite", "Windows"


@dataclass(frozen=True, slots=True)
class PcscCode:
    """A return code: ``number`` unsigned, ``where`` the system that gives it this meaning."""

    number: int
    name: str
    meaning: str
    where: str = BOTH

    @property
    def text(self) -> str:
        """The meaning in the language in force."""
        return _(self.meaning)


_BASE = 0x80100000
_TABLE: tuple[tuple[int, str, str], ...] = (
    (0x01, "SCARD_F_INTERNAL_ERROR", N_("internal consistency check failed")),
    (0x02, "SCARD_E_CANCELLED", N_("cancelled by SCardCancel")),
    (0x03, "SCARD_E_INVALID_HANDLE", N_("context or card handle is not valid")),
    (0x04, "SCARD_E_INVALID_PARAMETER", N_("a parameter could not be interpreted")),
    (0x05, "SCARD_E_INVALID_TARGET", N_("start-up information is missing or invalid")),
    (0x06, "SCARD_E_NO_MEMORY", N_("not enough memory")),
    (0x07, "SCARD_F_WAITED_TOO_LONG", N_("an internal timer ran out")),
    (0x08, "SCARD_E_INSUFFICIENT_BUFFER", N_("the buffer is too small for the answer")),
    (0x09, "SCARD_E_UNKNOWN_READER", N_("no reader of that name")),
    (0x0A, "SCARD_E_TIMEOUT", N_("the time that the caller allowed is over")),
    (0x0B, "SCARD_E_SHARING_VIOLATION", N_("another application holds the card")),
    (0x0C, "SCARD_E_NO_SMARTCARD", N_("no card in the reader")),
    (0x0D, "SCARD_E_UNKNOWN_CARD", N_("no card of that name")),
    (0x0E, "SCARD_E_CANT_DISPOSE", N_("the card cannot be left in the state asked for")),
    (0x0F, "SCARD_E_PROTO_MISMATCH", N_("the card does not speak a protocol asked for")),
    (0x10, "SCARD_E_NOT_READY", N_("reader or card is not ready")),
    (0x11, "SCARD_E_INVALID_VALUE", N_("a parameter has a value that is not allowed")),
    (0x12, "SCARD_E_SYSTEM_CANCELLED", N_("cancelled by the system: log-off or shutdown")),
    (0x13, "SCARD_F_COMM_ERROR", N_("internal communication error")),
    (0x14, "SCARD_F_UNKNOWN_ERROR", N_("internal error of unknown source")),
    (0x15, "SCARD_E_INVALID_ATR", N_("the ATR is not valid")),
    (0x16, "SCARD_E_NOT_TRANSACTED", N_("no transaction to end, or the transmission failed")),
    (0x17, "SCARD_E_READER_UNAVAILABLE", N_("the reader is not there (any more)")),
    (0x18, "SCARD_P_SHUTDOWN", N_("stopped so that the service can end")),
    (0x19, "SCARD_E_PCI_TOO_SMALL", N_("the receive buffer for protocol information is too small")),
    (0x1A, "SCARD_E_READER_UNSUPPORTED", N_("the reader's driver does not do the least required")),
    (0x1B, "SCARD_E_DUPLICATE_READER", N_("the driver gave a reader name that exists")),
    (0x1C, "SCARD_E_CARD_UNSUPPORTED", N_("the card does not do the least required")),
    (0x1D, "SCARD_E_NO_SERVICE", N_("the PC/SC service is not running")),
    (0x1E, "SCARD_E_SERVICE_STOPPED", N_("the PC/SC service has stopped")),
    (0x1F, "SCARD_E_UNEXPECTED", N_("an unexpected error of the card")),
    (0x20, "SCARD_E_ICC_INSTALLATION", N_("no primary provider for the card")),
    (0x21, "SCARD_E_ICC_CREATEORDER", N_("objects cannot be created in that order")),
    (0x23, "SCARD_E_DIR_NOT_FOUND", N_("no such directory on the card")),
    (0x24, "SCARD_E_FILE_NOT_FOUND", N_("no such file on the card")),
    (0x25, "SCARD_E_NO_DIR", N_("the path is no directory of the card")),
    (0x26, "SCARD_E_NO_FILE", N_("the path is no file of the card")),
    (0x27, "SCARD_E_NO_ACCESS", N_("access to the file denied")),
    (0x28, "SCARD_E_WRITE_TOO_MANY", N_("no room on the card for the data")),
    (0x29, "SCARD_E_BAD_SEEK", N_("the file pointer cannot be set there")),
    (0x2A, "SCARD_E_INVALID_CHV", N_("wrong PIN")),
    (0x2B, "SCARD_E_UNKNOWN_RES_MNG", N_("a lower layer gave an unknown error")),
    (0x2C, "SCARD_E_NO_SUCH_CERTIFICATE", N_("no such certificate")),
    (0x2D, "SCARD_E_CERTIFICATE_UNAVAILABLE", N_("the certificate cannot be had")),
    (0x2E, "SCARD_E_NO_READERS_AVAILABLE", N_("no reader found")),
    (0x2F, "SCARD_E_COMM_DATA_LOST", N_("data was lost between card and reader: repeat")),
    (0x30, "SCARD_E_NO_KEY_CONTAINER", N_("no such key container on the card")),
    (0x31, "SCARD_E_SERVER_TOO_BUSY", N_("the service is too busy")),
    (0x65, "SCARD_W_UNSUPPORTED_CARD", N_("no communication: the ATR does not suit the reader")),
    (0x66, "SCARD_W_UNRESPONSIVE_CARD", N_("the card does not answer to reset")),
    (0x67, "SCARD_W_UNPOWERED_CARD", N_("the card has no power")),
    (0x68, "SCARD_W_RESET_CARD", N_("the card was reset: what the session knew is void")),
    (0x69, "SCARD_W_REMOVED_CARD", N_("the card was removed")),
    (0x6A, "SCARD_W_SECURITY_VIOLATION", N_("access denied")),
    (0x6B, "SCARD_W_WRONG_CHV", N_("wrong PIN")),
    (0x6C, "SCARD_W_CHV_BLOCKED", N_("PIN blocked: no try left")),
    (0x6D, "SCARD_W_EOF", N_("end of the file")),
    (0x6E, "SCARD_W_CANCELLED_BY_USER", N_("cancelled by the user")),
    (0x6F, "SCARD_W_CARD_NOT_AUTHENTICATED", N_("no PIN was presented")),
)
_UNSUPPORTED = "SCARD_E_UNSUPPORTED_FEATURE"
_UNSUPPORTED_TEXT = N_("the card or reader does not support the feature")
_SPECIAL: tuple[PcscCode, ...] = (
    PcscCode(0, "SCARD_S_SUCCESS", N_("no error")),
    PcscCode(_BASE + 0x1F, _UNSUPPORTED, _UNSUPPORTED_TEXT, LITE),
    PcscCode(_BASE + 0x22, _UNSUPPORTED, _UNSUPPORTED_TEXT, WINDOWS),
    PcscCode(_BASE + 0x32, "SCARD_E_PIN_CACHE_EXPIRED", N_("the cached PIN is too old"), WINDOWS),
    PcscCode(_BASE + 0x33, "SCARD_E_NO_PIN_CACHE", N_("the PIN cannot be cached"), WINDOWS),
    PcscCode(_BASE + 0x34, "SCARD_E_READ_ONLY_CARD", N_("the card can only be read"), WINDOWS),
    PcscCode(_BASE + 0x70, "SCARD_W_CACHE_ITEM_NOT_FOUND", N_("not in the cache"), WINDOWS),
    PcscCode(_BASE + 0x71, "SCARD_W_CACHE_ITEM_STALE", N_("the cache is out of date"), WINDOWS),
    PcscCode(_BASE + 0x72, "SCARD_W_CACHE_ITEM_TOO_BIG", N_("too large for the cache"), WINDOWS),
)

CODES: tuple[PcscCode, ...] = _SPECIAL + tuple(
    PcscCode(_BASE + low, name, meaning) for low, name, meaning in _TABLE
)
"""Every code; a number may stand twice."""

_NAME = re.compile(r"SCARD_[A-Z]_[A-Z_]+\Z", re.IGNORECASE)
_NUMBER = re.compile(r"(?:rv\s*=\s*|rc\s*=\s*)?(?:(0x)?(80100[0-9a-f]{3})|(-?\d{9,10}))\Z", re.I)


def number_of(text: str) -> int | None:
    """The code that ``text`` spells, unsigned: ``0x8010001D``, ``8010001D``, the signed or
    unsigned decimal, or a name. None when it is none of these; a name may be unknown: -1."""
    bare = text.strip().rstrip(".")
    if _NAME.match(bare):
        return next((code.number for code in CODES if code.name == bare.upper()), -1)
    found = _NUMBER.match(bare)
    if found is None:
        return None
    number = int(found.group(2), 16) if found.group(2) else int(found.group(3)) & 0xFFFFFFFF
    return number if number >> 12 == _BASE >> 12 else None


def codes_of(text: str) -> tuple[PcscCode, ...]:
    """Every meaning of the code or name in ``text``, pcsc-lite's first; empty when unknown."""
    number = number_of(text)
    if number is None:
        return ()
    name = text.strip().rstrip(".").upper()
    if _NAME.match(name):
        return tuple(code for code in CODES if code.name == name)
    return tuple(code for code in CODES if code.number == number)


def code_view(text: str) -> Decoded:
    """A PC/SC code for people and programs; an unknown one is said to be unknown."""
    number = number_of(text)
    found = codes_of(text)
    rows = [
        {"code": f"0x{code.number:08X}", "name": code.name, "meaning": code.meaning}
        | {"where": code.where}
        for code in found
    ]
    lines = [
        f"0x{code.number:08X}  {code.name}  {code.text}  ({_(code.where)})"
        + (f"  {code.number - (1 << 32)}" if code.number else "")
        for code in found
    ]
    if not found:
        shown = text.strip() if number in (None, -1) else f"0x{number:08X}"
        lines = [_("{code}: no PC/SC code of pcsc-lite or Windows").format(code=shown)]
    if number == _BASE + 0x1F:
        lines.append(_("the two share a number in pcsc-lite; Windows has 0x80100022 for one"))
    body: dict[str, Any] = {"codes": rows, "fields": lines}
    return Decoded("pcsc-code", lines, body)
