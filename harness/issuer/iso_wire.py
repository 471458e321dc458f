"""ISO 8583 messages as bytes: fields, message authentication, framing.

ISO 8583:1987 with text fields in ASCII and binary fields as they are; two bytes of length, high
byte first, stand before every message. Needs pyiso8583, which is imported on first use. A message
is a dictionary of field number to text, ``t`` the message type; binary fields are hex.
"""

from __future__ import annotations

import socket
import time
from functools import cache
from typing import Any

from harness.core.errors import CodecError, ConfigError
from harness.core.i18n import _
from harness.core.spec import Spec
from harness.crypto.host_keys import mac_holds, message_mac

Message = dict[str, str]

WIRE_SPEC = Spec("ISO 8583:1987", "4 (message structure)", verified=False)
MAX_MESSAGE = 4096
MAC_LENGTH = 8

_FIXED, _LL, _LLL = 0, 2, 3
_FIELDS: dict[str, tuple[int, int, bool]] = {
    # field: (length type, greatest length, binary)
    "2": (_LL, 19, False), "3": (_FIXED, 6, False), "4": (_FIXED, 12, False),
    "7": (_FIXED, 10, False), "11": (_FIXED, 6, False), "12": (_FIXED, 6, False),
    "13": (_FIXED, 4, False), "22": (_FIXED, 3, False), "23": (_FIXED, 3, False),
    "25": (_FIXED, 2, False), "37": (_FIXED, 12, False), "38": (_FIXED, 6, False),
    "39": (_FIXED, 2, False), "41": (_FIXED, 8, False), "42": (_FIXED, 15, False),
    "44": (_LL, 25, False), "49": (_FIXED, 3, False), "52": (_FIXED, 8, True),
    "55": (_LLL, 510, True), "60": (_LLL, 120, False), "63": (_LLL, 255, False),
    "64": (_FIXED, 8, True), "70": (_FIXED, 3, False), "74": (_FIXED, 10, False),
    "76": (_FIXED, 10, False), "86": (_FIXED, 16, False), "88": (_FIXED, 16, False),
    "90": (_FIXED, 42, False), "128": (_FIXED, 8, True),
}  # fmt: skip
"""What this project uses of the standard; 55 and 63 are as networks commonly have them."""


@cache
def _library() -> tuple[Any, dict[str, Any]]:
    """pyiso8583 and its description of our fields. Raises ConfigError where it is missing."""
    try:
        import iso8583
    except ImportError as error:
        raise ConfigError(
            _("ISO 8583 needs the package pyiso8583"),
            todo=_("install it: {command}").format(command="pip install 'emv-harness[host]'"),
        ) from error
    spec: dict[str, Any] = {
        "h": _described(0, 0, binary=False),
        "t": _described(0, 4, binary=False),
        "p": _described(0, 8, binary=True),
        "1": _described(0, 8, binary=True),
    }
    for number in range(2, 129):
        kind, size, binary = _FIELDS.get(str(number), (_LLL, 999, False))
        spec[str(number)] = _described(kind, size, binary=binary)
    return iso8583, spec


def _described(kind: int, size: int, *, binary: bool) -> dict[str, object]:
    return {
        "data_enc": "b" if binary else "ascii",
        "len_enc": "ascii",
        "len_type": kind,
        "max_len": size,
        "desc": "",
    }


def pack(message: Message, *, key: bytes | None = None) -> bytes:
    """Bytes of ``message`` with its MAC in field 64, or 128 where a secondary bitmap is needed.

    Raises ConfigError for a message that breaks its own format.
    """
    library, spec = _library()
    place = _mac_field(message)
    body = {**message, place: "00" * MAC_LENGTH}
    try:
        raw = bytes(library.encode(body, spec)[0])
    except library.EncodeError as error:
        raise ConfigError(_("ISO 8583: {why}").format(why=str(error))) from error
    return raw[:-MAC_LENGTH] + message_mac(raw[:-MAC_LENGTH], key)


def unpack(raw: bytes, *, key: bytes | None = None) -> Message:
    """The message in ``raw``, its MAC checked and taken off. Raises CodecError."""
    library, spec = _library()
    try:
        fields: Message = library.decode(raw, spec)[0]
    except (library.DecodeError, ValueError) as error:
        raise CodecError(_("ISO 8583: {why}").format(why=str(error))) from error
    message = {name: value for name, value in fields.items() if name not in ("h", "p", "1")}
    place = _mac_field(message)
    if message.pop(place, None) is None:
        raise CodecError(_("ISO 8583: no message authentication code (field {n})").format(n=place))
    if not mac_holds(raw[:-MAC_LENGTH], raw[-MAC_LENGTH:], key):
        raise CodecError(_("ISO 8583: the message authentication code is wrong"))
    return message


def _mac_field(message: Message) -> str:
    return "128" if any(name.isdigit() and int(name) > 64 for name in message) else "64"


def frame(raw: bytes) -> bytes:
    """Length and message."""
    return len(raw).to_bytes(2, "big") + raw


def receive(connection: socket.socket, deadline: float | None = None) -> bytes | None:
    """One framed message; None where the other side has closed in good order. ``deadline`` (of
    ``time.monotonic``) bounds all of it: whoever sends a byte now and then gains nothing. Raises
    CodecError for half a message, OSError (TimeoutError) as the socket does."""
    head = _exactly(connection, 2, deadline)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if not 1 <= length <= MAX_MESSAGE:
        raise CodecError(_("a frame of {count} bytes").format(count=length))
    body = _exactly(connection, length, deadline)
    if body is None:
        raise CodecError(_("the connection ended in the middle of a message"))
    return body


def _exactly(connection: socket.socket, count: int, deadline: float | None) -> bytes | None:
    data = b""
    while len(data) < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(left)
        more = connection.recv(count - len(data))
        if not more:
            if data:
                raise CodecError(_("the connection ended in the middle of a message"))
            return None
        data += more
    return data
