"""Tracks of a magnetic stripe as a swipe reader types them."""

from __future__ import annotations

import re

from harness.codec.decoded import Context, Decoded, prefixed
from harness.core.i18n import _

_TRACK1 = re.compile(r"%?([A-Z]\d{8,19}\^[^^]{2,26}\^[^?]*)\??.?\Z")
_TRACK2 = re.compile(r";?(\d{8,19})[=D](\d{4,}[^?]*)\??.?\Z")


def track1_bytes(text: str) -> bytes | None:
    """Track 1 as tag 56 holds it, without sentinels and check character; None for other text."""
    found = _TRACK1.match(text)
    return found.group(1).encode("ascii", "replace") if found is not None else None


def track2_bytes(text: str) -> bytes | None:
    """Track 2 as tag 57 holds it, two digits a byte; None for other text."""
    found = _TRACK2.match(text)
    if found is None or not found.group(2).isdigit():
        return None
    packed = f"{found.group(1)}D{found.group(2)}"
    return bytes.fromhex(packed + "F" * (len(packed) % 2))


def stripe_view(text: str, context: Context, mask: bool) -> Decoded | None:
    """One track, or tracks 1 and 2 one behind the other; None for other text."""
    from harness.codec.kinds import field_view

    both = text.find("?;")
    if text.startswith("%") and both > 0 and "\n" not in text:
        return _both(text[: both + 1], text[both + 1 :], context, mask)
    for tag, value in ((0x56, track1_bytes(text)), (0x57, track2_bytes(text))):
        if value is not None:
            return field_view(tag, value, context, mask)
    return None


def _both(first: str, second: str, context: Context, mask: bool) -> Decoded | None:
    """Put together as data objects."""
    from harness.codec.kinds import tlv_view
    from harness.codec.tlv import encode

    one, two = track1_bytes(first), track2_bytes(second)
    if one is None or two is None:
        return None
    whole = encode(0x56, one) + encode(0x57, two)
    return prefixed(tlv_view(whole, context, mask), _("track 1 and track 2 of a magnetic stripe"))
