"""Is a card a transcript? Asked by every transaction, so without what reads transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.link.api import Reader, is_virtual

if TYPE_CHECKING:
    from harness.link.replay import ReplayReader

OWN_KEYS = "own_test_keys"
"""Fact of a transcript: the session trusted the harness's own test keys."""


def recording_of(reader: Reader) -> ReplayReader | None:
    """The transcript behind ``reader``, where it is one."""
    inner = getattr(reader, "inner", reader)
    return cast("ReplayReader", inner) if inner.kind == "replay" else None


def trusts_own_keys(reader: Reader) -> bool:
    """Are the harness's own test keys trusted without being asked for? A card of this process is
    made with them, and a recorded session says whether it trusted them."""
    return is_virtual(reader) or reader.facts().get(OWN_KEYS) == "yes"
