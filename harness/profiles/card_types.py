"""Card types: scheme, product, AID and interfaces (``harness/data/card_types.toml``).

Several types may share an AID (Visa credit and debit do): the AID alone then does not tell them
apart, and ``types_by_aid`` returns all of them. A file of one's own (``add_card_types``) adds
types to the shipped ones for the rest of the process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from harness.core import paths
from harness.core.errors import ConfigErrors
from harness.core.i18n import _
from harness.core.plain import dataclass
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


_own: dict[str, CardType] = {}


def card_types() -> dict[str, CardType]:
    """Every card type by id: the shipped ones in the order of their file, then one's own. Raises
    ConfigErrors."""
    return {**_shipped(), **_own} if _own else _shipped()


def add_card_types(path: Path) -> list[CardType]:
    """Take the types of this file beside the shipped ones. Raises ConfigError, and ConfigErrors
    also for an id that is taken already."""
    made = read_card_types(path)
    taken = [name for name in made if name in _shipped() or name in _own]
    if taken:
        problems = [("type", _("{id} is the name of another type").format(id=n)) for n in taken]
        raise ConfigErrors(
            _("the list of card types has mistakes"),
            problems,
            where=str(path),
            todo=_("give your types names of their own"),
        )
    _own.update(made)
    return list(made.values())


def forget_card_types() -> None:
    """Only the shipped types again."""
    _own.clear()


@cache
def _shipped() -> dict[str, CardType]:
    return read_card_types(paths.data("card_types.toml"))


def read_card_types(path: Path) -> dict[str, CardType]:
    """The types of one file. Raises ConfigErrors."""
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
