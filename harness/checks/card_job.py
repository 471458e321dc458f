"""What the card suite is told, and what coverage has to know of the card afterwards."""

from __future__ import annotations

from dataclasses import field

from harness.codec.track2 import Track2
from harness.core.clock import Clock, SystemClock
from harness.core.plain import dataclass
from harness.profiles.card_profile import CardProfile
from harness.records.run import Subject


@dataclass(frozen=True, slots=True)
class CardSuiteOptions:
    """Options of a job, able to cross processes. ``done`` are ids that an earlier try judged;
    ``salt`` goes into the hash that recognises the card; ``config`` names the terminal
    configuration. ``judge_card`` is off when only the transaction is wanted (coverage).
    ``seen_keys`` are prints of ICC keys that earlier cards of the run have; ``stripe`` is track 2
    of the magnetic stripe where the operator read it in, ``embossed`` number and expiry;
    ``profile`` is what the issuer expects of the product; ``transactions`` are the types of
    transaction to try, the first of which the card checks judge; ``ca_keys`` is a file of CA keys
    instead of the shipped ones."""

    clock: Clock = field(default_factory=SystemClock)
    config: str = "attended-eu"
    allow_state_change: bool = False
    own_test_keys: bool = False
    salt: bytes = b""
    done: frozenset[str] = frozenset()
    judge_card: bool = True
    transaction: bool = True
    seen_keys: frozenset[str] = frozenset()
    stripe: Track2 | None = None
    embossed: tuple[str, str] | None = None
    profile: CardProfile | None = None
    transactions: tuple[str, ...] = ("goods",)
    ca_keys: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What coverage has to know of one card: its applications, and how a transaction ended.

    ``state`` is accepted, rejected or not-tried; ``why`` the reason in words. ``features`` are
    what the transactions met (``checks.coverage.features``), ``key_prints`` short hashes of the ICC
    keys; ``transactions`` are (type, state, why) of each type that was tried.
    """

    subject: Subject
    aids: tuple[bytes, ...]
    state: str
    why: str
    features: tuple[str, ...] = ()
    key_prints: frozenset[str] = frozenset()
    transactions: tuple[tuple[str, str, str], ...] = ()
