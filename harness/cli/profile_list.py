"""``emv-harness profile list``."""

from __future__ import annotations

from dataclasses import asdict

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode


@click.command("list", cls=Command, example="emv-harness profile list")
@click.option(
    "--match", "name", default="", metavar="NAME", help=N_("Which of them fits this reader name?")
)
@click.option("--usb", default="", metavar="VID:PID", help=N_("Its USB id, with --match."))
@common_options
def command(name: str, usb: str) -> int:
    """List the reader models with exchange level, fastest TA1 and PIN pad as derived."""
    from harness.profiles.reader_derive import derive
    from harness.profiles.reader_match import find_profile
    from harness.profiles.reader_profile import list_profiles

    profiles = list_profiles()
    found = find_profile(name, usb, known=profiles) if name else None
    if found is not None:
        profiles = [one for one in profiles if one.id in (found.profile.id, *found.others)]
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "reader-profiles",
                "profiles": [
                    {
                        "id": one.id,
                        "name": one.name,
                        "kind": one.kind,
                        "usb": one.usb,
                        "firmware": one.firmware,
                        "derived": asdict(derive(one.ccid)),
                    }
                    for one in profiles
                ],
                "match": found.profile.id if found else "",
                "by": found.by if found else "",
                "ambiguous": list(found.others) if found else [],
            }
        )
        return ExitCode.OK
    rows = []
    for one in profiles:
        known = derive(one.ccid)
        fastest = f"{known.ta1:02X}" if known.ta1 else "-"
        pad = _("pad") if known.pin_verify else "-"
        rows.append([one.id, one.kind, one.usb or "-", known.level, fastest, pad])
    head = [_("profile"), _("kind"), "USB", _("level"), "TA1", "PIN"]
    print_lines(table(rows, head))
    if found is not None and found.ambiguous:
        print_lines(
            [
                _("several fit: {names}; judged as generic-ccid").format(
                    names=", ".join(found.others)
                )
            ]
        )
    return ExitCode.OK
