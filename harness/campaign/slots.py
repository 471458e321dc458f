"""The places where cards go in, and what is known of each."""

from __future__ import annotations

from harness.core.clock import Clock, CountingClock, SystemClock
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.api import Reader
from harness.profiles.reader_match import Match, find_profile
from harness.profiles.reader_profile import ReaderProfile, load_profile


@dataclass(frozen=True, slots=True)
class Slot:
    """One place where cards go in: a physical reader, or the virtual ones of a kind.

    ``readers`` hold one card each; ``suite_reader`` is the one for the reader suite.
    """

    label: str
    kind: str
    suite_reader: Reader
    readers: tuple[Reader, ...]
    listed: tuple[str, ...]


def card_clock(clock: Clock, reader: Reader) -> Clock:
    """For a card in this process, silence and delays are counted and not waited for: a run over
    every card with ``--fault mute`` would wait for minutes."""
    if reader.kind == "virtual" and isinstance(clock, SystemClock):
        return CountingClock(clock.date_override)
    return clock


def match_of(reader: Reader, named: ReaderProfile | None) -> Match:
    """The profile that is ``named``, else that of the reader: virtual ones have their own, others
    go by USB id, name and firmware."""
    if named is not None:
        return Match(named, _("the option --profile"))
    if reader.kind in ("virtual", "vpcd"):
        return Match(load_profile(reader.kind), "")
    facts = reader.facts()
    return find_profile(reader.name, facts.get("usb", ""), facts.get("firmware", ""))
