"""``emv-harness card list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import _

if TYPE_CHECKING:
    from harness.profiles.image import CardImage


@click.command("list", cls=Command, example="emv-harness card list")
@common_options
def command() -> None:
    """List the virtual cards: synthetic cards under a scheme's AID, with test keys."""
    from harness.profiles.image import list_images

    images = list_images()
    if current().json:
        print_json([image_json(image) for image in images])
        return
    rows = [
        [
            image.id,
            image.name,
            image.scheme,
            image.type,
            image.basis + (", " + _("legacy") if image.legacy else ""),
            ", ".join(image.interfaces),
            ", ".join(method.upper() for method in image.authentication) or "-",
            ", ".join(image.cvn) or "-",
        ]
        for image in images
    ]
    headings = [_("id"), _("name"), _("scheme"), _("type"), _("basis"), _("interfaces")]
    print_lines(table(rows, [*headings, _("authentication"), "CVN"]))


def image_json(image: CardImage) -> dict[str, object]:
    """The object that stands for ``image`` in ``card list --json``."""
    return {
        "schema": SCHEMA,
        "id": image.id,
        "name": image.name,
        "scheme": image.scheme,
        "type": image.type,
        "basis": image.basis,
        "legacy": image.legacy,
        "expect": image.expect,
        "interfaces": list(image.interfaces),
        "authentication": list(image.authentication),
        "cvn": list(image.cvn),
    }
