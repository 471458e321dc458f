"""What ``run``, ``reader check``, ``card check`` and ``coverage`` have in common."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.campaign.options import AcceptanceOptions
from harness.campaign.resume import load_kept
from harness.campaign.waivers import Waiver, load_waivers
from harness.checks.registry import Tier
from harness.cli import options as shared
from harness.cli.drawer_file import in_a_run
from harness.cli.follow import run_shown
from harness.cli.history_file import parse_since, recording
from harness.cli.memory import Memory
from harness.cli.output import note
from harness.cli.settings import Settings, common_options, current, unmask
from harness.codec.track2 import Track2
from harness.core.i18n import N_, _, speaking
from harness.core.masking import Masker
from harness.core.plain import dataclass
from harness.core.verdict import ExitCode, exit_code
from harness.profiles.card_profile import CardProfile
from harness.profiles.reader_profile import ReaderProfile
from harness.records.run import EvidenceRow, RunRecord
from harness.report.files import require_writable

Function = TypeVar("Function", bound=Callable[..., Any])
RUNS = Path("bench-runs")

_plan = click.option(
    "--plan",
    metavar="NAME",
    default="default",
    show_default=True,
    help=N_("Card types that are required: a name, or a file."),
)
_operator = click.option("--operator", metavar="TEXT", default="", help=N_("Who ran it."))
_bundle = click.option(
    "--bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.zip",
    help=N_("Evidence for a vendor: report, traces, versions, profile, scripts that reproduce."),
)
_waivers = click.option(
    "--waivers",
    metavar="FILE",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help=N_("Known failures that somebody answers for, until a day: shown as waived."),
)
evidence_option = click.option(
    "--evidence",
    metavar="FILE",
    multiple=True,
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help=N_("Log or field 55 data of a real terminal: shown beside the harness's results."),
)
_since = click.option(
    "--since",
    metavar="DATE",
    callback=parse_since,
    help=N_("Of the history, count only runs from this day on as evidence (YYYY-MM-DD)."),
)
_seed = click.option(
    "--seed", type=int, default=0, help=N_("Seed of the virtual cards' random numbers.")
)


def acceptance_options(function: Function) -> Function:
    """Every option of an acceptance run but ``--suite``."""
    for option in (
        common_options,
        unmask,
        _seed,
        _waivers,
        _since,
        recording,
        in_a_run,
        _bundle,
        _operator,
        shared.strict,
        shared.out,
        shared.card_types_option,
        _plan,
        shared.config,
        shared.ca_keys,
        shared.safety_options,
        shared.reader_options,
    ):
        function = option(function)
    return function


def run_suites(
    suites: tuple[str, ...],
    *,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    allow_state_change: bool,
    own_test_keys: bool,
    config_name: str,
    ca_keys: str | None,
    plan: str,
    out: Path | None,
    strict: bool,
    operator: str,
    seed: int,
    always_write: bool = False,
    tier: str = "full",
    only: tuple[str, ...] = (),
    reader_faults: tuple[str, ...] = (),
    bundle: Path | None = None,
    stripe: Track2 | None = None,
    embossed: tuple[str, str] | None = None,
    batch: Path | None = None,
    card_profile: CardProfile | None = None,
    waivers: Path | None = None,
    evidence: tuple[Path, ...] = (),
    type_files: tuple[Path, ...] = (),
    keep: list[RunRecord] | None = None,
    resume: Path | None = None,
    mark: str = "",
    history: str | None = None,
    since: date | None = None,
    drawer: str | None = None,
    reader_profile: ReaderProfile | None = None,
    show: bool = True,
) -> int:
    """Run ``suites``, show and write what came out, and return the exit code.

    Report files go to ``out``, or with ``always_write`` to a directory of this run's own under
    ``bench-runs``. ``stripe`` is track 2 of the card's stripe, ``batch`` the file of a batch: card
    after card then, and one table; ``keep`` takes the record; ``history`` is where runs are kept,
    of which those ``since`` a day are evidence; ``drawer`` knows the cards; without ``show``
    nothing is printed (files are written). Raises ConfigError for what is wrong in the options: an
    unknown image, fault, plan or configuration, several readers for one name, a file or directory
    that cannot be used.
    No reader and no service are results (ERROR), not exceptions.
    """
    settings = current()
    shared.take_card_types(type_files)
    shared.check_ca_keys(ca_keys)
    options = AcceptanceOptions(
        readers=_selectors(readers, images, faults),
        images=images,
        suites=suites,
        faults=faults,
        allow_state_change=allow_state_change,
        own_test_keys=own_test_keys,
        clock=settings.clock,
        strict=strict,
        config=config_name,
        ca_keys=ca_keys,
        plan=plan,
        deadline_s=timeout,
        seed=seed,
        operator=operator,
        tier=Tier(tier),
        only=only,
        reader_faults=reader_faults,
        command=shlex.join(["emv-harness", *sys.argv[1:]]),
        stripe=stripe,
        embossed=embossed,
        card_profile=card_profile,
        waivers=_load_waivers(waivers),
        attended=sys.stderr.isatty(),
        mark=mark,
        reader_profile=reader_profile,
        kept=None if resume is None else load_kept(resume),
        evidence=_load_evidence(evidence),
    )
    target = _Target(out, always_write, bundle, resume, show)
    memory = Memory.open(history, since, drawer)
    options = memory.prepared(options, since)
    if batch is not None:
        from harness.cli.batch import check_batch

        return check_batch(options, batch, settings, memory)
    target.require()
    return _run(options, target, memory, keep)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a run goes: report files to ``out``, or to a folder of its own where it is ``always``
    written or was interrupted; evidence to ``bundle``. ``resume`` is the report that it goes on
    from; only what is ``shown`` is printed."""

    out: Path | None
    always: bool
    bundle: Path | None
    resume: Path | None
    shown: bool

    def require(self) -> None:
        """Say before a long run what cannot be written. Raises ConfigError."""
        if self.out is not None:
            require_writable(self.out)
        if self.bundle is not None:
            require_writable(self.bundle.absolute().parent, self.bundle.name, "--bundle")

    def folder(self, record: RunRecord, options: AcceptanceOptions) -> Path | None:
        """The folder for the report files; None when nothing is written."""
        folder = self.out or (RUNS / record.run.id if self.always or record.interrupted else None)
        earlier = self.resume
        if options.kept is not None and earlier is not None and earlier.parent == folder:
            # The report of this run takes its name; the traces of that one are only in there.
            earlier.rename(earlier.with_name(f"report-{options.kept.run}.json"))
        return folder


