"""``emv-harness card faults``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.i18n import _

if TYPE_CHECKING:
    from harness.profiles.fault_file import FaultFile


@click.command("faults", cls=Command, example="emv-harness card faults")
@common_options
def command() -> None:
    """List the faults that --fault can switch on: what the card does, and which check sees it."""
    from harness.profiles.fault_file import fault_names, load_fault

    faults = [load_fault(name) for name in fault_names()]
    if current().json:
        print_json([fault_json(fault) for fault in faults])
        return
    rows = [
        [fault.name, _where(fault), f"{fault.verdict} {fault.check}", _(fault.description)]
        for fault in faults
    ]
    print_lines(table(rows, [_("fault"), _("strikes"), _("seen as"), _("what the card does")]))


def _where(fault: FaultFile) -> str:
    if fault.changes_card:
        return _("the card itself")
    return f"@{fault.step}" if fault.step else _("@WHEN")


def fault_json(fault: FaultFile) -> dict[str, object]:
    """The object that stands for ``fault`` in ``card faults --json``."""
    return {
        "schema": SCHEMA,
        "name": fault.name,
        "kind": fault.kind,
        "takes_step": not fault.changes_card,
        "step": fault.step,
        "description": fault.description,
        "example": fault.example,
        "verdict": str(fault.verdict),
        "check": fault.check,
        "suite": fault.suite,
        "image": fault.image,
        "observed": fault.observed,
    }
