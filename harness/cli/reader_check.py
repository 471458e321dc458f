"""``emv-harness reader check``: reader health alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from harness.checks.registry import Tier, all_checks
from harness.cli.acceptance import acceptance_options, run_suites
from harness.cli.group import Command
from harness.cli.output import SCHEMA, note, print_json, print_lines
from harness.cli.settings import current
from harness.core.errors import ConfigError
from harness.core.i18n import N_, _
from harness.core.masking import Masker
from harness.core.retranslate import said
from harness.core.verdict import ExitCode, Verdict
from harness.link.faults import require_names
from harness.profiles.reader_profile import load_profile
from harness.records.run import RunRecord


@click.command("check", cls=Command, example="emv-harness reader check")
@click.option(
    "--tier",
    type=click.Choice([tier.value for tier in Tier]),
    default="full",
    show_default=True,
    help=N_("smoke: 5 s; full: 3 minutes; hands: asks for cards to be moved; soak: takes long."),
)
@click.option("--only", multiple=True, metavar="ID", help=N_("Only this check. Repeatable."))
@click.option(
    "--reader-fault",
    "reader_faults",
    multiple=True,
    metavar="NAME[@SEED]",
    help=N_("A fault of the reader between harness and virtual card. Repeatable."),
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="REPORT.json",
    help=N_("Go on with an earlier run: what its report.json says was judged is not run again."),
)
@click.option(
    "--profile",
    "reader_profile",
    metavar="NAME",
    help=N_("Hold the reader to this profile (an id, or a TOML file), not to the matched one."),
)
@click.option(
    "--mark",
    default="",
    metavar="TEXT",
    help=N_("What is written on the card under test, for the prompts of --tier hands."),
)
@click.option(
    "--repeat",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help=N_("Run it N times and tell which checks are flaky."),
)
@acceptance_options
def command(repeat: int, **options: Any) -> int:  # noqa: ANN401 - the options of acceptance_options
    """Is this reader healthy?

    Enumeration, ATR, resets, APDU cases and lengths, latency, recovery, held to the profile of
    the reader model. Electrical, RF and block level cannot be observed over PC/SC.
    """
    known = {entry.id for entry in all_checks("reader")}
    wanted = tuple(name.upper() for name in options["only"])
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigError(
            _("no such reader check: {names}").format(names=", ".join(unknown)),
            where="--only",
            todo=_("docs/reader-tests.md lists them"),
        )
    require_names(options["reader_faults"])
    options["only"] = wanted
    if options["reader_profile"] is not None:
        options["reader_profile"] = load_profile(options["reader_profile"])
    if repeat > 1 and options["resume"] is not None:
        raise ConfigError(
            _("--resume keeps results, --repeat wants them again"),
            where="--resume, --repeat",
            todo=_("give one of the two"),
        )
    if options["tier"] == Tier.HANDS and not sys.stderr.isatty():
        note(_("nobody can read prompts here: with a physical reader, tests that need an operator "
               "are skipped; run this in a terminal"))  # fmt: skip
    if repeat == 1:
        return run_suites(("reader",), **options)
    return _repeated(repeat, options)


def _repeated(times: int, options: dict[str, Any]) -> int:
    """All runs, a line each, then the checks that did not end alike; one JSON object of all.

    Files go to a folder a run under ``--out``.
    """
    from harness.report.compare import flaky

    runs: list[RunRecord] = []
    codes: list[int] = []
    out = options.pop("out")
    for number in range(1, times + 1):
        folder = None if out is None else out / f"run-{number}"
        codes.append(run_suites(("reader",), **options, out=folder, keep=runs, show=False))
        note(_told(runs[-1], number, times))
        if codes[-1] == ExitCode.INTERRUPTED:
            break
    found = flaky([{one.id: one.verdict.value for one in run.results} for run in runs])
    if current().json:
        _print_all(runs, found)
    else:
        print_lines(_summary(runs, found))
    return worst(codes)


def _told(run: RunRecord, number: int, times: int) -> str:
    counts = "  ".join(f"{count} {word.lower()}" for word, count in run.totals.items() if count)
    return _("run {n} of {times}: {counts}").format(n=number, times=times, counts=counts)


def _summary(runs: list[RunRecord], found: dict[str, tuple[str, ...]]) -> list[str]:
    """What is flaky, what ended alike and not well in every run, and how many."""
    bad = (Verdict.FAIL, Verdict.WARN, Verdict.TIMEOUT, Verdict.ERROR)
    lines = []
    for id, seen in found.items():
        counts = ", ".join(f"{seen.count(word)} {word}" for word in dict.fromkeys(seen))
        lines.append(_("flaky: {id}: {counts}").format(id=id, counts=counts))
    for one in runs[-1].results:
        if one.verdict in bad and one.id not in found:
            lines.append(
                _("every time: {id}: {verdict}  {message}").format(
                    id=one.id, verdict=one.verdict.value, message=said(one.message)
                )
            )
    lines.append(_("{n} runs, {k} checks flaky").format(n=len(runs), k=len(found)))
    return lines


def _print_all(runs: list[RunRecord], found: dict[str, tuple[str, ...]]) -> None:
    from harness.report.json_report import run_json
    from harness.report.write import learn

    shown = [run_json(run, learn(run, Masker(enabled=not current().unmask))) for run in runs]
    print_json({"schema": SCHEMA, "kind": "reader-repeat", "runs": shown, "flaky": found})


def worst(codes: list[int]) -> int:
    """The exit code of several runs: interrupted, error, failed, nothing ran, good."""
    order = (ExitCode.INTERRUPTED, ExitCode.ERROR, ExitCode.FAILED, ExitCode.NOTHING_RAN)
    return next((code for code in order if code in codes), ExitCode.OK)
