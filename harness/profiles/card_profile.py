"""Card profiles: what an issuer expects of a product, tag by tag. Issuers write their own files."""

from __future__ import annotations

from pathlib import Path

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.fields import REQUIRED, Fields
from harness.profiles.files import SCHEMA, read_toml


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one datum has to be. ``values`` are allowed ones (hex; a ``x`` stands for any digit),
    ``low`` and ``high`` bound it (hex digits of the same form, so that BCD and binary both order
    as they should), ``absent`` wants it not to be there; without any of these it has to be there.
    ``warn``: a difference is WARN instead of FAIL; ``note`` is given as advice."""

    tag: int
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    absent: bool = False
    warn: bool = False
    note: str = ""

    @property
    def name(self) -> str:
        """The tag in upper-case hex."""
        return f"{self.tag:02X}"


@dataclass(frozen=True, slots=True)
class CardProfile:
    """A product's expectations, for applications whose AID begins with ``aid``."""

    id: str
    name: str
    aid: bytes
    expectations: tuple[Expectation, ...]


def load_card_profile(path: Path) -> CardProfile:
    """The profile in ``path``. Raises ConfigError, ConfigErrors (every mistake with its key)."""
    top = Fields(read_toml(path))
    top.number("schema", REQUIRED, low=SCHEMA, high=SCHEMA)
    profile = CardProfile(
        id=top.text("id", REQUIRED, pattern="[a-z0-9-]+", shape=_("an id such as my-debit")),
        name=top.text("name", REQUIRED),
        aid=top.octets("aid", REQUIRED, sizes=range(5, 17)),
        expectations=tuple(_expectation(item) for item in top.tables("expect", REQUIRED)),
    )
    tags = [one.tag for one in profile.expectations]
    if len(set(tags)) != len(tags):
        top.problem("expect", _("the same tag is expected twice"))
    top.finish(_("the card profile has mistakes"), str(path))
    return profile


_TAG = "([0-9A-Fa-f]{2}){1,3}"


def _expectation(item: Fields) -> Expectation:
    hexes = "[0-9A-Fa-f]+"
    made = Expectation(
        tag=int(item.text("tag", REQUIRED, pattern=_TAG, shape="9F07") or "0", 16),
        values=tuple(value.replace(" ", "").upper() for value in item.texts("values")),
        low=item.text("low", "", pattern=f"({hexes})?", shape=_("hex digits")).upper(),
        high=item.text("high", "", pattern=f"({hexes})?", shape=_("hex digits")).upper(),
        absent=item.flag("absent"),
        warn=item.flag("warn"),
        note=item.text("note"),
    )
    if any(set(value) - set("0123456789ABCDEFX") for value in made.values):
        item.problem("values", _("hex digits, and x for any digit"))
    if made.absent and (made.values or made.low or made.high):
        item.problem("absent", _("a datum that must not be there has no value"))
    item.done()
    return made
