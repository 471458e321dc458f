"""What to know of a drawer today: worn, expired, nearly used up; and what a plan still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from harness.core.i18n import _
from harness.core.plain import dataclass
from harness.profiles.card_types import card_types
from harness.profiles.drawer import MOST_ATC, Drawer, DrawerCard
from harness.profiles.plan import Plan

SOON_DAYS = 90
HIGH_ATC = 60_000
_CARD_DECIDES = ("oda", "cvm")


@dataclass(frozen=True, slots=True)
class Remark:
    """``code``: lost, worn, expired, expiring, pin-blocked, pin-low, atc-used-up, atc-high or
    never-read or unknown-type; ``text`` says it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A row of a plan that no card at hand serves; ``text`` says why."""

    row: str
    text: str


def remarks(card: DrawerCard, today: date) -> list[Remark]:
    """What is to be known of ``card``, the gravest first; nothing for a card that is fit."""
    found = []
    if card.state == "lost":
        found.append(Remark("lost", _("lost")))
    if card.state == "worn":
        found.append(Remark("worn", _("worn out")))
    found += _dates(card, today)
    if card.pin_tries == 0:
        found.append(Remark("pin-blocked", _("PIN blocked: no try left")))
    elif card.pin_tries == 1:
        found.append(
            Remark("pin-low", _("one PIN try left: the harness does not use the last one"))
        )
    if card.atc is not None and card.atc >= HIGH_ATC:
        used_up = card.atc >= MOST_ATC
        text = _("transaction counter {atc:,} of {most:,}").format(atc=card.atc, most=MOST_ATC)
        found.append(Remark("atc-used-up" if used_up else "atc-high", text))
    strange = [r for r in sorted(card.serves) if ":" not in r and r not in card_types()]
    if strange:
        text = _("no known card type: {names} (--card-types names a file of your own)")
        found.append(Remark("unknown-type", text.format(names=", ".join(strange))))
    if not card.hash:
        found.append(Remark("never-read", _("never read: it is not recognised in a reader")))
    return found


def _dates(card: DrawerCard, today: date) -> list[Remark]:
    if card.expiry is None:
        return []
    days = (card.expiry - today).days
    if days < 0:
        return [Remark("expired", _("expired on {day}").format(day=card.expiry))]
    if days <= SOON_DAYS:
        text = _("expires on {day}, in {days} days").format(day=card.expiry, days=days)
        return [Remark("expiring", text)]
    return []


def missing(drawer: Drawer, plan: Plan, today: date) -> list[Missing]:
    """Rows of ``plan`` that no card at hand serves today.

    Rows that the card does not decide (transactions, outcomes) are not the drawer's matter, and
    of a card type through contactless nothing is known here: cards are read by contact.
    """
    there = [card for card in drawer.cards if card.at_hand and card.atc != MOST_ATC]
    fit = [card for card in there if not _expired(card, today)]
    wanted = [need.type for need in plan.required if need.interface == "contact"]
    wanted += [row for row in plan.features if row.partition(":")[0] in _CARD_DECIDES]
    found = [_lacking(row, drawer.cards, fit, today) for row in dict.fromkeys(wanted)]
    for kind in plan.refused:
        row = f"refused:{kind}"
        if kind == "expired" and any(_expired(card, today) for card in there):
            continue
        found.append(_lacking(row, drawer.cards, there, today))
    return [one for one in found if one is not None]


def _expired(card: DrawerCard, today: date) -> bool:
    return card.expiry is not None and card.expiry < today


def _lacking(
    row: str, cards: Iterable[DrawerCard], fit: Iterable[DrawerCard], today: date
) -> Missing | None:
    if any(row in card.serves for card in fit):
        return None
    unfit = [card for card in cards if row in card.serves]
    if not unfit:
        return Missing(row, _("no card for it"))
    said = []
    for card in unfit:
        why = "; ".join(remark.text for remark in remarks(card, today))
        said.append(f"{card.label}: {why}")
    return Missing(row, _("no card fit for it ({cards})").format(cards=", ".join(said)))
