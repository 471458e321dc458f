"""``emv-harness card types``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.options import card_types_option, take_card_types
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _

if TYPE_CHECKING:
    from harness.profiles.card_types import CardType


@click.command("types", cls=Command, example="emv-harness card types")
@card_types_option
@click.option(
    "--for", "aid", metavar="AID", help=N_("Print the entry of a file of your own for this AID.")
)
@common_options
def command(type_files: tuple[Path, ...], aid: str | None) -> int:
    """List the card types that a plan may name, or print an entry for one that is missing."""
    from harness.profiles.card_types import card_types

    if aid is not None:
        print_lines(_entry(aid))
        return 0
    own = take_card_types(type_files)
    found = list(card_types().values())
    if current().json:
        print_json(
            {"schema": SCHEMA, "kind": "card-types", "types": [_json(t, own) for t in found]}
        )
        return 0
    rows = [
        [one.id, one.scheme, one.aid.hex().upper(), ", ".join(one.interfaces), one.name]
        for one in found
    ]
    print_lines(table(rows, [_("id"), _("scheme"), "AID", _("interfaces"), _("name")]))
    return 0


def _json(one: CardType, own: set[str]) -> dict[str, object]:
    return {
        "id": one.id,
        "scheme": one.scheme,
        "product": one.product,
        "name": one.name,
        "aid": one.aid.hex().upper(),
        "interfaces": list(one.interfaces),
        "source": one.source,
        "verified": one.verified,
        "own": one.id in own,
    }


def _entry(text: str) -> list[str]:
    """A file of one entry, to be completed. Raises ConfigError."""
    from harness.codec.aid import Aid, provider_of, scheme_of
    from harness.core.errors import CodecError
    from harness.profiles.image_new import repr_toml

    try:
        aid = Aid(text.replace(" ", ""))
    except CodecError as error:
        raise ConfigError(error.what, where="--for") from error
    scheme = scheme_of(aid) or "own"
    values = {
        "id": f"{scheme}-{aid.pix.hex() or aid.rid.hex()}",
        "scheme": scheme,
        "product": "debit",
        "name": f"{provider_of(aid)} {aid}",
        "aid": str(aid),
    }
    lines = ["schema = 1", "", "[[type]]"]
    lines += [f"{key} = {repr_toml(value)}" for key, value in values.items()]
    lines += ['interfaces = ["contact"]', f"source = {repr_toml(_('where you have it from'))}"]
    return lines
