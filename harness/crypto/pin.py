"""PIN blocks that a terminal makes for a card."""

from __future__ import annotations

from harness.core.errors import ConfigError
from harness.core.spec import Spec

PIN_BLOCK_SPEC = Spec("ISO 9564-1", "format 2", verified=False)


def format2(pin: str) -> bytes:
    """Plaintext offline PIN block of VERIFY: ``2L`` with the number of digits L, the digits, and
    F up to eight bytes. ``pin`` has 4 to 12 digits. Raises ConfigError, which never shows them."""
    if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise ConfigError(
            f"not a PIN: {len(pin)} characters, or something that is no digit",
            todo="a PIN has 4 to 12 digits",
        )
    return bytes.fromhex(f"2{len(pin):X}{pin}".ljust(16, "F"))


def pin_of(block: bytes) -> str | None:
    """The digits in a format 2 block, or None where it is not one (the card's side of VERIFY)."""
    text = block.hex().upper()
    if len(block) != 8 or text[0] != "2":
        return None
    length = int(text[1], 16)
    digits, filler = text[2 : 2 + length], text[2 + length :]
    if not 4 <= length <= 12 or not digits.isdigit() or filler.strip("F"):
        return None
    return digits
