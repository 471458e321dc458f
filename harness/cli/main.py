"""Entry point of ``emv-harness``: language first, then the command inside the error boundary.

Nothing heavy is imported here: ``--version`` may cost 60 ms over a bare Python start.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import click

from harness import __version__
from harness.cli.boundary import guarded
from harness.cli.group import LazyGroup
from harness.cli.settings import group_options
from harness.core.i18n import N_, set_language

COMMANDS = {
    "readers": (
        "harness.cli.readers:command",
        N_("Readers, profiles, cards present."),
    ),
    "run": ("harness.cli.run:command", N_("The acceptance run: reader, card and coverage.")),
    "reader": ("harness.cli.reader:group", N_("Reader health alone.")),
    "card": ("harness.cli.card:group", N_("Virtual cards, and card validity alone.")),
    "coverage": ("harness.cli.coverage:command", N_("Card types: required against completed.")),
    "history": ("harness.cli.history:group", N_("Earlier runs: list, show, coverage, trend.")),
    "drawer": ("harness.cli.drawer:group", N_("The physical test cards of this bench.")),
    "transact": ("harness.cli.transact:command", N_("One transaction, step by step.")),
    "apdu": ("harness.cli.apdu:command", N_("Raw APDUs, or a sequence file.")),
    "record": ("harness.cli.record:command", N_("A session to a transcript, masked.")),
    "replay": ("harness.cli.replay:command", N_("A transcript as a card.")),
    "decode": ("harness.cli.decode:command", N_("What these bytes mean. Needs no reader.")),
    "host": ("harness.cli.host:group", N_("The issuer host: serve, check, matrix.")),
    "config": ("harness.cli.config:group", N_("Terminal configurations.")),
    "profile": ("harness.cli.profile:group", N_("Profiles of reader models.")),
    "doctor": ("harness.cli.doctor:command", N_("Versions, service, drivers, permissions.")),
}


@click.group(cls=LazyGroup, commands_by_name=COMMANDS, example="emv-harness run")
@click.version_option(__version__, prog_name="emv-harness", message="%(prog)s %(version)s")
@group_options
def cli() -> None:
    """Test harness for EMV chip-card readers: reader health, card validity, card-type coverage.

    Not an EMVCo-qualified tool: it gives no approval.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (default: this process's) and return the exit code.

    Never raises; the codes are in ``docs/exit-codes.md``.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _run(arguments), debug="--debug" in arguments)


def _run(arguments: list[str]) -> int:
    # Help texts are shown while options are still being read, so the language comes before.
    # JSON is for programs and stays English, whatever the locale says.
    asked = _asked_language(arguments)
    set_language(asked)
    if "--json" in arguments:
        set_language("en")
    _end_by_signal_like_ctrl_c()
    # Not cli.main(): it turns a broken pipe into exit code 1, which means "something failed".
    with cli.make_context("emv-harness", arguments) as context:
        result = cli.invoke(context)
    return int(result) if isinstance(result, int) else 0


def _asked_language(arguments: list[str]) -> str | None:
    for place, text in enumerate(arguments):
        if text == "--":
            break
        if text == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
        if text.startswith("--lang="):
            return text.partition("=")[2]
    return None


def _end_by_signal_like_ctrl_c() -> None:
    """A CI runner ends a job with SIGTERM, a terminal that is closed with SIGHUP, a script ends
    ``card serve &`` with SIGINT, which shells switch off for background jobs: each is Ctrl-C, and
    what was done is reported. Whoever told us to ignore a hang-up (nohup) is obeyed."""
    hangup = getattr(signal, "SIGHUP", signal.SIGTERM)
    ends = {signal.SIGTERM, signal.SIGINT}
    if signal.getsignal(hangup) is not signal.SIG_IGN:
        ends.add(hangup)
    try:
        for number in ends:
            signal.signal(number, signal.default_int_handler)
    except ValueError:  # not in the main thread: somebody else handles signals
        return


if __name__ == "__main__":
    sys.exit(main())
