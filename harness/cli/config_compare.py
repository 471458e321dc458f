"""``emv-harness config compare``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, paint, print_json, print_lines
from harness.cli.scrub import hide_pans
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _, ngettext
from harness.core.typeset import colon

if TYPE_CHECKING:
    from harness.profiles.terminal_compare import Difference
    from harness.profiles.terminal_config import TerminalConfig


@click.command("compare", cls=Command, example="emv-harness config compare attended-eu atm-eu")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--base",
    metavar="NAME",
    default="attended-eu",
    show_default=True,
    help=N_("What a file does not say of the terminal is taken from this configuration."),
)
@common_options
def command(first: str, second: str, base: str) -> int:
    """What differs between two terminal configurations, and what that does to a card.

    A and B are names of `config list`, or files of any shape that `config import` reads. Exit code
    1 where they differ, 0 where not.
    """
    from harness.profiles.terminal_compare import compare
    from harness.profiles.terminal_import import open_terminal

    a, b = (open_terminal(name, base=base) for name in (first, second))
    found = compare(a, b)
    if current().json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "config-compare",
                "a": {"id": a.id, "name": a.name, "source": first},
                "b": {"id": b.id, "name": b.name, "source": second},
                "same": not found,
                "differences": [
                    {
                        "group": one.group,
                        "where": one.where,
                        "what": hide_pans(one.what),
                        "a": hide_pans(one.a),
                        "b": hide_pans(one.b),
                        "meaning": one.meaning,
                    }
                    for one in found
                ],
            }
        )
    else:
        print_lines(_lines(a, b, found))
    return 1 if found else 0


def _lines(a: TerminalConfig, b: TerminalConfig, found: list[Difference]) -> Iterator[str]:
    from harness.profiles.terminal_compare import GROUPS
    from harness.report.layout import indented

    yield f"A  {a.id}  {_(a.name)}"
    yield f"B  {b.id}  {_(b.name)}"
    if not found:
        yield _("no difference but names")
        return
    for group, title in GROUPS.items():
        mine = [one for one in found if one.group == group]
        if not mine:
            continue
        yield ""
        yield paint(_(title), "bold")
        where = ""
        for one in mine:
            if one.where and one.where != where:
                yield from indented(one.where, "  ")
            where = one.where
            margin = "    " if one.where else "  "
            none = _("none")
            text = f"{one.what}{colon()}".rstrip() + f"  A {one.a or none}  B {one.b or none}"
            yield from indented(hide_pans(text), margin)
            if one.meaning:
                yield from indented(one.meaning, margin + "  ")
    yield ""
    count = len(found)
    yield ngettext("{count} difference", "{count} differences", count).format(count=count)
