"""What a card check is given: the facts, the day, and the two live steps where they were run."""

from __future__ import annotations

from dataclasses import field
from datetime import date

from harness.checks.card.chain import Chain
from harness.checks.card.facts import ApplicationFacts, CardFacts, Datum
from harness.codec.formats import pan_digits
from harness.codec.track2 import Track2
from harness.core.errors import CodecError
from harness.core.plain import dataclass
from harness.crypto.oda import Recovered
from harness.issuer.messages import AuthorisationRequest, AuthorisationResponse


@dataclass(frozen=True, slots=True)
class TransactionFacts:
    """A transaction with the simulated issuer. ``outcome`` is the terminal's own word;
    ``completed`` is true when the terminal approved it, ``error`` names a broken link;
    ``variation`` names the one change under which a wrong cryptogram verifies."""

    outcome: str
    completed: bool
    text: str = ""
    error: str = ""
    generate_ac: tuple[GenerateAc, ...] = ()
    request: AuthorisationRequest | None = None
    response: AuthorisationResponse | None = None
    external_authenticate_sw: int | None = None
    cda: Recovered | None = None
    exchange: int | None = None
    variation: str = ""


@dataclass(frozen=True, slots=True)
class GenerateAc:
    """One GENERATE AC: what was asked for (``AAC``, ``TC``, ``ARQC``) and the answer by tag."""

    requested: str
    sw: int | None
    fields: dict[int, bytes]
    format: int
    index: int
    cda_requested: bool = False


@dataclass(slots=True)
class CardView:
    """One application of a card, with all that a rule may ask for. ``stripe`` is track 2 of the
    magnetic stripe where the operator gave it, ``embossed`` the number and expiry (YYMM, or
    empty) on its face; ``seen_keys`` are prints of the ICC keys that
    earlier cards of the run have."""

    card: CardFacts
    app: ApplicationFacts
    today: date
    chain: Chain | None = None
    transaction: TransactionFacts | None = None
    notes: dict[str, str] = field(default_factory=dict)
    stripe: Track2 | None = None
    embossed: tuple[str, str] | None = None
    seen_keys: frozenset[str] = frozenset()

    def datum(self, tag: int) -> Datum:
        """The first datum with this tag, for a check that names the tag in ``reads``.

        Raises ValueError where it was not read: the register does not run such a check then.
        """
        found = self.app.find(tag)
        if found is None:
            raise ValueError(f"{tag:02X} was not read")
        return found

    @property
    def contactless(self) -> bool:
        """Was this application read through the air?"""
        return self.card.contactless or self.app.contactless

    @property
    def aid(self) -> bytes:
        """DF name of the application, or the AID that was selected where it gave none."""
        return self.app.df_name or self.app.aid

    @property
    def pan(self) -> str:
        """PAN digits from 5A, or an empty string. Never to be put into a message unmasked."""
        value = self.app.get(0x5A)
        if value is None:
            return ""
        try:
            return pan_digits(value)
        except CodecError:
            return ""
