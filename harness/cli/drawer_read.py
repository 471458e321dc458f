"""Reading a card for the drawer, as the commands that do it have it in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options as shared
from harness.cli.output import note
from harness.cli.settings import current
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.link.api import LinkOptions

if TYPE_CHECKING:
    from harness.campaign.bench_salt import Salt
    from harness.campaign.drawer_read import SeenCard


def read(
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    salt: Salt,
) -> SeenCard:
    """The card in the reader that the options name. Raises ConfigError where they name no card,
    or several; as ``read_card``."""
    from harness.campaign.drawer_read import read_card

    selector = readers[0] if readers else "virtual"
    if shared.is_virtual_selector(selector) and not images and " " not in selector:
        raise ConfigError(
            _("which card?"),
            where="--reader, --card",
            todo=_(
                "--reader NAME for a card in a reader, --card IMAGE for a virtual one "
                "(such as --card visa-credit)"
            ),
        )
    options = LinkOptions(images=images, faults=faults, deadline_s=timeout, clock=current().clock)
    selector, options = shared.selected(readers, options, default="")
    if not shared.is_virtual_selector(selector):
        note(
            _("reading the card: GET PROCESSING OPTIONS may use up one transaction number (ATC +1)")
        )
    return read_card(selector, options, "attended-eu", salt)
