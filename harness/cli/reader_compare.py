"""``emv-harness reader compare``: two readers, or a reader and a stored baseline."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.checks.registry import Tier
from harness.cli.group import Command
from harness.cli.output import SCHEMA, print_json, print_lines, table
from harness.cli.settings import Settings, common_options, current
from harness.core.errors import ConfigError, HarnessError
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode, Verdict

if TYPE_CHECKING:
    from harness.report.compare import Comparison


_REPORT = N_("name a report.json that `reader check --out DIR` wrote, or a reader")


@click.command(
    "compare", cls=Command, example="emv-harness reader compare baseline/report.json virtual"
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--tier", type=click.Choice([tier.value for tier in Tier]), default="full", show_default=True
)
@click.option(
    "--reader-fault", "reader_faults", multiple=True, metavar="NAME",
    help=N_("A fault of the reader B. Repeatable; virtual cards only."),
)  # fmt: skip
@common_options
def command(before: str, after: str, tier: str, reader_faults: tuple[str, ...]) -> int:
    """Compare reader B with A; each is a report.json of an earlier run, or a reader.

    Tells which checks end otherwise, and which command's times moved (Mann-Whitney U, with
    Cliff's delta as effect size). Exit code 1 when something got worse.
    """
    from harness.link.faults import require_names
    from harness.report.compare import compare

    require_names(reader_faults)
    settings = current()
    found = compare(
        _report(before, tier, (), settings), _report(after, tier, reader_faults, settings)
    )
    if settings.json:
        print_json(
            {
                "schema": SCHEMA,
                "kind": "reader-comparison",
                "differences": [
                    {**asdict(one), "regressed": one.regressed} for one in found.differences
                ],
                "shifts": [{**asdict(one), "moved": one.moved} for one in found.shifts],
                "regressed": found.regressed,
            }
        )
    else:
        print_lines(_lines(found))
    return ExitCode.FAILED if found.regressed else ExitCode.OK


def _report(text: str, tier: str, faults: tuple[str, ...], settings: Settings) -> dict[str, Any]:
    """The report in the file, or of a run on the reader. Raises ConfigError."""
    path = Path(text)
    if path.suffix == ".json" or path.is_file():
        try:
            report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(
                _("cannot be read: {why}").format(why=error.strerror), where=text, todo=_(_REPORT)
            ) from error
        except ValueError as error:
            raise ConfigError(_("not a report: {why}").format(why=error), where=text,
                              todo=_(_REPORT)) from error  # fmt: skip
        if not isinstance(report, dict) or report.get("kind") != "run":
            raise ConfigError(_("not a report of a run"), where=text, todo=_(_REPORT))
        return report
    from harness.campaign.options import AcceptanceOptions
    from harness.cli.follow import run_shown
    from harness.core.masking import Masker
    from harness.report.json_report import run_json
    from harness.report.write import learn

    options = AcceptanceOptions(
        readers=(text,), suites=("reader",), clock=settings.clock, tier=Tier(tier),
        reader_faults=faults,
    )  # fmt: skip
    record = run_shown(options)
    if record.interrupted:
        raise KeyboardInterrupt
    if set(record.verdicts) <= {Verdict.ERROR}:
        first = record.results[0]
        raise HarnessError(first.message, where=text, todo=first.advice)
    return run_json(record, learn(record, Masker()))


def _lines(found: Comparison) -> list[str]:
    lines = []
    for one in found.differences:
        word = _("regressed") if one.regressed else _("differs")
        lines.append(f"{word}: {one.id}  {one.before} -> {one.after}  {one.message}")
    moved = [one for one in found.shifts if one.moved]
    rows = [
        [
            one.command,
            f"{one.median_ms[0]:.3g}",
            f"{one.median_ms[1]:.3g}",
            f"{one.p:.1g}",
            f"{one.delta:+.2f}",
        ]
        for one in moved
    ]
    if rows:
        lines += table(rows, [_("command"), "A ms", "B ms", "p", _("effect")])
    lines.append(
        _("{n} checks end otherwise; of {k} commands with enough samples {m} moved").format(
            n=len(found.differences), k=len(found.shifts), m=len(moved)
        )
    )
    return lines
