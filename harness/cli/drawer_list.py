"""``emv-harness drawer list``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.drawer_file import card_json, opened, option
from harness.cli.group import Command
from harness.cli.options import card_types_option, take_card_types
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode

if TYPE_CHECKING:
    from harness.campaign.drawer_state import Missing, Remark
    from harness.profiles.drawer import Drawer, DrawerCard


@click.command("list", cls=Command, example="emv-harness drawer list --plan retail-eu")
@option
@click.option(
    "--plan", metavar="NAME", help=N_("Say what the drawer lacks for this plan: a name, or a file.")
)
@card_types_option
@common_options
def command(drawer: str | None, plan: str | None, type_files: tuple[Path, ...]) -> int:
    """List the cards: type, expiry, PIN tries, transaction counter, and what to know of each.

    With --plan also what is missing for it; the exit code is then 1 when anything is. --clock
    sets the day that expiry is judged by.
    """
    from harness.campaign.drawer_state import missing, remarks
    from harness.profiles.plan import load_plan

    take_card_types(type_files)
    found = opened(drawer)
    today = current().clock.today()
    known = [(card, remarks(card, today)) for card in found.cards]
    lacking = missing(found, load_plan(plan), today) if plan else []
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "drawer",
                "file": str(found.path),
                "salt": found.salt,
                "day": today.isoformat(),
                "cards": [card_json(card, said) for card, said in known],
                "plan": plan or "",
                "missing": [{"row": one.row, "text": one.text} for one in lacking],
            }
        )
    else:
        print_lines(_lines(found, known, plan, lacking))
    return ExitCode.FAILED if lacking else ExitCode.OK


def _lines(
    drawer: Drawer,
    known: list[tuple[DrawerCard, list[Remark]]],
    plan: str | None,
    lacking: list[Missing],
) -> list[str]:
    lines = [_("no cards in {path}").format(path=drawer.path)]
    if known:
        headings = [_("label"), _("type"), _("expiry"), _("PIN"), "ATC", _("seen"), _("remarks")]
        lines = table([_row(card, said) for card, said in known], headings)
    if plan is None:
        return lines
    lines.append("")
    if not lacking:
        lines.append(_("nothing is missing for plan {plan}").format(plan=plan))
        return lines
    lines.append(_("missing for plan {plan}:").format(plan=plan))
    return lines + [f"  {one.row}  {one.text}" for one in lacking]


def _row(card: DrawerCard, said: list[Remark]) -> list[str]:
    return [
        card.label,
        card.type or "-",
        str(card.expiry or "-"),
        "-" if card.pin_tries is None else str(card.pin_tries),
        "-" if card.atc is None else str(card.atc),
        str(card.seen or "-"),
        "; ".join(one.text for one in said) or _("good"),
    ]
