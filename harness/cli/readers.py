"""``emv-harness readers``: readers over PC/SC and in process, and what is in them."""

from __future__ import annotations

import click

from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json, print_lines, table
from harness.cli.settings import common_options, current
from harness.core.errors import ConfigError, LinkError
from harness.core.i18n import _
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions, Reader


@click.command("readers", cls=Command, example="emv-harness readers")
@common_options
def command() -> int:
    """List every reader with the profile that fits it and whether a card is in it.

    Looks at PC/SC and at the virtual cards of this process (-v lists these one by one). A reader is
    named to the other commands by any part of its name.
    """
    from harness.link.find import all_readers

    settings = current()
    readers, problems = all_readers(LinkOptions(clock=settings.clock))
    rows = [_row(reader) for reader in readers]
    if settings.json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "readers",
                "readers": rows,
                "problems": [{"what": p.what, "where": p.where, "todo": p.todo} for p in problems],
            }
        )
    else:
        print_lines(_lines(rows, every=settings.verbose > 0, asked=not problems))
    for problem in problems:
        note(_("not listed: {what}").format(what=problem.what))
        if problem.todo:
            note(f"  {problem.todo}")
    return ExitCode.OK


def _row(reader: Reader) -> dict[str, object]:
    from harness.profiles.reader_match import find_profile

    facts: dict[str, str] = {}
    try:
        card, error = ("present" if reader.card_present() else "absent"), ""
    except LinkError as problem:
        card, error = "unknown", problem.what
    try:
        facts = reader.facts()
        match = find_profile(reader.name, facts.get("usb", ""), facts.get("firmware", ""))
        profile, others = match.profile.id, match.others
    except ConfigError as problem:
        profile, others, error = "", (), problem.what
    return {
        "name": reader.name,
        "kind": reader.kind,
        "profile": profile,
        "ambiguous": list(others),
        "card": card,
        "image": reader.image,
        "facts": facts,
        "error": error,
    }


def _lines(rows: list[dict[str, object]], *, every: bool, asked: bool) -> list[str]:
    """A line a reader; the virtual ones in one line unless ``every`` is wanted. ``asked``: PC/SC
    answered, so that no reader means that there is none."""
    from harness.report.layout import indented

    shown = [row for row in rows if every or row["kind"] != "virtual"]
    told = []
    if asked and not any(row["kind"] == "pcsc" for row in rows):
        told.append(
            _("PC/SC lists no reader: plug one in; `emv-harness doctor` looks for what is missing")
        )
    if len(shown) < len(rows):
        told.append(
            _(
                "virtual: {n} cards in this process, used without --reader (--card NAME chooses; "
                "-v or `emv-harness card list` lists them)"
            ).format(n=len(rows) - len(shown))
        )
    table_lines = _table(shown) if shown else []
    return [*table_lines, *(part for text in told for part in indented(text, ""))]


def _profile(row: dict[str, object]) -> str:
    """The profile, and what else fits as well: none of them is taken then."""
    others = row["ambiguous"]
    if isinstance(others, list) and others:
        return _("{name} (several fit: {others})").format(
            name=row["profile"], others=", ".join(others)
        )
    return str(row["profile"]) or "-"


def _table(rows: list[dict[str, object]]) -> list[str]:
    words = {"present": _("card"), "absent": _("empty"), "unknown": _("cannot be asked")}
    cells = [
        [
            str(row["name"]),
            str(row["kind"]),
            _profile(row),
            words[str(row["card"])] + (f": {row['error']}" if row["error"] else ""),
        ]
        for row in rows
    ]
    return table(cells, [_("reader"), _("kind"), _("profile"), _("card")])
