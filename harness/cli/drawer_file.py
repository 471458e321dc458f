"""Which file is the drawer, and how a card of it is shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import optional_file
from harness.cli.output import SCHEMA, print_json, print_lines
from harness.cli.settings import current
from harness.core.i18n import N_, _
from harness.core.paths import state_home

if TYPE_CHECKING:
    from harness.campaign.drawer_state import Remark
    from harness.profiles.drawer import Drawer, DrawerCard

VARIABLE = "EMV_DRAWER"

in_a_run = click.option(
    "--drawer",
    metavar="FILE",
    envvar=VARIABLE,
    help=N_(
        "Call cards by their labels in this drawer, and note there what they said: a file, "
        "`default`, or `off`. Else EMV_DRAWER says; without either none is used."
    ),
)
option = click.option(
    "--drawer",
    metavar="FILE",
    envvar=VARIABLE,
    help=N_("The file with the cards. Else EMV_DRAWER says, or it is the default one."),
)


def path_in_a_run(value: str | None) -> Path | None:
    """The drawer of a run; None when it has none."""
    return optional_file(value, default_path)


def path_of(value: str | None) -> Path:
    """The drawer that a ``drawer`` command works on."""
    return path_in_a_run(value) or default_path()


def default_path() -> Path:
    """The drawer of this user."""
    return state_home() / "cards.toml"


def opened(value: str | None) -> Drawer:
    """The drawer, for looking at: its salt is not needed. Raises ConfigError."""
    from harness.campaign.drawer import existing

    return existing(path_of(value))


def card_json(card: DrawerCard, remarks: list[Remark]) -> dict[str, object]:
    """A card as JSON has it; null is not known."""
    return {
        "label": card.label,
        "type": card.type,
        "hash": card.hash,
        "rows": list(card.rows),
        "expiry": _day(card.expiry),
        "pin_tries": card.pin_tries,
        "atc": card.atc,
        "last_online_atc": card.last_online_atc,
        "seen": _day(card.seen),
        "state": card.state,
        "note": card.note,
        "remarks": [{"code": one.code, "text": one.text} for one in remarks],
    }


def show_card(path: Path, card: DrawerCard) -> None:
    """What the commands about one card print (``harness/data/schemas/drawer-card.json``)."""
    from harness.campaign.drawer_state import remarks

    said = remarks(card, current().clock.today())
    if not current().json:
        print_lines(_card_lines(card, said))
        return
    print_json(
        {
            "schema": SCHEMA,
            "kind": "drawer-card",
            "file": str(path),
            "card": card_json(card, said),
        }
    )


def _card_lines(card: DrawerCard, remarks: list[Remark]) -> list[str]:
    """A card for people, key by key."""
    rows = [
        (_("label"), card.label),
        (_("type"), card.type or _("not known")),
        (_("for"), ", ".join(card.rows) or "-"),
        (_("state"), _(card.state)),
        (_("expiry"), _day(card.expiry) or _("not known")),
        (_("PIN tries left"), _number(card.pin_tries)),
        ("ATC", _number(card.atc)),
        (_("last online ATC"), _number(card.last_online_atc)),
        (_("last seen"), _day(card.seen) or _("never")),
        (_("hash"), card.hash or "-"),
    ]
    if card.note:
        rows.append((_("note"), card.note))
    from harness.report.layout import cell_width, pad

    wide = max(cell_width(name) for name, _value in rows)
    lines = [f"{pad(name, wide)}  {value}" for name, value in rows]
    return lines + [f"{pad(_('remark'), wide)}  {one.text}" for one in remarks]


STATES = (N_("good"), N_("worn"), N_("lost"))
"""Marked here, so that the catalogue knows them."""


def _number(value: int | None) -> str:
    return _("not known") if value is None else str(value)


def _day(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None
