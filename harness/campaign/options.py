"""What an acceptance run is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from harness.campaign.earlier import NOTHING_EARLIER, Earlier
from harness.campaign.resume import Kept
from harness.campaign.waivers import Waiver
from harness.checks.registry import Tier
from harness.codec.track2 import Track2
from harness.core.clock import Clock, SystemClock
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.link.api import DEFAULT_DEADLINE_S, LinkOptions
from harness.profiles.card_profile import CardProfile
from harness.profiles.drawer import Drawer
from harness.profiles.reader_profile import ReaderProfile
from harness.records.run import EvidenceRow

SUITES = ("reader", "card", "coverage")
DEFAULT_PLAN = "default"

Progress = Callable[[object], None]
"""Gets ``CheckStarted``, ``CheckResult``, ``SubjectSeen`` and ``Notice`` while the run goes on."""


@dataclass(frozen=True, slots=True)
class AcceptanceOptions:
    """``readers`` are selectors (``virtual``, ``vpcd``, or part of a PC/SC reader's name),
    ``images`` restrict virtual cards, ``plan`` names the required card types and ``config`` the
    terminal configuration, ``command`` is the command line for the record. ``tier`` and ``only``
    (ids) choose reader checks; ``reader_faults`` stand between harness and virtual readers.
    ``salt`` (random by default) goes into the hash that recognises a card; ``stripe`` is track 2
    of the card's stripe where it was read in, ``embossed`` number and expiry (YYMM) of its face;
    ``card_profile`` what its issuer expects;
    ``waivers`` are known failures that somebody answers for. ``attended`` says that somebody reads
    the prompts of the tier ``hands`` and moves the card marked ``mark``; ``kept`` is what an
    earlier run judged. ``evidence`` is what the logs of a real terminal show, carried along and
    never judged; ``earlier`` is what earlier runs showed of the coverage, and ``drawer``
    knows the physical cards by their hashes under ``salt``. ``ca_keys`` is a file of CA keys
    instead of the shipped ones, ``reader_profile`` is used in place of the one that would be
    matched."""

    readers: tuple[str, ...] = ("virtual",)
    images: tuple[str, ...] = ()
    suites: tuple[str, ...] = SUITES
    faults: tuple[str, ...] = ()
    allow_state_change: bool = False
    own_test_keys: bool = False
    clock: Clock = field(default_factory=SystemClock)
    strict: bool = False
    config: str = "attended-eu"
    plan: str = DEFAULT_PLAN
    deadline_s: float = DEFAULT_DEADLINE_S
    seed: int = 0
    operator: str = ""
    command: str = ""
    tier: Tier = Tier.FULL
    only: tuple[str, ...] = ()
    reader_faults: tuple[str, ...] = ()
    salt: bytes = b""
    stripe: Track2 | None = None
    embossed: tuple[str, str] | None = None
    card_profile: CardProfile | None = None
    waivers: tuple[Waiver, ...] = ()
    attended: bool = False
    mark: str = ""
    kept: Kept | None = None
    evidence: tuple[EvidenceRow, ...] = ()
    earlier: Earlier = NOTHING_EARLIER
    drawer: Drawer | None = None
    ca_keys: str | None = None
    reader_profile: ReaderProfile | None = None

    def checked(self) -> AcceptanceOptions:
        """Itself. Raises ConfigError for an unknown suite or when nothing is to be run."""
        unknown = [suite for suite in self.suites if suite not in SUITES]
        if unknown:
            raise ConfigError(
                _("unknown suite: {names}").format(names=", ".join(unknown)),
                where="--suite",
                todo=_("choose from: {names}").format(names=", ".join(SUITES)),
            )
        if not self.suites or not self.readers:
            raise ConfigError(_("nothing to run"), todo=_("name a reader and a suite"))
        return self

    def link_options(self, images: tuple[str, ...] | None = None) -> LinkOptions:
        """What the links are told."""
        return LinkOptions(
            images=self.images if images is None else images,
            faults=self.faults,
            deadline_s=self.deadline_s,
            seed=self.seed,
            clock=self.clock,
        )
