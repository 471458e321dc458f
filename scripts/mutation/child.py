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
MORE = 1.0
STILL = 30.0
"""Seconds by the clock without any processor time: it waits for something that never comes."""
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
        return Child(self, pid, work)

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


@dataclass(eq=False)
class Child:
    """A job that runs; ``used`` of processor time when it was last seen to move."""

    job: Job
    pid: int
    work: Path
    used: int = -1
    moved: float = 0.0

    def poll(self) -> tuple[str, pytest.Item | None]:
        """Its state, empty as long as it runs, and the last test. Raises EngineError."""
        late = self._still()
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

    def _still(self) -> bool:
        """Has it stood for too long? A busy machine alone is no reason."""
        used, now = _ticks(self.pid), time.monotonic()
        if used != self.used:
            self.used, self.moved = used, now
        return now - self.moved > STILL

    def _end(self) -> None:
        """End it and whatever it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def _ticks(pid: int) -> int:
    """Processor time of a process as Linux counts it; 0 where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])
