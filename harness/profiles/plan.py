"""Coverage plans (``harness/data/plans/*.toml``): which card types a set-up has to accept."""

from __future__ import annotations

from pathlib import Path

from harness.core import paths
from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import card_types
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, find, ids, read_toml

DEFAULT = "default"
KEYS = {
    "oda": "authentication",
    "cvm": "cardholder_verification",
    "type": "transactions",
    "outcome": "outcomes",
}
TRANSACTIONS = ("goods", "cash", "cashback", "refund")
CONTACTLESS = "@contactless"
"""Behind the name of a transaction type: over the contactless interface (without: the contacts)."""

"""Key of a plan by the group of features that it requires."""

FEATURES: dict[str, tuple[str, ...]] = {
    "oda": ("none", "SDA", "DDA", "CDA"),
    "cvm": (
        "no-cvm",
        "signature",
        "online-pin",
        "plaintext-pin",
        "plaintext-pin-and-signature",
        "enciphered-pin",
        "enciphered-pin-and-signature",
    ),
    "type": TRANSACTIONS,
    "outcome": ("approved-offline", "approved-online", "declined-offline", "declined-online"),
}
REFUSED = ("blocked", "expired", "unsupported")
"""Cards that a set-up has to refuse."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A card type (id of ``card_types.toml``) through one interface; ``transactions`` are the types
    of transaction that have to complete, empty where the first that is tried is enough."""

    type: str
    interface: str
    transactions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is required, in the order of the file. ``features`` are EMV features that the cards of
    a run have to meet (``oda:CDA``), ``refused`` the kinds of cards that have to be refused."""

    schema: int
    id: str
    name: str
    note: str
    required: tuple[Requirement, ...]
    features: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    path: Path | None = None

    def requires(self, card_type: str, interface: str) -> bool:
        """Is this card type required through this interface?"""
        return any((one.type, one.interface) == (card_type, interface) for one in self.required)

    @property
    def transactions(self) -> tuple[str, ...]:
        """Types of transaction to try over the contacts, in the order of ``TRANSACTIONS``; goods
        where the plan says nothing."""
        asked = {name for name in TRANSACTIONS if f"type:{name}" in self.features}
        for one in self.required:
            if one.interface == "contact":
                asked |= set(one.transactions)
        return tuple(name for name in TRANSACTIONS if name in asked) or TRANSACTIONS[:1]


def plans_folder() -> Path:
    """Where the shipped plans are."""
    return paths.data("plans")


def plan_ids() -> list[str]:
    """Ids of the shipped plans."""
    return ids(plans_folder())


def load_plan(name: str | Path = DEFAULT) -> Plan:
    """The plan with this id, or in this file. Raises ConfigError, ConfigErrors."""
    path = find(_("plan"), name, plans_folder())
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> Plan:
    """A Plan from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    plan = Plan(
        schema=top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA),
        id=top.text("id", REQUIRED, pattern="[a-z0-9-]+", shape=_("an id such as retail-eu")),
        name=top.text("name", REQUIRED),
        note=top.text("note"),
        required=tuple(_requirement(item) for item in top.tables("required", REQUIRED)),
        features=tuple(
            f"{group}:{name}"
            for group, names in FEATURES.items()
            for name in top.texts(KEYS[group], (), choices=names)
        )
        + tuple(
            f"type:{name}{CONTACTLESS}"
            for name in top.texts("contactless_transactions", (), choices=TRANSACTIONS)
        ),
        refused=top.texts("refused", (), choices=REFUSED),
        path=path,
    )
    named = [(one.type, one.interface) for one in plan.required]
    if len(set(named)) != len(named):
        top.problem("required", _("the same card type is required twice"))
    top.finish(_("the plan has mistakes"), str(path))
    return plan


def _requirement(item: Fields) -> Requirement:
    made = Requirement(
        type=item.text("type", REQUIRED, choices=sorted(card_types())),
        interface=item.text("interface", "contact", choices=("contact", "contactless")),
        transactions=item.texts("transactions", (), choices=TRANSACTIONS),
    )
    item.done()
    return made
