"""``emv-harness drawer add``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from harness.cli import options as shared
from harness.cli.drawer_file import option, path_of, show_card
from harness.cli.group import Command
from harness.cli.options import card_types_option, take_card_types
from harness.cli.output import note
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _


@click.command("add", cls=Command, example='emv-harness drawer add "blue visa" --card visa-credit')
@click.argument("label", metavar="LABEL")
@option
@click.option(
    "--type", "card_type", metavar="TYPE", help=N_("Its card type, where the AID leaves it open.")
)
@click.option(
    "--for",
    "rows",
    metavar="ROW",
    multiple=True,
    help=N_("A row of a plan that it is for, beside those that it names itself. Repeatable."),
)
@click.option("--note", "remark", metavar="TEXT", default="", help=N_("Anything to remember."))
@shared.reader_options
@card_types_option
@common_options
def command(
    *,
    label: str,
    drawer: str | None,
    card_type: str | None,
    rows: tuple[str, ...],
    remark: str,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    type_files: tuple[Path, ...],
) -> None:
    """Read the card in the reader and put it into the drawer as LABEL.

    Its hash, type, expiry, PIN tries left (9F17) and counters (9F36, 9F13); nothing on it is
    changed, but for the transaction number that GET PROCESSING OPTIONS may use up.
    """
    from harness.campaign.bench_salt import bench_salt
    from harness.campaign.drawer import add_card, ready_to_add
    from harness.cli.drawer_read import read
    from harness.profiles.drawer import DrawerCard

    take_card_types(type_files)
    path, salt = path_of(drawer), bench_salt()
    ready_to_add(path, label, card_type, rows, salt)
    seen = read(readers, images, faults, timeout, salt)
    subject = seen.subject
    today = current().clock.today()
    card = DrawerCard(
        label=label.strip(),
        type=card_type or _only(seen.types),
        hash=subject.card_hash,
        rows=tuple(dict.fromkeys((*seen.rows, *rows))),
        expiry=date.fromisoformat(subject.expiry) if subject.expiry else None,
        pin_tries=subject.pin_tries,
        atc=subject.atc,
        last_online_atc=subject.last_online_atc,
        seen=today,
        note=remark,
    )
    add_card(path, card, salt)
    show_card(path, card)
    note(_("kept in {path}").format(path=path))


def _only(types: tuple[str, ...]) -> str:
    """The one card type that it can be; empty where it is of none that is known."""
    if len(types) > 1:
        raise ConfigError(
            _("the card may be of several types: {types}").format(types=", ".join(types)),
            where="--type",
            todo=_("say which: --type {type}").format(type=types[0]),
        )
    return types[0] if types else ""
