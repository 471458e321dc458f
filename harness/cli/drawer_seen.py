"""``emv-harness drawer seen``."""

from __future__ import annotations

import click

from harness.cli import options as shared
from harness.cli.drawer_file import option, path_of, show_card
from harness.cli.group import Command
from harness.cli.output import note
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import _


@click.command("seen", cls=Command, example="emv-harness drawer seen --card visa-credit")
@option
@shared.reader_options
@common_options
def command(
    *,
    drawer: str | None,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
) -> None:
    """Say which card of the drawer is in the reader, and note what it says now.

    Nothing on the card is changed, but for the transaction number that GET PROCESSING OPTIONS may
    use up. A run with --drawer notes the same.
    """
    from harness.campaign.bench_salt import bench_salt
    from harness.campaign.drawer import card_called, known, note_seen, open_drawer
    from harness.cli.drawer_read import read

    path, salt = path_of(drawer), bench_salt()
    found = open_drawer(path, salt)
    subject = known(found, read(readers, images, faults, timeout, salt).subject)
    if not subject.known_as:
        raise ConfigError(
            _("this card is not in the drawer: {what}").format(what=subject.label),
            where=subject.reader,
            todo=_("put it in: emv-harness drawer add LABEL, with the same options"),
        )
    written = note_seen(path, subject, current().clock.today())
    show_card(path, card_called(open_drawer(path, salt), subject.known_as))
    note(_("noted: {keys}").format(keys=", ".join(written)) if written else _("nothing changed"))
