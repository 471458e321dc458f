"""``emv-harness config import``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json, print_lines
from harness.cli.scrub import hide_pans
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _

if TYPE_CHECKING:
    from harness.profiles.terminal_import import Imported


@click.command("import", cls=Command, example="emv-harness config import aids.csv --out mine.toml")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.toml",
    help=N_("Where the configuration goes. Default: standard output."),
)
@click.option(
    "--base",
    metavar="NAME",
    default="attended-eu",
    show_default=True,
    help=N_("What the file does not say of the terminal is taken from this configuration."),
)
@click.option("--name", metavar="NAME", default="", help=N_("Name and id. Default: the file's."))
@common_options
def command(file: Path, out: Path | None, base: str, name: str) -> int:
    """A terminal's parameters from a neutral file, as a configuration for --config.

    FILE is our own TOML, JSON, a CSV table with a column AID, or data objects in hex, one line for
    each AID (9F06 first) and each CA key. What the kernel has no use for is kept and listed.
    """
    from harness.profiles.terminal_import import import_terminal
    from harness.profiles.terminal_write import to_toml

    made = import_terminal(file, base=base, name=name)
    if out is not None:
        try:
            out.write_text(to_toml(made.table), encoding="utf-8")
        except OSError as error:
            what = _("cannot write the file: {reason}").format(reason=error.strerror)
            raise ConfigError(what, where=str(out)) from error
    if current().json:
        print_json(_json(made, file, out))
    elif out is not None:
        print_lines([_("written: {file}").format(file=out), *_summary(made)])
    else:
        print_lines([hide_pans(to_toml(_without_cards(made.table)))])
        for line in _summary(made):
            note(line)
    return 0


def _without_cards(table: dict[str, object]) -> dict[str, object]:
    """The exception file names cards: it goes into a file, never to standard output."""
    if "exception" in table:
        note(_("the cards of [[exception]] are only written with --out"))
    return {key: value for key, value in table.items() if key != "exception"}


def _summary(made: Imported) -> Iterator[str]:
    config = made.config
    yield _("{id}: {aids} AIDs, {keys} CA keys, read as {form}").format(
        id=config.id, aids=len(config.aids), keys=len(config.ca_keys), form=made.form
    )
    if made.from_base:
        yield _("not in the file, taken from {base}: {keys}").format(
            base=made.base, keys=", ".join(made.from_base)
        )
    unversioned = [one.aid.hex().upper() for one in config.aids if not one.versions]
    if unversioned:
        yield _(
            "no application version (9F09) for {aids}: cards that have one set TVR byte 2 bit 8"
        ).format(aids=", ".join(unversioned))
    from harness.profiles.terminal_keys import unknown_keys

    unknown = unknown_keys(config)
    if unknown:
        yield _("CA keys without a modulus, and published nowhere: {names}").format(
            names=", ".join(unknown)
        )
    if made.kept:
        yield _("kept, of no use to the kernel ({n}):").format(n=len(made.kept))
    for one in made.kept:
        meaning = f"  {one.meaning}" if one.meaning else "  " + _("unknown")
        yield hide_pans(f"  {one.where} {one.key} = {one.value}{meaning}")


def _json(made: Imported, file: Path, out: Path | None) -> dict[str, Any]:
    config = made.config
    return {
        "schema": SCHEMA,
        "kind": "config-import",
        "file": str(file),
        "form": made.form,
        "id": config.id,
        "written": str(out) if out is not None else None,
        "aids": [one.aid.hex().upper() for one in config.aids],
        "ca_keys": [one.name for one in config.ca_keys],
        "base": made.base,
        "from_base": list(made.from_base),
        "kept": [
            {
                "where": one.where,
                "key": one.key,
                "value": hide_pans(one.value),
                "meaning": one.meaning,
            }
            for one in made.kept
        ],
    }
