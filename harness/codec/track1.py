"""Track 1 data, tags 56 and 5F21: ISO/IEC 7813, format B."""

from __future__ import annotations

from harness.core.errors import CodecError
from harness.core.plain import dataclass


@dataclass(frozen=True, slots=True)
class Track1:
    """``expiry`` is YYMM, empty where the field is; ``discretionary`` is what stands behind the
    service code."""

    format_code: str
    pan: str
    name: str
    expiry: str
    service_code: str
    discretionary: str


def parse_track1(value: bytes) -> Track1:
    """Read ``value``, ASCII with or without its sentinels ``%`` and ``?``.

    Raises CodecError at the byte that is wrong: no format code, no two separators ``^``, a PAN of
    other than 1 to 19 digits, or an end before the service code.
    """
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError as error:
        raise CodecError("track 1 is not ASCII", offset=error.start, path="56") from error
    lead = 1 if text.startswith("%") else 0
    text = text[lead:].rstrip("?")
    if not text[:1].isalpha():
        raise CodecError("track 1 does not begin with a format code", offset=lead, path="56")
    parts = text[1:].split("^")
    if len(parts) != 3:
        raise CodecError(
            f"track 1 has {len(parts) - 1} separators ^, not 2", offset=lead + 1, path="56"
        )
    pan, name, rest = parts
    if not pan.isdigit() or len(pan) > 19:
        raise CodecError("track 1: no PAN of 1 to 19 digits", offset=lead + 1, path="56")
    if len(rest) < 7 or not rest[:7].isdigit():
        raise CodecError(
            "track 1: no expiry and service code of seven digits",
            offset=lead + 3 + len(pan) + len(name),
            path="56",
        )
    return Track1(text[0], pan, name.strip(), rest[:4], rest[4:7], rest[7:])
