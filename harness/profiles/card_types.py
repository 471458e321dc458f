"""Card types: scheme, product, AID and interfaces (``harness/data/card_types.toml``).

Several types may share an AID (Visa credit and debit do): the AID alone then does not tell them
apart, and ``types_by_aid`` returns all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from harness.core import paths
from harness.core.i18n import _
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, read_toml


@dataclass(frozen=True, slots=True)
class CardType:
    """``source`` names where the AID was seen; ``verified`` is false where that is one web page."""

    id: str
    scheme: str
    product: str
    name: str
    aid: bytes
    interfaces: tuple[str, ...]
    source: str
    verified: bool


@cache
def card_types() -> dict[str, CardType]:
    """Every card type by id, in the order of the file. Raises ConfigErrors."""
    path = paths.data("card_types.toml")
    top = Fields(read_toml(path))
    top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA)
    found: dict[str, CardType] = {}
    for item in top.tables("type", REQUIRED):
        made = CardType(
            id=item.text("id", REQUIRED, pattern="[a-z0-9-]+", shape=_("an id")),
            scheme=item.text("scheme", REQUIRED),
            product=item.text("product", REQUIRED),
            name=item.text("name", REQUIRED),
            aid=item.octets("aid", REQUIRED, sizes=range(5, 17)),
            interfaces=item.texts("interfaces", REQUIRED, choices=("contact", "contactless")),
            source=item.text("source", REQUIRED),
            verified=item.flag("verified", default=True),
        )
        item.done()
        if made.id in found:
            item.problem("id", _("{id} is given twice").format(id=made.id))
        found[made.id] = made
    top.finish(_("the list of card types has mistakes"), str(path))
    return found


def types_by_aid(aid: bytes) -> tuple[CardType, ...]:
    """Card types whose AID is this one, or the longest that this one starts with."""
    fitting = [known for known in card_types().values() if aid.startswith(known.aid)]
    longest = max((len(known.aid) for known in fitting), default=0)
    return tuple(known for known in fitting if len(known.aid) == longest)
