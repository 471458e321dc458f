"""``emv-harness doctor``: what stands between this process and a card."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, paint, print_json, print_lines
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode
from harness.report.layout import indented, pad

_WORDS = {True: N_("ok"), False: N_("fault"), None: N_("note")}
_STYLES = {True: "green", False: "red", None: "dim"}


@click.command("doctor", cls=Command, example="emv-harness doctor")
@common_options
def command() -> int:
    """Look at the PC/SC library, the service, drivers, permissions, readers and who holds them.

    Only looks, changes nothing. Virtual cards in this process need none of it. Exit code 1 when
    something is a fault.
    """
    from harness import __version__
    from harness.link.doctor import probe_all, versions

    findings = probe_all()
    if current().json:
        states = {True: "ok", False: "fault", None: "note"}
        print_json(
            {
                "schema": SCHEMA,
                "kind": "doctor",
                "versions": {"emv-harness": __version__, **versions()},
                "findings": [
                    {
                        "name": item.name,
                        "state": states[item.ok],
                        "text": item.value,
                        "todo": item.todo,
                    }
                    for item in findings
                ],
            }
        )
    else:
        print_lines([f"emv-harness {__version__}"])
        for item in findings:
            first = f"  {pad(_(_WORDS[item.ok]), 6)} "
            head, *rest = indented(f"{_(item.name)}: {item.value}", first)
            print_lines([paint(head, _STYLES[item.ok]), *rest])
            if item.todo:
                print_lines(indented(item.todo, " " * len(first) + "-> "))
    faults = any(item.ok is False for item in findings)
    return ExitCode.FAILED if faults else ExitCode.OK
