"""``emv-harness history trend``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from harness.cli.group import Command
from harness.cli.history_file import by_reader, open_to_read, reading, since
from harness.cli.output import SCHEMA, print_json, print_lines
from harness.cli.settings import common_options, current
from harness.core.i18n import N_, _

if TYPE_CHECKING:
    from harness.campaign.history.trend import Series


@click.command("trend", cls=Command, example="emv-harness history trend PER-02 --reader virtual")
@click.argument("check", metavar="CHECK")
@reading
@by_reader
@click.option("--card", metavar="NAME", default="", help=N_("Part of the subject's name."))
@click.option(
    "--measurement", metavar="TEXT", default="", help=N_("Part of the measurement's name: p95.")
)
@since
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help=N_("At most so many values a line, the newest. 0: all."),
)
@common_options
def command(
    *,
    check: str,
    history: str | None,
    reader: str,
    card: str,
    measurement: str,
    since: date | None,
    limit: int,
) -> None:
    """What CHECK measured, run after run, each value against the first one shown.

    Runs with faults switched on are left out.
    """
    from harness.campaign.history.read import Wanted
    from harness.campaign.history.trend import trend

    wanted = Wanted(reader, card, since, "", limit)
    found = trend(open_to_read(history), check.upper(), wanted, measurement)
    if current().json:
        series = [asdict(one) for one in found]
        print_json({"schema": SCHEMA, "kind": "history-trend", "series": series})
        return
    for place, one in enumerate(found):
        print_lines(([""] if place else []) + _lines(one))


def _lines(series: Series) -> list[str]:
    from harness.records.result import Measurement
    from harness.report.summary import limits, measured

    def said(value: float) -> str:
        return measured(Measurement("", value, series.unit))

    where = series.reader
    if series.subject not in ("", series.reader):
        where = f"{series.subject} · {where}"
    held = limits(Measurement("", 0, series.unit, series.low, series.high))
    head = f"{series.check}  {series.name}  {where}" + (f"  {held}" if held else "")
    lines = [head]
    for point in series.points:
        change = "" if point.change is None else f"{point.change:+.0f} %"
        lines.append(
            f"  {point.verdict:<8}{point.day}  {said(point.value):>10}  {change:>8}  {point.run}"
        )
    values = [point.value for point in series.points]
    last = series.points[-1]
    if last.change is not None:
        text = _("{change:+.0f} % since {day}; {low} to {high} over {n} runs")
        lines.append(
            "  "
            + text.format(
                change=last.change,
                day=series.points[0].day,
                low=said(min(values)),
                high=said(max(values)),
                n=len(values),
            )
        )
    return lines
