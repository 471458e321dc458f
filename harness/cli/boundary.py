"""The one error boundary: every error becomes a three-part message and an exit code (rule 13)."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

import click

from harness.core.errors import CodecError, ConfigError, ConfigErrors, HarnessError, ReplayMismatch
from harness.core.i18n import _
from harness.core.verdict import ExitCode

BROKEN_PIPE = 141
"""What a shell reports for a filter whose reader went away (128 + SIGPIPE)."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def guarded(work: Callable[[], int], *, debug: bool = False) -> int:
    """Run ``work`` and return its exit code, or the code of the error that ended it.

    A message goes to stderr; a traceback never does, unless ``debug``.
    """
    try:
        code = work()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _silence()
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, click.Abort):
        tell(_("interrupted"), todo=_("what was done until then was reported as far as it goes"))
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        return _usage(error)
    except HarnessError as error:
        tell_error(error)
        if isinstance(error, ReplayMismatch):
            return ExitCode.NOTHING_RAN
        usage = isinstance(error, ConfigError | CodecError)
        return ExitCode.USAGE if usage else ExitCode.ERROR
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.ERROR
    except OSError as error:
        if error.errno not in _NO_ROOM or error.filename is not None:
            return _unexpected(error, debug=debug)
        tell(
            _("the output cannot be written: {reason}").format(reason=error.strerror),
            where=_("standard output"),
            todo=_("make room where it goes"),
        )
        _silence()
        return ExitCode.ERROR
    except Exception as error:  # noqa: BLE001 - the outermost boundary
        return _unexpected(error, debug=debug)


def tell_error(error: HarnessError) -> None:
    """Write a HarnessError to stderr: what, where, what to do, and each problem of a file."""
    problems = error.problems if isinstance(error, ConfigErrors) else []
    tell(error.what, where=error.where, todo=error.todo, problems=problems)


def tell(
    what: str, *, where: str = "", todo: str = "", problems: list[tuple[str, str]] | None = None
) -> None:
    """Write a three-part message to stderr, masked."""
    from harness.cli.scrub import scrub
    from harness.core.retranslate import said
    from harness.core.typeset import colon, typeset

    labels = [_("error"), _("where"), _("what to do")]
    lines = [f"{labels[0]}{colon()}{said(what)}"]
    lines += [f"  {key}{colon()}{said(message)}" for key, message in problems or []]
    if where:
        lines.append(f"  {labels[1]}{colon()}{said(where)}")
    if todo:
        lines.append(f"  {labels[2]}{colon()}{said(todo)}")
    try:
        sys.stderr.write(scrub("\n".join(map(typeset, lines))) + "\n")
        sys.stderr.flush()
    except OSError:
        return  # nobody listens any more: the exit code still tells


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "emv-harness"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(error.format_message() + "\n")
        return ExitCode.USAGE
    tell(
        " ".join(error.format_message().split()),  # click puts each choice on a line of its own
        where=command,
        todo=_("see {command} --help").format(command=command),
    )
    return ExitCode.USAGE


def _silence() -> int:
    """Nobody reads stdout any more: leave nothing that Python would complain about at its end."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):
        pass
    return BROKEN_PIPE


def _unexpected(error: Exception, *, debug: bool) -> int:
    import traceback

    from harness.cli.scrub import scrub

    details = scrub("".join(traceback.format_exception(error)))
    what = _("unexpected {kind}: {text}").format(kind=type(error).__name__, text=error)
    if debug:
        sys.stderr.write(details)
        tell(what, todo=_("report it with the text above"))
        return ExitCode.ERROR
    log = _write_log(details)
    todo = _("report it with that file, or run again with --debug")
    tell(what, where=log or "", todo=todo if log else _("run again with --debug"))
    return ExitCode.ERROR


def _write_log(details: str) -> str | None:
    import tempfile

    try:
        handle, path = tempfile.mkstemp(prefix="emv-harness-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(details)
    except OSError:
        return None
    return path
