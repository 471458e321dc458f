"""``emv-harness apdu``: raw APDUs, or a sequence file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli.group import Command
from harness.cli.options import allow_state_change as allow_option
from harness.cli.options import reader_options, selected
from harness.cli.output import SCHEMA, paint, print_json, print_lines
from harness.cli.settings import Settings, common_options, current, unmask
from harness.core.errors import ConfigError
from harness.core.hexes import parse_hex, to_hex
from harness.core.i18n import N_, _
from harness.core.verdict import ExitCode
from harness.link.api import LinkOptions

if TYPE_CHECKING:
    from harness.cli.apdu_steps import StepDone
    from harness.profiles.sequence import Sequence, Step

_SHORT_ARGUMENT = 6


@click.command(
    "apdu",
    cls=Command,
    example="emv-harness apdu 00A404000E315041592E5359532E4444463031 --expect 9000",
)
@click.argument("commands", nargs=-1, required=True, metavar="HEX... | FILE")
@click.option(
    "--expect",
    "expects",
    metavar="MASK",
    multiple=True,
    help=N_("Status word expected, x for any digit; one for all, or one for each command."),
)
@click.option("--raw", is_flag=True, help=N_("Show 61xx and 6Cxx instead of following them."))
@reader_options
@allow_option
@unmask
@common_options
def command(
    *,
    commands: tuple[str, ...],
    expects: tuple[str, ...],
    raw: bool,
    readers: tuple[str, ...],
    images: tuple[str, ...],
    faults: tuple[str, ...],
    timeout: float,
    allow_state_change: bool,
) -> int:
    """Send command APDUs to a card and show what comes back.

    Give one or more commands in hex, or a sequence file (or its name from vectors/apdu). 61xx and
    6Cxx are followed. Exit code 1 when an expectation is not met. Over PC/SC, commands that may
    change the card are refused without --allow-state-change.
    """
    settings = current()
    sequence = _sequence(commands)
    steps = list(sequence.steps) if sequence else _steps(commands, expects)
    default = sequence.image if sequence and sequence.image else "visa-credit"
    options = LinkOptions(images, faults, timeout, clock=settings.clock)
    selector, options = selected(readers, options, default=default)
    return send_and_show(
        settings, steps, selector, options, raw=raw, allow_state_change=allow_state_change
    )


def send_and_show(
    settings: Settings,
    steps: list[Step],
    selector: str,
    options: LinkOptions,
    *,
    raw: bool = False,
    allow_state_change: bool = False,
) -> int:
    """Send ``steps``, show them as they go, and return the exit code. Raises what ended it."""
    from harness.link.supervise import JobSpec, run_job

    view = _View(settings)
    end = run_job(
        JobSpec(
            "harness.cli.apdu_steps:send_steps",
            selector,
            options,
            {
                "steps": steps,
                "clock": settings.clock,
                "raw": raw,
                "allow_state_change": allow_state_change,
            },
        ),
        view.event,
    )
    if end.kind == "hung" and end.in_flight is not None:
        view.event(end.in_flight)
    view.finish(complete=end.kind == "done")
    end.result()
    return ExitCode.FAILED if view.failed else ExitCode.OK


def steps_of(commands: tuple[str, ...]) -> list[Step]:
    """Steps of hex commands, or of the sequence that the only one names. Raises ConfigError."""
    sequence = _sequence(commands)
    return list(sequence.steps) if sequence else _steps(commands, ())


def _sequence(commands: tuple[str, ...]) -> Sequence | None:
    """The sequence that the only argument names, by file or by id."""
    from harness.profiles.sequence import load_sequence, sequence_ids

    if len(commands) != 1:
        return None
    name = commands[0]
    if name.endswith(".toml") or "/" in name or name in sequence_ids():
        return load_sequence(name)
    if all(char in "0123456789abcdefABCDEFxX :,;-" for char in name):
        return None
    raise ConfigError(
        _("neither hex nor a sequence: {name!r}").format(name=name),
        where="apdu",
        todo=_("give hex, a .toml file, or one of: {names}").format(
            names=", ".join(sequence_ids()) or "-"
        ),
    )


def _steps(commands: tuple[str, ...], expects: tuple[str, ...]) -> list[Step]:
    from harness.profiles.sequence import Step

    for mask in expects:
        if len(mask) != 4 or any(char not in "0123456789abcdefABCDEFxX" for char in mask):
            raise ConfigError(
                _("not a status mask: {mask!r}").format(mask=mask),
                where="--expect",
                todo=_("four hex digits, x for any: 9000, 63Cx"),
            )
    if len(commands) > 1 and any(len(text) < _SHORT_ARGUMENT for text in commands):
        commands = ("".join(commands),)  # one APDU with spaces between its bytes
    if len(expects) > 1 and len(expects) != len(commands):
        raise ConfigError(
            _("{expects} expectations for {commands} commands").format(
                expects=len(expects), commands=len(commands)
            ),
            where="--expect",
            todo=_("give one for all, or one for each"),
        )
    masks = list(expects) if len(expects) > 1 else [*expects, ""][:1] * len(commands)
    return [
        Step(parse_hex(text, where=f"apdu {place + 1}"), expect=mask)
        for place, (text, mask) in enumerate(zip(commands, masks, strict=True))
    ]


class _View:
    """Prints steps as they come, or collects them for JSON."""

    def __init__(self, settings: Settings) -> None:
        from harness.report.exchanges import TraceReader

        self.settings = settings
        self.trace = TraceReader(mask=not settings.unmask)
        self.failed = 0
        self.rows: list[dict[str, Any]] = []
        self.opened: dict[str, Any] = {"reader": "", "atr": "", "protocol": ""}

    def event(self, thing: object) -> None:
        """One thing that the job emitted."""
        from harness.cli.apdu_steps import Opened, StepDone
        from harness.cli.trace_view import exchange_lines
        from harness.records.exchange import Exchange

        if isinstance(thing, Opened):
            atr = to_hex(thing.atr)
            self.opened = {"reader": thing.reader, "atr": atr, "protocol": thing.protocol}
            if not self.settings.json:
                head = f"{thing.reader}   ATR {to_hex(thing.atr, ' ')}   {thing.protocol}"
                print_lines([paint(head, "bold")])
        elif isinstance(thing, StepDone):
            self.failed += bool(thing.problems)
            self._step(thing)
        elif isinstance(thing, Exchange) and not self.settings.json:
            print_lines(exchange_lines(thing, self.trace.read(thing), hexes=True))

    def _step(self, done: StepDone) -> None:
        from harness.cli.trace_view import exchange_lines
        from harness.report.layout import indented

        step = done.step
        shown = [(exchange, self.trace.read(exchange)) for exchange in done.exchanges]
        if self.settings.json:
            self.rows.append(_row(done, shown))
            return
        verbose = bool(self.settings.verbose)
        for exchange, text in shown:
            print_lines(exchange_lines(exchange, text, hexes=True, data=verbose))
        if step.note:
            print_lines(indented(step.note, "    "))
        for problem in done.problems:
            print_lines(indented(problem, "    " + paint("FAIL", "red", "bold") + "  "))
        if step.expect and not done.problems:
            print_lines([f"    PASS  {_('as expected')}: {step.expect}"])

    def finish(self, *, complete: bool) -> None:
        """Write the JSON object; ``complete`` is false when the job did not reach its end."""
        if self.settings.json:
            ok = complete and not self.failed
            data = {"schema": SCHEMA, "kind": "apdu", **self.opened, "steps": self.rows, "ok": ok}
            print_json(data | {"masked": not self.settings.unmask, "complete": complete})


def _row(done: StepDone, shown: list[tuple[Any, Any]]) -> dict[str, Any]:
    text = shown[-1][1]
    return {
        "command": shown[0][1].command or None,
        "name": text.name,
        "response": text.response,
        "sw": text.sw,
        "meaning": text.meaning,
        "expect": done.step.expect,
        "note": done.step.note,
        "problems": list(done.problems),
        "elapsed_ms": round(sum(exchange.elapsed_ms for exchange, _text in shown), 3),
        "exchanges": [
            {
                "command": item.command,
                "response": item.response,
                "sw": item.sw,
                "elapsed_ms": round(exchange.elapsed_ms, 3),
            }
            for exchange, item in shown
        ],
        "data": [
            {"tag": datum.tag, "name": datum.name, "value": datum.value, "words": datum.words}
            for _exchange, item in shown
            for datum in item.data
            if datum.origin == "card"
        ],
    }
