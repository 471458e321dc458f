"""SCardTransmit with a receive buffer of a chosen size, past the wrapper that hides buffers.

Only for checking that a buffer that is too small is refused and never written beyond; pcsc-lite
on Linux, where a handle of the wrapper is one of the library that both of them load.
"""

from __future__ import annotations

import ctypes
import sys

from harness.core.errors import ConfigError
from harness.core.i18n import _

LIBRARY = "libpcsclite.so.1"
GUARD = b"\xa5" * 4096


class _Pci(ctypes.Structure):
    """SCARD_IO_REQUEST: protocol and its own size, both unsigned long."""

    _fields_ = (("protocol", ctypes.c_ulong), ("size", ctypes.c_ulong))


def _library() -> ctypes.CDLL:
    if not sys.platform.startswith("linux"):
        raise ConfigError(_("buffers of a chosen size are only tried with pcsc-lite on Linux"))
    try:
        return ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise ConfigError(
            _("{name} cannot be loaded: {why}").format(name=LIBRARY, why=error)
        ) from (error)


def transmit_into(card: int, protocol: int, command: bytes, room: int) -> tuple[int, int, bool]:
    """Return code, reported length, and whether the bytes after ``room`` were changed.

    ``card`` is a handle of this process, ``protocol`` SCARD_PROTOCOL_T0 or T1. Raises ConfigError.
    """
    call = _library().SCardTransmit
    call.restype = ctypes.c_long
    buffer = ctypes.create_string_buffer(b"\0" * room + GUARD, room + len(GUARD))
    length = ctypes.c_ulong(room)
    pci = _Pci(protocol, ctypes.sizeof(_Pci))
    code = call(
        ctypes.c_long(card), ctypes.byref(pci), command, ctypes.c_ulong(len(command)), None,
        buffer, ctypes.byref(length),
    )  # fmt: skip
    return code, length.value, buffer.raw[room:] != GUARD
