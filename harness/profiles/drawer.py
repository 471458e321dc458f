"""The drawer: which physical test cards there are, what each is for, and its state when last seen.

A card is recognised by a salted hash; neither PAN nor salt is in the file, only the salt's id.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import card_types
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, read_toml
from harness.profiles.plan import FEATURES, REFUSED

STATES = ("good", "worn", "lost")
NOT_KNOWN = -1
SLUG = "[a-z0-9-]+"
MOST_TRIES, MOST_ATC = 15, 0xFFFF


def rows() -> list[str]:
    """What a card may be for: card types, features that a card decides, cards to be refused."""
    features = [f"{group}:{name}" for group in ("oda", "cvm") for name in FEATURES[group]]
    return [*sorted(card_types()), *features, *(f"refused:{name}" for name in REFUSED)]


@dataclass(frozen=True, slots=True)
class DrawerCard:
    """One card. ``hash`` is empty until it was read; ``rows`` are what it is for in a plan, its
    ``type`` among them unless it is empty. None: not known."""

    label: str
    type: str = ""
    hash: str = ""
    rows: tuple[str, ...] = ()
    expiry: date | None = None
    pin_tries: int | None = None
    atc: int | None = None
    last_online_atc: int | None = None
    seen: date | None = None
    state: str = "good"
    note: str = ""

    @property
    def serves(self) -> frozenset[str]:
        """Card type and rows."""
        return frozenset((*self.rows, *([self.type] if self.type else [])))

    @property
    def at_hand(self) -> bool:
        """Neither lost nor worn out."""
        return self.state == "good"


@dataclass(frozen=True, slots=True)
class Drawer:
    """The file; ``salt`` is the id of the salt that its hashes were made with."""

    schema: int
    salt: str
    cards: tuple[DrawerCard, ...]
    path: Path | None = None

    def labelled(self, label: str) -> DrawerCard | None:
        """The card with this label."""
        return next((card for card in self.cards if card.label == label), None)

    def recognised(self, card_hash: str) -> DrawerCard | None:
        """The card with this hash."""
        return next((c for c in self.cards if c.hash and c.hash == card_hash), None)


def load_drawer(path: Path) -> Drawer:
    """The drawer in ``path``. Raises ConfigError, ConfigErrors (every mistake with its key)."""
    return parse(read_toml(path), path)


def parse(table: dict[str, object], path: Path) -> Drawer:
    """A Drawer from the dictionary of its file. Raises ConfigErrors."""
    top = Fields(table)
    number = top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA)
    salt = top.text("salt", "", pattern="[0-9a-f]{8}", shape=_("the id of a salt, 8 hex digits"))
    items = top.tables("card")
    drawer = Drawer(number, salt, tuple(_card(item) for item in items), path)
    labels, hashes = set[str](), set[str]()
    for item, card in zip(items, drawer.cards, strict=True):
        if card.label and card.label in labels:
            item.problem("label", _("{label!r} is there twice").format(label=card.label))
        if card.hash and card.hash in hashes:
            item.problem("hash", _("the same card is there twice"))
        labels.add(card.label)
        hashes.add(card.hash)
    if hashes - {""} and not salt and "salt" not in table:
        top.problem("salt", _("is missing: cards with a hash need it"))
    top.finish(_("the drawer has mistakes"), str(path))
    return drawer


def _card(item: Fields) -> DrawerCard:
    made = DrawerCard(
        label=item.text("label", REQUIRED, pattern=r"\S(.*\S)?", shape=_("a label")),
        type=item.text("type", "", pattern=SLUG, shape=_("an id of a card type")),
        hash=item.text("hash", "", pattern="[0-9a-f]{16}", shape=_("a hash, 16 hex digits")),
        rows=_rows(item),
        expiry=item.day("expiry"),
        pin_tries=_known(item.number("pin_tries", NOT_KNOWN, low=0, high=MOST_TRIES)),
        atc=_known(item.number("atc", NOT_KNOWN, low=0, high=MOST_ATC)),
        last_online_atc=_known(item.number("last_online_atc", NOT_KNOWN, low=0, high=MOST_ATC)),
        seen=item.day("seen"),
        state=item.text("state", "good", choices=STATES),
        note=item.text("note"),
    )
    item.done()
    return made


def _rows(item: Fields) -> tuple[str, ...]:
    """Card types may be of the user's own; of the other rows all are known."""
    found = item.texts("rows", ())
    known = rows()
    for row in found:
        if row not in known and not re.fullmatch(SLUG, row):
            text = _("{value!r} is not one of: {all}")
            item.problem("rows", text.format(value=row, all=", ".join(known)))
    return found


def _known(number: int) -> int | None:
    return None if number == NOT_KNOWN else number
