"""One mutant in a process of its own, and how that ended."""

from __future__ import annotations

import ast
import contextlib
import os
import resource
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mutation import plan, swap
from mutation.mutants import Mutant

KILLED = "killed"
TIME = "by time"
SURVIVED = "survived"
UNCOVERED = "not covered"
SAME = "same"
MISFIT = "not applied"

ENDS = {70: SURVIVED, 71: KILLED, 72: SAME, 73: MISFIT, 74: "fault"}
"""Exit codes. Any other is an end that the mutant brought about: killed."""
CODES = {state: code for code, state in ENDS.items()}

TIMES = 4.0
"""A mutant may take this many times what its tests take, and MORE seconds of processor time."""
MORE = 2.0
CLOCK = 10.0
"""By the clock it may take this many times as long: the machine may be busy."""
MEMORY = 2 << 30


class EngineError(Exception):
    """Ours, not the mutant's."""


@dataclass(frozen=True)
class Job:
    """A mutant with the tree that it is made in, and its tests."""

    number: int
    mutant: Mutant
    tree: ast.Module
    path: Path
    tests: list[pytest.Item]
    limit: float
    """Seconds of processor time."""

    def process(self, live: list[Any], caches: list[Any], work: Path) -> Child:
        """Start it."""
        pid = os.fork()
        if pid == 0:
            self._run(live, caches, work / str(self.number))
        with contextlib.suppress(OSError):  # it has done so itself, or is over
            os.setpgid(pid, pid)
        return Child(self, pid, time.monotonic() + 10 + CLOCK * self.limit, work)

    def _run(self, live: list[Any], caches: list[Any], folder: Path) -> None:
        state = "fault"
        try:
            os.setpgid(0, 0)
            plan.silence()
            self._settle(folder)
            for cache in caches:
                cache.cache_clear()
            swap.swap(self.mutant, self.tree, str(self.path), live)
            state = KILLED
            for number, test in enumerate(self.tests):
                (folder / "test").write_text(str(number), encoding="utf-8")
                if not plan.passes(test):
                    break
            else:
                state = SURVIVED
        except swap.Unchanged:
            state = SAME
        except swap.Misfit:
            state = MISFIT
        finally:
            os._exit(CODES[state])

    def _settle(self, folder: Path) -> None:
        """A folder, a clock and an allowance of memory of its own."""
        (folder / "pytest").mkdir(parents=True)
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        self.tests[0].config._tmp_path_factory._basetemp = folder / "pytest"  # type: ignore[attr-defined]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, self.limit)


@dataclass(frozen=True)
class Child:
    """A job that runs. ``end`` is when it is ended by the clock."""

    job: Job
    pid: int
    end: float
    work: Path

    def poll(self) -> tuple[str, pytest.Item | None]:
        """Its state, empty as long as it runs, and the last test. Raises EngineError."""
        late = time.monotonic() > self.end
        if late:
            self._end()
        done, status = os.waitpid(self.pid, 0 if late else os.WNOHANG)
        if not done:
            return "", None
        self._end()
        folder = self.work / str(self.job.number)
        note = folder / "test"
        number = note.read_text(encoding="utf-8") if note.is_file() else ""
        last = self.job.tests[int(number)] if number else None
        shutil.rmtree(folder, ignore_errors=True)
        if late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF):
            return TIME, last
        state = ENDS.get(os.waitstatus_to_exitcode(status), KILLED)
        if state == "fault":
            raise EngineError(f"cannot run {self.job.mutant.key}")
        return state, last

    def _end(self) -> None:
        """End it and whatever it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
