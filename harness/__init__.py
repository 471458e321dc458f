"""EMV chip-card reader test harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.codec.decode import decode

__version__ = "0.1.0"

__all__ = ["__version__", "decode"]


def __getattr__(name: str) -> object:
    """``harness.decode`` without paying for it at start-up."""
    if name == "decode":
        from harness.codec.decode import decode

        return decode
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
