"""``emv-harness profile import``."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.errors import CodecError
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("import", cls=Command, example="emv-harness profile import reader.txt --out .")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=N_("Write one TOML file a reader there. Without it: to stdout."),
)
@common_options
def command(files: tuple[Path, ...], out: Path | None) -> int:
    """Turn what libccid's `parse` prints about a reader into a profile.

    A file that cannot be read is told with the reason; the others are imported. Exit code 4 when
    any could not.
    """
    from harness.profiles.ccid_dump import read_dump
    from harness.profiles.files import cannot_read
    from harness.profiles.reader_write import from_dump, slug
    from harness.report.files import write_atomic

    rows = []
    for file in files:
        try:
            dump = read_dump(file.read_text("utf-8", "replace"))
            text = from_dump(dump, _("imported from {name}").format(name=file.name))
            rows.append((file, slug(f"{dump.manufacturer} {dump.product}"), text, ""))
        except OSError as error:
            raise cannot_read(file, error) from error
        except CodecError as error:
            rows.append((file, "", "", error.what))
    for file, name, text, why in rows:
        if why:
            note(_("{file}: not imported: {why}").format(file=file, why=why))
        elif out is not None:
            write_atomic(out / f"{name}.toml", text)
            note(str(out / f"{name}.toml"))
        elif not current().json:
            click.echo(text, nl=False)
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "profile-import",
                "files": [
                    {"file": str(f), "id": name, "toml": text, "why": why}
                    for f, name, text, why in rows
                ],
            }
        )
    return ExitCode.USAGE if any(why for _f, _n, _t, why in rows) else ExitCode.OK