def _run(
    options: AcceptanceOptions, target: _Target, memory: Memory, keep: list[RunRecord] | None
) -> int:
    """Run it, show, write and remember what came out; the exit code."""
    settings = current()
    started = time.perf_counter()
    record = run_shown(options)
    if keep is not None:
        keep.append(record)
    elapsed_ms = (time.perf_counter() - started) * 1000
    folder = target.folder(record, options)
    try:
        _show(record, settings, folder, elapsed_ms, printed=target.shown)
    finally:
        kept = memory.keep(record)
    if record.interrupted and folder is not None and _goes_on():
        note(_("go on with: {command}").format(command=_going_on(folder)))
    if target.bundle is not None:
        from harness.report.bundle import write_bundle

        note(str(write_bundle(record, target.bundle, Masker(enabled=not settings.unmask))))
    if record.interrupted:
        return ExitCode.INTERRUPTED
    if not kept:
        return ExitCode.ERROR
    return exit_code(record.verdicts, strict=options.strict)


def _selectors(
    readers: tuple[str, ...], images: tuple[str, ...], faults: tuple[str, ...]
) -> tuple[str, ...]:
    """The readers that are meant. Raises ConfigError for a card or fault that none of them can
    play."""
    selectors = readers or ("virtual",)
    if not any(shared.is_virtual_selector(selector) for selector in selectors):
        shared.refuse_virtual_options(selectors[0], images, faults)
    return selectors


def _goes_on() -> bool:
    """Has the command that runs the option ``--resume``?"""
    context = click.get_current_context(silent=True)
    return context is not None and "resume" in context.params


def _going_on(folder: Path) -> str:
    """The command of this run, to be continued from its report."""
    words = ["emv-harness", *sys.argv[1:]]
    if "--resume" in words:
        at = words.index("--resume")
        del words[at : at + 2]
    return shlex.join([*words, "--resume", str(folder / "report.json")])


def _load_waivers(path: Path | None) -> tuple[Waiver, ...]:
    return () if path is None else load_waivers(path)


def _load_evidence(paths: tuple[Path, ...]) -> tuple[EvidenceRow, ...]:
    """What the logs of a terminal show. Raises ConfigErrors."""
    rows: list[EvidenceRow] = []
    if paths:
        from harness.campaign.evidence import load_evidence
    for path in paths:
        with speaking("en"):  # as all of a record
            found = load_evidence(path)
        rows += found.rows
        text = _("{file}: {n} transactions of a terminal, {skipped} other lines left out")
        note(text.format(file=path, n=len(found.rows), skipped=found.skipped))
    return tuple(rows)


def _show(
    record: RunRecord,
    settings: Settings,
    folder: Path | None,
    elapsed_ms: float,
    *,
    printed: bool = True,
) -> None:
    from harness.report.json_report import dumps, run_json
    from harness.report.write import learn, write_all

    masker = learn(record, Masker(enabled=not settings.unmask))
    if settings.unmask:
        note(_("cardholder data is shown in clear: keep the output to yourself"))
    files = write_all(record, folder, masker) if folder else []
    if not printed:
        return
    if settings.json:
        sys.stdout.write(dumps(run_json(record, masker)))
        for file in files:
            note(str(file))
        return
    from harness.report.console import print_run

    print_run(
        record,
        sys.stdout,
        masker=masker,
        files=files,
        verbose=settings.verbose,
        elapsed_ms=elapsed_ms,
    )
