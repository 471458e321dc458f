"""EMV chip-card reader test harness.

>>> import harness
>>> harness.decode("9F3602002A").nodes[0]["fields"]
['42']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.codec.decode import decode
    from harness.codec.decoded import Context, Decoded

__version__ = "0.1.0"

__all__ = ["Context", "Decoded", "__version__", "decode"]


def __getattr__(name: str) -> object:
    """``harness.decode``, ``Context`` and ``Decoded`` without paying for them at start-up."""
    if name == "decode":
        from harness.codec.decode import decode

        return decode
    if name in ("Context", "Decoded"):
        from harness.codec import decoded

        return getattr(decoded, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
