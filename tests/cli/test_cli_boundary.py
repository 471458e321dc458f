"""Every error is one message with what to do, the right exit code, and no traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.boundary import BROKEN_PIPE, guarded
from harness.cli.progress import Progress
from harness.core.errors import ConfigErrors, LinkTimeout, NoReader, ReplayMismatch

EMV = [sys.executable, "-c", "import sys; from harness.cli.main import main; sys.exit(main())"]


def raising(error: BaseException):
    def work() -> int:
        raise error

    return work


def test_boundary_three_parts(capsys):
    code = guarded(raising(NoReader("no reader matches 'X'", where="--reader", todo="plug one in")))
    assert code == 3
    assert capsys.readouterr().err == (
        "error: no reader matches 'X'\n  where: --reader\n  what to do: plug one in\n"
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigErrors("mistakes", [("a.b", "is missing")]), 4),
        (LinkTimeout("no answer in 5,000 ms"), 3),
        (ReplayMismatch("asked something else"), 5),
        (KeyboardInterrupt(), 2),
        (ZeroDivisionError("x"), 3),
        (BrokenPipeError(), BROKEN_PIPE),
    ],
)
def test_boundary_exit_codes(error, code, capfd):
    assert guarded(raising(error)) == code
    assert "Traceback" not in capfd.readouterr().err


def test_boundary_lists_every_problem_of_a_file(capsys):
    problems = [("application[0].pan", "is missing"), ("schema", "2 is outside 1 to 1")]
    guarded(raising(ConfigErrors("the card image has mistakes", problems, where="x.toml")))
    text = capsys.readouterr().err
    assert "application[0].pan: is missing" in text
    assert "schema: 2 is outside 1 to 1" in text
    assert "where: x.toml" in text


def test_boundary_unexpected_error_goes_to_a_file(capsys):
    assert guarded(raising(ZeroDivisionError("division by zero"))) == 3
    text = capsys.readouterr().err
    assert "Traceback" not in text
    found = re.search(r"where: (\S+\.log)", text)
    assert found, text
    log = Path(found.group(1))
    try:
        assert "Traceback" in log.read_text()
        assert log.stat().st_mode & 0o077 == 0
    finally:
        log.unlink()


def test_boundary_debug_shows_where(capsys):
    assert guarded(raising(ZeroDivisionError("x")), debug=True) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "secret",
    [
        "4761739001010119",
        "4761 7390 0101 0119",
        "5A084761739001010119 9F2608",
        "34373631373339303031303130313139",
    ],
)
def test_boundary_messages_and_logs_hold_no_pan(secret, capsys):
    guarded(raising(ValueError(f"cannot use {secret}")), debug=True)
    guarded(raising(NoReader(f"odd: {secret}")))
    text = capsys.readouterr().err
    assert secret not in text
    assert "4761739001010119" not in re.sub(r"\s", "", text)


def test_boundary_usage_errors_are_four(emv):
    for arguments in (["nope"], ["--nope"], ["card", "show"], ["transact"], ["card"], []):
        ran = emv(*arguments)
        assert ran.code == 4, arguments
        assert ran.out == ""
        assert ran.err
    assert "did you mean readers?" in emv("reades").err
    assert "transact --help" in emv("transact").err


def test_boundary_version_and_help_are_zero(emv):
    from harness import __version__

    assert emv("--version").out == f"emv-harness {__version__}\n"
    ran = emv("--help")
    assert ran.code == 0
    assert ran.out.startswith("Example:  emv-harness ")


def test_boundary_unknown_language(emv):
    ran = emv("--lang", "xx", "card", "list")
    assert ran.code == 4
    assert "choose en or zh" in ran.err


def test_boundary_broken_pipe_is_silent():
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        [*EMV, "card", "list"], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert ran.returncode == BROKEN_PIPE
    assert ran.stderr == ""


@pytest.mark.parametrize("module", ["harness", "harness.cli", "harness.cli.main"])
def test_boundary_runs_as_a_module(module):
    ran = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout.split()[0]) == (0, "emv-harness")


def test_boundary_short_help(emv):
    for arguments in ([], ["run"], ["card", "list"]):
        assert emv(*arguments, "-h").out == emv(*arguments, "--help").out != ""


def test_boundary_a_bad_directory_is_told_before_anything_runs(emv, tmp_path):
    (tmp_path / "file").write_text("x")
    ran = emv("run", "--out", str(tmp_path / "file" / "below"))
    assert ran.code == 4
    assert "another directory with --out" in ran.err
    assert "reader ·" not in ran.err


def test_boundary_progress_names_a_subject_once(capsys):
    with Progress() as progress:
        for text in ("card · one", "card · two", "card · one"):
            progress.show(text, "check")
    assert capsys.readouterr().err == "card · one\ncard · two\n"


def test_boundary_closed_pipe_of_a_run_is_no_failed_check():
    ran = subprocess.run(
        [*EMV[:1], "-c", EMV[2], "card", "check", "--card", "visa-credit"],
        stdout=closed_pipe(),
        stderr=subprocess.PIPE,
        check=False,
    )
    assert ran.returncode == BROKEN_PIPE
    assert b"Traceback" not in ran.stderr


def closed_pipe() -> int:
    read, write = os.pipe()
    os.close(read)
    return write


def test_a_full_disk_is_told_in_three_parts():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*EMV, "card", "faults"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == (
        "error: the output cannot be written: No space left on device\n"
        "  where: standard output\n  what to do: make room where it goes\n"
    )


def test_a_missing_choice_is_told_in_one_line(emv):
    ran = emv("card", "control")
    assert ran.code == 4
    assert "insert, remove, next, status, stop\n  where:" in ran.err
    assert "\t" not in ran.err
