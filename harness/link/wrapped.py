"""What every wrapper of a link does alike."""

from __future__ import annotations

from harness.link.api import Link, ResetKind


class WrappedLink:
    """A ``Link`` around ``link``, but for ``transmit``: that is what a wrapper is there for.

    A subclass brings it, as a method or, on the hot path, as an attribute that costs no layer.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def atr(self) -> bytes:
        """ATR of the last reset."""
        return self._link.atr

    @property
    def protocol(self) -> str:
        """``T=0``, ``T=1`` or ``raw``."""
        return self._link.protocol

    def reset(self, kind: ResetKind) -> bytes:
        """As the inner link."""
        return self._link.reset(kind)

    def close(self) -> None:
        """As the inner link."""
        self._link.close()
