"""The clauses that the card checks cite. None was read here in the book itself: the numbers come
from public implementations of EMV 4.4, so each prints as not verified."""

from __future__ import annotations

from harness.core.spec import Spec

_B1, _B2, _B3 = "EMV 4.4 Book 1", "EMV 4.4 Book 2", "EMV 4.4 Book 3"


def book1(clause: str) -> Spec:
    """EMV 4.4 Book 1, application independent ICC to terminal interface."""
    return Spec(_B1, clause)


def book2(clause: str) -> Spec:
    """EMV 4.4 Book 2, security and key management."""
    return Spec(_B2, clause)


def book3(clause: str) -> Spec:
    """EMV 4.4 Book 3, application specification."""
    return Spec(_B3, clause)


ISO_7812_LUHN = Spec("ISO/IEC 7812-1", "annex B, check digit")
ISO_7813_TRACK = Spec("ISO/IEC 7813", "track 2")
