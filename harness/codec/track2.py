"""Track 2 equivalent data, tag 57: EMV 4.4 Book 3, Annex A; ISO/IEC 7813."""

from __future__ import annotations

from harness.core.errors import CodecError
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Track2:
    """``expiry`` is YYMM; ``discretionary`` are the digits after the service code."""

    pan: str
    expiry: str
    service_code: str
    discretionary: str

    def to_bytes(self) -> bytes:
        """Packed digits with separator D, padded with F to whole bytes."""
        text = f"{self.pan}D{self.expiry}{self.service_code}{self.discretionary}"
        return bytes.fromhex(text + "F" * (len(text) % 2))


def parse_track2(value: bytes) -> Track2:
    """Read ``value``, 7 to 19 bytes of nibbles. Raises CodecError at the byte that is wrong."""
    text = value.hex().upper()
    pan, separator, rest = text.partition("D")
    if not separator:
        raise CodecError("track 2 without the separator D", path="57")
    if not pan.isdigit() or len(pan) > 19:
        raise CodecError("track 2: no PAN of at most 19 digits before D", path="57")
    if rest.endswith("F"):
        rest = rest[:-1]
    bad = next((index for index, char in enumerate(rest) if not char.isdigit()), None)
    if bad is not None:
        raise CodecError(
            f"track 2: nibble {rest[bad]} where a digit is due",
            offset=(len(pan) + 1 + bad) // 2,
            path="57",
        )
    if len(rest) < 7:
        raise CodecError(
            "track 2 ends before expiry and service code", offset=len(value), path="57"
        )
    return Track2(pan, rest[:4], rest[4:7], rest[7:])
