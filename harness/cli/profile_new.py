"""``emv-harness profile new``."""

from __future__ import annotations

import re
from pathlib import Path

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions


@click.command("new", cls=Command, example="emv-harness profile new --reader virtual")
@click.option("--reader", required=True, metavar="NAME", help=N_("Part of the reader's name."))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help=N_("Where to write it.")
)
@common_options
def command(reader: str, out: Path | None) -> int:
    """A profile of the reader that is plugged in: what its driver tells, and the model's defaults.

    PC/SC does not tell the whole descriptor: for that, `profile import` reads what libccid's
    `parse` prints.
    """
    from harness.link.find import find_readers
    from harness.profiles.reader_match import find_profile
    from harness.profiles.reader_write import from_facts, slug
    from harness.report.files import write_atomic

    found = find_readers(reader, LinkOptions(clock=current().clock))[0]
    facts = found.facts()
    near = find_profile(found.name, facts.get("usb", ""), facts.get("firmware", ""))
    pattern = "^" + re.escape(re.sub(r" [0-9A-F]{2} [0-9A-F]{2}$", "", found.name))
    text = from_facts(found.name, pattern.replace(r"\ ", " "), facts, near.profile)
    if out is not None:
        write_atomic(out, text)
    if current().json:
        row = {"file": found.name, "id": slug(found.name), "toml": text, "why": ""}
        print_json({"schema": SCHEMA, "kind": "profile-new", "files": [row]})
    elif out is None:
        click.echo(text, nl=False)
    if out is not None:
        note(_("{file}: edit the limits, then `emv-harness profile validate`").format(file=out))
    return ExitCode.OK
