"""``emv-harness card new``: write a card image."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("new", cls=Command, example="emv-harness card new --scheme visa --oda cda")
@click.option("--scheme", required=True, help=N_("Scheme: visa, mastercard, unionpay, ..."))
@click.option("--type", "product", default="", help=N_("Product or card type: credit, vpay, ..."))
@click.option(
    "--oda",
    type=click.Choice(["none", "sda", "dda", "cda"]),
    default="dda",
    help=N_("Offline data authentication. Default: dda."),
)
@click.option("--cvn", default="", help=N_("Cryptogram version, two hex digits; A5, A6: any."))
@click.option(
    "--keys",
    type=click.Choice(["768", "896", "1152", "1408", "1968"]),
    help=N_("Length of the ICC key. Default: 1024 bits."),
)
@click.option("--no-pse", is_flag=True, help=N_("Without a payment system directory."))
@click.option("--id", "name", default="", help=N_("Id of the image. Default: from the card type."))
@click.option(
    "--serial",
    type=click.IntRange(1, 99999),
    default=1,
    help=N_("Makes the PANs of several new cards different."),
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("Where to write it. Default: the id and .toml, here."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is there."))
@common_options
def command(
    *,
    scheme: str,
    product: str,
    oda: str,
    cvn: str,
    keys: str | None,
    no_pse: bool,
    name: str,
    serial: int,
    out: Path | None,
    force: bool,
) -> int:
    """Write the image of a synthetic card with test keys, ready for `--card FILE`.

    The file is short: it stands on the bases in vectors/cards/base, and every key of
    docs/formats/card-image.md can be added to it.
    """
    from harness.core.errors import ConfigError
    from harness.profiles.image_load import parse
    from harness.profiles.image_new import NewCard, find_type, text_of

    card_type = find_type(scheme, product)
    chosen = name or f"{card_type}-{oda}"
    wanted = NewCard(chosen, card_type, oda, cvn, keys or "", pse=not no_pse, serial=serial)
    text = text_of(wanted)
    path = out or Path(f"{chosen}.toml")
    if path.exists() and not force:
        raise ConfigError(
            _("the file is there already"), where=str(path), todo=_("--force replaces it")
        )
    import tomllib

    parse(tomllib.loads(text), path)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            _("cannot write the file: {reason}").format(reason=error.strerror), where=str(path)
        ) from error
    if current().json:
        print_json({"schema": SCHEMA, "kind": "written", "id": chosen, "path": str(path)})
    else:
        note(_("written: {path}; try: emv-harness transact --card {path}").format(path=path))
    return ExitCode.OK
