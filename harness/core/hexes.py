"""Hex text at the edges: reading what people paste, writing it as the field groups it."""

from __future__ import annotations

import re

from harness.core.errors import ConfigError

_NOISE = re.compile(r"0[xX]|[\s:,;_\-]")
_BAD = re.compile(r"[^0-9A-Fa-f]")


def parse_hex(text: str, *, where: str = "") -> bytes:
    """Bytes of ``text``; spaces, line ends, colons, dashes and ``0x`` are ignored.

    Raises ConfigError that names the first character that is not hex, or the odd digit.
    """
    digits = _NOISE.sub("", text)
    bad = _BAD.search(digits)
    if bad is not None:
        raise ConfigError(
            f"not hex: character {bad.group()!r} after {bad.start()} hex digits",
            where=where,
            todo="give pairs of the digits 0-9 and A-F; spaces, colons and 0x are ignored",
        )
    if len(digits) % 2:
        raise ConfigError(
            f"not hex: {len(digits)} digits, an odd number; the last is {digits[-1]!r}",
            where=where,
            todo="a byte is two digits: look for one that was lost when the text was copied",
        )
    return bytes.fromhex(digits)


def to_hex(data: bytes, sep: str = "") -> str:
    """Upper-case hex of ``data``, bytes joined by ``sep``."""
    return data.hex(sep).upper() if sep else data.hex().upper()
